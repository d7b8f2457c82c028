/// The body of `POST register`. A missing body and `null` mean the same as `{}`.
package struct RegisterRequest: Codable, JSONRequest, Hashable, Sendable {
    /// The networks from which the credential may be used, in CIDR notation; empty allows all.
    package var allowfrom: [String]

    package init(allowfrom: [String] = []) {
        self.allowfrom = allowfrom
    }

    package static let fieldNames = ["allowfrom"]

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyCaseKey.self)
        allowfrom = try container.decodeIfPresent([String].self, forAnyCaseOf: "allowfrom") ?? []
    }
}
