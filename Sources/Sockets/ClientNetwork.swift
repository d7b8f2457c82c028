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
        // After the family and the port of a sockaddr_in; of a sockaddr_in6, after the flow label too.
        switch address {
        case .v4: self.init(DNS.IPv4Address(number: UInt32(truncatingIfNeeded: address.number(at: 4, count: 4))))
        case .v6: self.init(DNS.IPv6Address(high: address.number(at: 8, count: 8), low: 0))
        case .unixDomainSocket: return nil
        }
    }
}

extension SocketAddress {
    /// A number in the system's structure, whose octets are in network order.
    fileprivate func number(at start: Int, count: Int) -> UInt64 {
        unsafe withSockAddr { address, length in
            let octets = unsafe UnsafeRawBufferPointer(start: address, count: length)
            return unsafe octets[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
