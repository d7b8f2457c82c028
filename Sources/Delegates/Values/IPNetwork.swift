import DNS

/// A network in CIDR notation (RFC 4632 section 3.1). Bits beyond the prefix may be set and do not matter.
package struct IPNetwork: Hashable, Sendable {
    /// The bits beyond the prefix are cleared.
    private let address: IPAddress
    private let prefixLength: Int

    /// Reads `ADDRESS/LENGTH`; an IPv6 address may stand in brackets.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, var length = Int(parts[1]), String(length) == parts[1]
        else { return nil }
        var addressText = String(parts[0])
        if addressText.hasPrefix("["), addressText.hasSuffix("]") {
            addressText = String(addressText.dropFirst().dropLast())
            guard addressText.contains(":") else { return nil }
        }

        let address: IPAddress
        if let v4 = IPv4Address(addressText), 0...32 ~= length {
            address = .v4(v4)
        } else if let v6 = IPv6Address(addressText), 0...128 ~= length {
            // A network of IPv4-mapped addresses is the IPv4 network: clients are known by their IPv4 address.
            if let mapped = v6.mappedIPv4, length >= 96 {
                address = .v4(mapped)
                length -= 96
            } else {
                address = .v6(v6)
            }
        } else {
            return nil
        }
        self.init(address, prefixLength: length)
    }

    /// Makes the network of that prefix length that contains an address.
    ///
    /// - Precondition: the length is at most 32 for IPv4, 128 for IPv6.
    package init(_ address: IPAddress, prefixLength: Int) {
        self.address = Self.masked(address, prefixLength: prefixLength)
        self.prefixLength = prefixLength
    }

    /// Makes the network that one party can hold, as far as an address tells: IPv4 /24, IPv6 /48.
    package init(partyOf address: IPAddress) {
        switch address {
        case .v4: self.init(address, prefixLength: 24)
        case .v6: self.init(address, prefixLength: 48)
        }
    }

    package func contains(_ candidate: IPAddress) -> Bool {
        switch (address, candidate) {
        case (.v4, .v4), (.v6, .v6): Self.masked(candidate, prefixLength: prefixLength) == address
        case (.v4, .v6), (.v6, .v4): false
        }
    }

    /// The address with the bits beyond the prefix cleared.
    private static func masked(_ address: IPAddress, prefixLength: Int) -> IPAddress {
        switch address {
        case .v4(let address):
            precondition(0...32 ~= prefixLength)
            return .v4(IPv4Address(number: address.number & ~(UInt32.max >> UInt32(prefixLength))))
        case .v6(let address):
            precondition(0...128 ~= prefixLength)
            return .v6(
                IPv6Address(
                    high: address.high & ~(UInt64.max >> UInt64(min(prefixLength, 64))),
                    low: address.low & ~(UInt64.max >> UInt64(max(prefixLength - 64, 0)))))
        }
    }
}

extension IPNetwork: CustomStringConvertible {
    package var description: String { "\(address)/\(prefixLength)" }
}
