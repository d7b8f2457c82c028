import DelegateAPI
import Delegates
import Foundation
import Hummingbird

/// `GET history` lists what happened to the caller's delegate.
struct HistoryRoute: Sendable {
    let callers: Callers
    let holding: Holding

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        let holder = try await callers.holder(of: request, context: context)
        let before = try request.number("before")
        let entries = try await holding.history(of: holder.delegate, before: before)
        return try Response(status: .ok, value: HistoryResponse(events: entries.map { HistoryEvent($0) }))
    }
}

extension Request {
    /// The value of a query parameter: empty if it is there without “=”, `nil` if it is missing.
    ///
    /// - Throws: ``RequestError/invalidText(_:)`` if it is there and is not UTF-8.
    func text(_ name: String) throws(RequestError) -> String? {
        let parts = (uri.query ?? "").split(separator: "&").map {
            $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        }
        guard let part = parts.first(where: { $0[0] == name }) else { return nil }
        guard let text = (part.dropFirst().first ?? "").removingPercentEncoding else { throw .invalidText(name) }
        return text
    }

    /// The value of a query parameter as a number.
    ///
    /// - Throws: ``RequestError/invalidNumber(_:)``.
    func number(_ name: String) throws(RequestError) -> UInt64? {
        guard let text = try text(name) else { return nil }
        guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = UInt64(text) else { throw .invalidNumber(name) }
        return number
    }
}

extension HistoryEvent {
    init(_ entry: AuditEntry) {
        self.init(
            number: entry.number, time: entry.event.time.text, event: entry.event.kind.rawValue, actor: entry.event.actor,
            from: entry.event.address, delegate: nil, detail: entry.event.detail)
    }
}
