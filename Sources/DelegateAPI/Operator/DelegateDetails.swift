/// The response to `GET delegates/{name}` of the operator's API.
package struct DelegateDetails: Codable, Hashable, Sendable {
    package var summary: DelegateSummary
    /// The record that the holder's zone needs.
    package var cname: String
    package var keys: [KeyDescription]
    package var domains: [DomainDescription]
    /// The labels of the groups that the delegate is a member of.
    package var groups: [String]
    /// The values that are served, the oldest first.
    package var values: [String]
    /// The age of each value that is served, the oldest first.
    package var valueAgesSeconds: [Int64]
    /// When the newest value that is served was published, in UTC, in the format of RFC 3339; `nil` if none is served.
    package var lastPublished: String?
    /// The networks that asked for values since then; `nil` if none is served.
    package var asked: AskedDescription?

    package init(
        summary: DelegateSummary, cname: String, keys: [KeyDescription], domains: [DomainDescription], groups: [String],
        values: [String], valueAgesSeconds: [Int64], lastPublished: String?, asked: AskedDescription?
    ) {
        self.summary = summary
        self.cname = cname
        self.keys = keys
        self.domains = domains
        self.groups = groups
        self.values = values
        self.valueAgesSeconds = valueAgesSeconds
        self.lastPublished = lastPublished
        self.asked = asked
    }
}

/// The client networks (IPv4 /24, IPv6 /48) that asked for a delegate's values.
package struct AskedDescription: Codable, Hashable, Sendable {
    /// At most 8.
    package var networks: Int
    /// Whether there may have been more networks.
    package var atLeast: Bool

    package init(networks: Int, atLeast: Bool) {
        self.networks = networks
        self.atLeast = atLeast
    }
}
