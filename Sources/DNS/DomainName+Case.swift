extension DomainName {
    /// The same name with letters in random case. A response must repeat it exactly, so that fewer forged ones fit the query
    /// (draft-vixie-dnsext-dns0x20).
    package func inRandomCase(using generator: inout some RandomNumberGenerator) -> DomainName {
        var wire = wire
        for index in wire.indices where ASCIICase.isLetter(wire[index]) && Bool.random(using: &generator) {
            wire[index] ^= 0x20
        }
        return DomainName(wellFormedWire: wire)
    }

    /// Whether the two names have the same octets, case included.
    package func isIdentical(to other: DomainName) -> Bool { wire == other.wire }
}
