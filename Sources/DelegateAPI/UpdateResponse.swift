/// The response to `POST update`.
package struct UpdateResponse: Codable, Hashable, Sendable {
    package var txt: String

    package init(txt: String) {
        self.txt = txt
    }

    /// The response with the blank after the colon, as acme-dns writes it.
    package var json: String { "{\"txt\": \(JSONText.string(txt))}" }
}
