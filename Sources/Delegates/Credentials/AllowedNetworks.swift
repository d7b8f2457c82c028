/// The networks from which a credential may be used; an empty list allows all.
package struct AllowedNetworks: Hashable, Sendable {
    /// As the holder wrote them, brackets around IPv6 addresses removed.
    package let texts: [String]

    package static let all = AllowedNetworks(stored: [])

    /// What was checked when it was stored. A text that is no network allows nobody.
    package init(stored texts: [String]) {
        self.texts = texts
    }

    /// - Throws: ``Refusal/invalidAllowedNetwork(_:)`` with the first text that is not a network in CIDR notation.
    package init(_ texts: [String]) throws(Refusal) {
        for text in texts where IPNetwork(text) == nil { throw .invalidAllowedNetwork(text) }
        self.init(stored: texts.map { text in text.filter { $0 != "[" && $0 != "]" } })
    }

    /// Whether an address is allowed. One that is not known is allowed only where all are.
    package func contain(_ address: IPAddress?) -> Bool {
        guard !texts.isEmpty else { return true }
        return address.map { address in texts.contains { IPNetwork($0)?.contains(address) ?? false } } ?? false
    }
}
