/// What `GET check` answers.
package struct CheckResponse: Codable, Hashable, Sendable {
    package struct Limits: Codable, Hashable, Sendable {
        /// So many keys a delegate has at most.
        package var keys: Int
        /// So many values are served at a time at most.
        package var values: Int
        /// So long a value is served; the last two of a delegate for longer.
        package var valueLifetimeSeconds: Int

        package init(keys: Int, values: Int, valueLifetimeSeconds: Int) {
            self.keys = keys
            self.values = values
            self.valueLifetimeSeconds = valueLifetimeSeconds
        }
    }

    /// The delegate's name without the final dot; nothing for a group's key, as is the next one.
    package var delegate: String?
    package var subdomain: String?
    /// Of a group's key.
    package var group: String?
    /// Where a group's key can publish, without the final dot.
    package var delegates: [String]?
    /// The one that was sent.
    package var key: KeyDescription
    package var limits: Limits

    package init(
        delegate: String?, subdomain: String?, group: String? = nil, delegates: [String]? = nil, key: KeyDescription,
        limits: Limits
    ) {
        self.delegate = delegate
        self.subdomain = subdomain
        self.group = group
        self.delegates = delegates
        self.key = key
        self.limits = limits
    }
}
