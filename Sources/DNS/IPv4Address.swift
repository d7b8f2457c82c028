/// An IPv4 address.
package struct IPv4Address: Hashable, Sendable {
    /// The address as a number, the first octet highest.
    package let number: UInt32

    package init(number: UInt32) {
        self.number = number
    }

    /// - Precondition: four octets.
    package init(octets: [UInt8]) {
        precondition(octets.count == 4)
        number = octets.reduce(0) { $0 << 8 | UInt32($1) }
    }

    package var octets: [UInt8] {
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
    }

    /// Reads dotted decimal: four numbers from 0 to 255 without leading zeros.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), part.count == 1 || !part.hasPrefix("0"),
                let octet = UInt8(part)
            else { return nil }
            number = number << 8 | UInt32(octet)
        }
        self.number = number
    }
}

extension IPv4Address: CustomStringConvertible {
    package var description: String {
        octets.map { String($0) }.joined(separator: ".")
    }
}
