/// The body of `POST keys` and `PATCH keys/{id}`. What is absent is empty in a new key, and stays as it is in one that is changed.
package struct KeyRequest: Codable, JSONRequest, Hashable, Sendable {
    package var label: String?
    package var allowfrom: [String]?
    /// Inside: nothing for `null`, a key that does not expire.
    package var expires: String??

    package init(label: String? = nil, allowfrom: [String]? = nil, expires: String?? = nil) {
        self.label = label
        self.allowfrom = allowfrom
        self.expires = expires
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case label, allowfrom, expires
    }

    package static let fieldNames = names(of: CodingKeys.self)

    package init(from decoder: any Decoder) throws {
        try decoder.refuseFields(beside: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        label = try container.decodeIfPresent(String.self, forKey: .label)
        allowfrom = try container.decodeIfPresent([String].self, forKey: .allowfrom)
        expires = container.contains(.expires) ? .some(try container.decodeIfPresent(String.self, forKey: .expires)) : nil
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(label, forKey: .label)
        try container.encodeIfPresent(allowfrom, forKey: .allowfrom)
        // A key that is not to expire has to be told from one of which nothing is said.
        if let expires { try container.encode(expires, forKey: .expires) }
    }
}
