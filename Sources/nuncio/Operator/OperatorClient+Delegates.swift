import DelegateAPI
import Foundation

extension OperatorClient {
    /// Passes each delegate to `body`, in the order of their names, and shows the progress on a terminal. The server finds a few of
    /// many at once, so that a search has no progress to show.
    func delegates(
        state: String?, text: String?, withKeys: Bool = false, _ body: (DelegateSummary) throws -> Void
    ) async throws {
        let status: StatusResponse = try await get(["status"])
        var progress = Progress(total: status.delegates, of: "delegates")
        var after: String?
        var count = 0
        let isSearch = state != nil || text != nil
        // Delegates with their keys are longer.
        let length = withKeys ? Self.maximumPageLength / 5 : Self.maximumPageLength
        repeat {
            let page: DelegatePageResponse = try await get(
                ["delegates"],
                query: [
                    ("after", after), ("state", state), ("text", text), ("limit", String(length)),
                    ("keys", withKeys ? "true" : nil),
                ])
            for delegate in page.delegates { try body(delegate) }
            count += page.delegates.count
            if !isSearch { progress.show(min(count, status.delegates)) }
            after = page.next
        } while after != nil
        progress.end()
    }

    private static let maximumPageLength = 1000
}
