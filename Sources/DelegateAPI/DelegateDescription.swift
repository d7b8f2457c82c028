/// The response to `GET delegate`.
package struct DelegateDescription: Codable, Hashable, Sendable {
    /// The delegate's name without the final dot.
    package var delegate: String
    package var subdomain: String
    /// `unused` until the first value is published, then `active`.
    package var state: String
    /// The record that the holder's zone needs.
    package var cname: String
    package var enrolled: String
    package var keys: [KeyDescription]
    /// The age of each value that is served, the oldest first.
    package var valueAgesSeconds: [Int64]

    package init(
        delegate: String, subdomain: String, state: String, cname: String, enrolled: String, keys: [KeyDescription],
        valueAgesSeconds: [Int64]
    ) {
        self.delegate = delegate
        self.subdomain = subdomain
        self.state = state
        self.cname = cname
        self.enrolled = enrolled
        self.keys = keys
        self.valueAgesSeconds = valueAgesSeconds
    }
}
