package import DNS
package import NIOCore

/// The network of a client, IPv4 /24 or IPv6 /48: what one party can hold.
package struct ClientNetwork: Hashable, Sendable {
    private let number: UInt64

    package init(_ address: DNS.IPv4Address) {
        number = UInt64(address.number >> 8)
    }

    package init(_ address: DNS.IPv6Address) {
        number = address.high >> 16 | 1 << 63
    }

    /// - Returns: `nil` if the address is not one of the Internet's.
    package init?(_ address: SocketAddress) {
        guard let network = address.converted({ ClientNetwork($0) }, { ClientNetwork($0) }) else { return nil }
        self = network
    }
}
