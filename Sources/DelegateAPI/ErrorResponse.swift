/// What every status but success comes with.
package struct ErrorResponse: Codable, Hashable, Sendable {
    /// A code for programs, acme-dns's where it has one.
    package var error: String
    /// The same for people. Never there where it would tell a stranger something.
    package var detail: String?

    package init(error: String, detail: String? = nil) {
        self.error = error
        self.detail = detail
    }

    package var json: String {
        "{\"error\": \(JSONText.string(error))" + (detail.map { ", \"detail\": \(JSONText.string($0))" } ?? "") + "}"
    }
}
