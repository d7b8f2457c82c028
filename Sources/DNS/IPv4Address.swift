/// An IPv4 address, as four octets.
package struct IPv4Address: Hashable, Sendable {
    package let octets: [UInt8]

    /// - Precondition: four octets.
    package init(octets: [UInt8]) {
        precondition(octets.count == 4)
        self.octets = octets
    }

    /// Reads dotted decimal: four numbers from 0 to 255 without leading zeros.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            guard part.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), part.count == 1 || !part.hasPrefix("0"),
                let octet = UInt8(part)
            else { return nil }
            octets.append(octet)
        }
        self.octets = octets
    }
}

extension IPv4Address: CustomStringConvertible {
    package var description: String {
        octets.map { String($0) }.joined(separator: ".")
    }
}
