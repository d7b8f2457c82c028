import DelegateAPI
import Delegates
import Hummingbird

/// `GET history`: what happened to the caller's delegate.
struct HistoryRoute: Sendable {
    let callers: Callers
    let holding: Holding

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        let caller = try await callers.caller(of: request, context: context)
        let before = try request.uri.queryParameters["before"].map { text throws(RequestError) in
            guard let number = UInt64(text) else { throw .invalidNumber("before") }
            return number
        }
        let entries = try await holding.history(of: caller.credential.delegate, before: before)
        return try Response(status: .ok, value: HistoryResponse(events: entries.map { HistoryEvent($0) }))
    }
}

extension HistoryEvent {
    fileprivate init(_ entry: AuditEntry) {
        self.init(
            number: entry.number, time: entry.event.time.text, event: entry.event.kind.rawValue, actor: entry.event.actor,
            from: entry.event.address, detail: entry.event.detail)
    }
}
