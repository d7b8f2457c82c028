/// The body of `POST register`. A missing body and `null` mean the same as `{}`.
package struct RegisterRequest: Codable, JSONRequest, Hashable, Sendable {
    /// The networks from which the credential may be used, in CIDR notation; empty allows all.
    package var allowfrom: [String]
    /// The domains that the delegate is for; `nil` if the client names none, as clients of acme-dns do.
    package var domains: [String]?

    package init(allowfrom: [String] = [], domains: [String]? = nil) {
        self.allowfrom = allowfrom
        self.domains = domains
    }

    package static let fieldNames = ["allowfrom", "domains"]

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyCaseKey.self)
        allowfrom = try container.decodeIfPresent([String].self, forAnyCaseOf: "allowfrom") ?? []
        domains = try container.decodeIfPresent([String].self, forAnyCaseOf: "domains")
    }
}
