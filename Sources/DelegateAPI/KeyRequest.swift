/// The body of `POST keys` and `PATCH keys/{id}`. An absent field is empty in a new key, and unchanged in an edited one.
package struct KeyRequest: Codable, JSONRequest, Hashable, Sendable {
    package var label: String?
    package var allowfrom: [String]?
    /// `nil` if the field is absent; `.some(nil)` for `null`, a key that does not expire.
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
        // An explicit `null`, a key that does not expire, differs from an absent field.
        if let expires { try container.encode(expires, forKey: .expires) }
    }
}
