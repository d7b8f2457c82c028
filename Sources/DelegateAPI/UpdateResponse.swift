/// What `POST update` answers.
package struct UpdateResponse: Codable, Hashable, Sendable {
    package var txt: String

    package init(txt: String) {
        self.txt = txt
    }

    /// With the blank behind the colon that acme-dns puts there.
    package var json: String { "{\"txt\": \(JSONText.string(txt))}" }
}
