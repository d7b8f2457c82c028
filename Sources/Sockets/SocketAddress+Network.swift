import DNS
package import NIOCore

extension SocketAddress {
    /// A number for the network in which the address lies, IPv4 /24 or IPv6 /48: what one party can hold. Nothing for what is no
    /// address of the Internet's.
    package var network: UInt64? {
        guard let text = ipAddress else { return nil }
        if let address = DNS.IPv4Address(text) { return UInt64(address.number >> 8) }
        // Without the interface's name that an address of one link has.
        return DNS.IPv6Address(text.prefix { $0 != "%" }).map { $0.high >> 16 | 1 << 63 }
    }
}
