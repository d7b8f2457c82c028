import DelegateAPI
import Foundation

extension OperatorClient {
    /// Passes each delegate to `body`, in the order of their names, and shows the progress on a terminal. The server finds a few of
    /// many at once, so that a search has no progress to show.
    ///
    /// - Parameter withDetails: whether the delegates come with their keys and domains.
    func delegates(
        state: String?, text: String?, withDetails: Bool = false, _ body: (DelegateSummary) throws -> Void
    ) async throws {
        let status: StatusResponse = try await get(["status"])
        var progress = Progress(total: status.delegates, of: "delegates")
        var after: String?
        var count = 0
        let isSearch = state != nil || text != nil
        let length = withDetails ? Self.maximumPageLengthWithDetails : Self.maximumPageLength
        repeat {
            let page: DelegatePageResponse = try await get(
                ["delegates"],
                query: [
                    ("after", after), ("state", state), ("text", text), ("limit", String(length)),
                    ("keys", withDetails ? "true" : nil), ("domains", withDetails ? "true" : nil),
                ])
            for delegate in page.delegates { try body(delegate) }
            count += page.delegates.count
            if !isSearch { progress.show(min(count, status.delegates)) }
            after = page.next
        } while after != nil
        progress.end()
    }

    private static let maximumPageLength = 1000
    /// As many as the server returns with their domains.
    private static let maximumPageLengthWithDetails = 100
}
