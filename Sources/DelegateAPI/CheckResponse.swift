/// The response to `GET check`.
package struct CheckResponse: Codable, Hashable, Sendable {
    package struct Limits: Codable, Hashable, Sendable {
        /// The maximum number of keys of a delegate.
        package var keys: Int
        /// The maximum number of domains of a delegate.
        package var domains: Int
        /// The maximum number of values that are served at a time.
        package var values: Int
        /// How long a value is served; a delegate's last two are served longer.
        package var valueLifetimeSeconds: Int

        package init(keys: Int, domains: Int, values: Int, valueLifetimeSeconds: Int) {
            self.keys = keys
            self.domains = domains
            self.values = values
            self.valueLifetimeSeconds = valueLifetimeSeconds
        }
    }

    /// The delegate's name without the final dot; `nil`, like `subdomain`, for a group's key.
    package var delegate: String?
    package var subdomain: String?
    /// The label of the group; `nil` for a delegate's key.
    package var group: String?
    /// The delegates at which a group's key can publish, without the final dot.
    package var delegates: [String]?
    /// The key that the client sent.
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
