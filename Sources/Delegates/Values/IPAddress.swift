package import DNS

/// The address of a client. An IPv4-mapped IPv6 address is the IPv4 address that it carries.
package enum IPAddress: Hashable, Sendable {
    case v4(IPv4Address)
    case v6(IPv6Address)

    package init(_ address: IPv4Address) {
        self = .v4(address)
    }

    package init(_ address: IPv6Address) {
        self = address.mappedIPv4.map { .v4($0) } ?? .v6(address)
    }

    /// Reads an address of either family.
    package init?(_ text: some StringProtocol) {
        if let address = IPv4Address(text) {
            self = .v4(address)
        } else if let address = IPv6Address(text) {
            self.init(address)
        } else {
            return nil
        }
    }

    package var octets: [UInt8] {
        switch self {
        case .v4(let address): address.octets
        case .v6(let address): address.octets
        }
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}
