/// The body of `POST update`.
package struct UpdateRequest: Codable, JSONRequest, Hashable, Sendable {
    /// The delegate's first label; empty if absent, which no delegate has.
    package var subdomain: String
    /// The challenge value; empty if absent, which is not a challenge value.
    package var txt: String

    package init(subdomain: String, txt: String) {
        self.subdomain = subdomain
        self.txt = txt
    }

    package static let fieldNames = ["subdomain", "txt"]

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyCaseKey.self)
        subdomain = try container.decodeIfPresent(String.self, forAnyCaseOf: "subdomain") ?? ""
        txt = try container.decodeIfPresent(String.self, forAnyCaseOf: "txt") ?? ""
    }
}
