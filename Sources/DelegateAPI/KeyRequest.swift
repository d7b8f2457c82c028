/// The body of `POST keys` and `PATCH keys/{id}`. What is absent is empty in a new key, and stays as it is in one that is changed.
package struct KeyRequest: Decodable, Hashable, Sendable {
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

    /// - Throws: `DecodingError` for a field that is not known, too: a slip of the pen would change something else than was meant.
    package init(from decoder: any Decoder) throws {
        let known = CodingKeys.allCases.map(\.rawValue)
        for key in try decoder.container(keyedBy: AnyCaseKey.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(.init(codingPath: [key], debugDescription: "unknown field"))
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        label = try container.decodeIfPresent(String.self, forKey: .label)
        allowfrom = try container.decodeIfPresent([String].self, forKey: .allowfrom)
        expires = container.contains(.expires) ? .some(try container.decodeIfPresent(String.self, forKey: .expires)) : nil
    }
}
