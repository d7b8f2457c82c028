import DNS
import DelegateAPI
import Delegates
import Hummingbird

/// `GET audit` lists events, the newest first. `GET audit/verify` tells whether the log is complete.
struct OperatorAuditRoute: Sendable {
    let operating: Operating
    let actions: OperatorActions

    func list(_ request: Request, context: ClientContext) async throws -> Response {
        let delegate = try request.text("delegate").map { text throws(Refusal) in try operating.name(text) }
        let maximum = try request.number("limit").map { Int(clamping: $0) } ?? Holding.maximumHistory
        let entries = try await operating.history(
            of: delegate, before: try request.number("before"), maximum: maximum)
        let events = entries.map { entry in
            var event = HistoryEvent(entry)
            event.delegate = entry.event.delegate?.withoutFinalDot
            return event
        }
        return try Response(status: .ok, value: HistoryResponse(events: events))
    }

    /// With `noted=NUMBER:DIGEST`, that entry must be there.
    func verify(_ request: Request, context: ClientContext) async throws -> Response {
        let noted = try request.text("noted").map { text throws(RequestError) in
            guard let noted = NotedEntry(text) else { throw .invalidNotedEntry }
            return noted
        }
        return try Response(status: .ok, value: try await actions.verifyAudit(noted))
    }
}
