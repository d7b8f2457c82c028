/// The body of every response whose status is not success.
package struct ErrorResponse: Codable, Hashable, Sendable {
    /// A code for programs; that of acme-dns where it has one.
    package var error: String
    /// The same for people. It is never present where it would tell a stranger something.
    package var detail: String?

    package init(error: String, detail: String? = nil) {
        self.error = error
        self.detail = detail
    }

    package var json: String {
        "{\"error\": \(JSONText.string(error))" + (detail.map { ", \"detail\": \(JSONText.string($0))" } ?? "") + "}"
    }
}
