/// The networks from which a credential may be used; an empty list allows all.
package struct AllowedNetworks: Hashable, Sendable {
    /// As the holder wrote them, brackets around IPv6 addresses removed.
    package let texts: [String]
    private let networks: [IPNetwork]

    package static let all = AllowedNetworks()

    private init() {
        texts = []
        networks = []
    }

    /// - Throws: ``Refusal/invalidAllowedNetwork(_:)`` with the first text that is not a network in CIDR notation.
    package init(_ texts: [String]) throws(Refusal) {
        var networks: [IPNetwork] = []
        for text in texts {
            guard let network = IPNetwork(text) else { throw .invalidAllowedNetwork(text) }
            networks.append(network)
        }
        self.texts = texts.map { text in text.filter { $0 != "[" && $0 != "]" } }
        self.networks = networks
    }

    /// Whether an address is allowed. One that is not known is allowed only where all are.
    package func contain(_ address: IPAddress?) -> Bool {
        guard !networks.isEmpty else { return true }
        return address.map { address in networks.contains { $0.contains(address) } } ?? false
    }
}
