/// The body of `POST delegates` of the operator's API.
package struct NewDelegateRequest: Codable, JSONRequest, Hashable, Sendable {
    /// One label, or a whole name; `nil` for a random name.
    package var name: String?
    /// The label of the first key.
    package var label: String?
    package var allowfrom: [String]?
    package var expires: String?
    /// Whether the delegate begins without a key.
    package var prepared: Bool?
    /// The label of the registration token whose holder can take the delegate over; it makes the delegate a prepared one.
    package var token: String?

    package init(
        name: String? = nil, label: String? = nil, allowfrom: [String]? = nil, expires: String? = nil, prepared: Bool? = nil,
        token: String? = nil
    ) {
        self.name = name
        self.label = label
        self.allowfrom = allowfrom
        self.expires = expires
        self.prepared = prepared
        self.token = token
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, label, allowfrom, expires, prepared, token
    }

    package static let fieldNames = names(of: CodingKeys.self)

    package init(from decoder: any Decoder) throws {
        try decoder.refuseFields(beside: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name)
        label = try container.decodeIfPresent(String.self, forKey: .label)
        allowfrom = try container.decodeIfPresent([String].self, forKey: .allowfrom)
        expires = try container.decodeIfPresent(String.self, forKey: .expires)
        prepared = try container.decodeIfPresent(Bool.self, forKey: .prepared)
        token = try container.decodeIfPresent(String.self, forKey: .token)
    }
}

/// The body of `POST delegates/{name}/rotate` and `POST groups/{label}/rotate`.
package struct RotateRequest: Codable, JSONRequest, Hashable, Sendable {
    /// The new key's label; without one, that of the key that the new one copies.
    package var label: String?
    /// How long the other keys stay valid; 0 ends them at once.
    package var overlapSeconds: Int?

    /// A year.
    package static let maximumOverlapSeconds = 31_536_000

    package init(label: String? = nil, overlapSeconds: Int? = nil) {
        self.label = label
        self.overlapSeconds = overlapSeconds
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case label
        case overlapSeconds = "overlap_seconds"
    }

    package static let fieldNames = names(of: CodingKeys.self)

    package init(from decoder: any Decoder) throws {
        try decoder.refuseFields(beside: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        label = try container.decodeIfPresent(String.self, forKey: .label)
        overlapSeconds = try container.decodeIfPresent(Int.self, forKey: .overlapSeconds)
    }
}

/// The body of `POST groups`.
package struct NewGroupRequest: Codable, JSONRequest, Hashable, Sendable {
    package var label: String

    package init(label: String) {
        self.label = label
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case label }

    package static let fieldNames = names(of: CodingKeys.self)

    package init(from decoder: any Decoder) throws {
        try decoder.refuseFields(beside: CodingKeys.self)
        label = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .label)
    }
}

/// The body of `POST tokens`.
package struct NewTokenRequest: Codable, JSONRequest, Hashable, Sendable {
    package var label: String
    /// The number of delegates that the token may enrol; `nil` means no limit.
    package var quota: Int?
    package var expires: String?

    package init(label: String, quota: Int? = nil, expires: String? = nil) {
        self.label = label
        self.quota = quota
        self.expires = expires
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case label, quota, expires }

    package static let fieldNames = names(of: CodingKeys.self)

    package init(from decoder: any Decoder) throws {
        try decoder.refuseFields(beside: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        label = try container.decode(String.self, forKey: .label)
        quota = try container.decodeIfPresent(Int.self, forKey: .quota)
        expires = try container.decodeIfPresent(String.self, forKey: .expires)
    }
}
