/// The networks from which a credential may be used; an empty list allows all.
package struct AllowedNetworks: Hashable, Sendable {
    /// The networks as the holder wrote them, without the brackets around IPv6 addresses.
    package let texts: [String]

    package static let all = AllowedNetworks(stored: [])

    /// Takes texts that were checked when they were stored. A text that is not a network allows no address.
    package init(stored texts: [String]) {
        self.texts = texts
    }

    /// - Throws: ``Refusal/invalidAllowedNetwork(_:)`` with the first text that is not a network in CIDR notation.
    package init(_ texts: [String]) throws(Refusal) {
        for text in texts where IPNetwork(text) == nil { throw .invalidAllowedNetwork(text) }
        self.init(stored: texts.map { text in text.filter { $0 != "[" && $0 != "]" } })
    }

    /// Whether an address is allowed. An unknown address is allowed only if all are.
    package func contain(_ address: IPAddress?) -> Bool {
        guard !texts.isEmpty else { return true }
        return address.map { address in texts.contains { IPNetwork($0)?.contains(address) ?? false } } ?? false
    }
}
