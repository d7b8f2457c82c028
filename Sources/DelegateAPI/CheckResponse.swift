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

    /// The delegate's name without the final dot.
    package var delegate: String
    package var subdomain: String
    /// The one that was sent.
    package var key: KeyDescription
    package var limits: Limits

    package init(delegate: String, subdomain: String, key: KeyDescription, limits: Limits) {
        self.delegate = delegate
        self.subdomain = subdomain
        self.key = key
        self.limits = limits
    }
}
