/// A key as its delegate's holder sees it. Times are in UTC, in the format of RFC 3339.
package struct KeyDescription: Codable, Hashable, Sendable {
    package enum State: String, Codable, Sendable {
        case active
        case expired
        /// Its delegate is disabled.
        case disabled
    }

    package struct LastUse: Codable, Hashable, Sendable {
        package var at: String
        package var from: String?

        package init(at: String, from: String?) {
            self.at = at
            self.from = from
        }
    }

    /// The key's identifier, which clients send as X-Api-User.
    package var id: String
    package var label: String
    package var state: State
    package var allowfrom: [String]
    package var created: String
    package var expires: String?
    /// When the key last changed something, and from which address.
    package var lastUsed: LastUse?

    package init(
        id: String, label: String, state: State, allowfrom: [String], created: String, expires: String?, lastUsed: LastUse?
    ) {
        self.id = id
        self.label = label
        self.state = state
        self.allowfrom = allowfrom
        self.created = created
        self.expires = expires
        self.lastUsed = lastUsed
    }
}
