import NIOCore

extension SocketAddress {
    /// A number for the network in which the address lies, IPv4 /24 or IPv6 /48: what one party can hold. Nothing for what is no
    /// address of the Internet's.
    package var network: UInt64? {
        // Behind the family and the port of a sockaddr_in; of a sockaddr_in6, behind the flow label too.
        switch self {
        case .v4: number(at: 4, count: 3)
        case .v6: number(at: 8, count: 6).map { $0 | 1 << 63 }
        case .unixDomainSocket: nil
        }
    }

    private func number(at start: Int, count: Int) -> UInt64? {
        unsafe withSockAddr { address, length in
            guard start + count <= length else { return nil }
            let octets = unsafe UnsafeRawBufferPointer(start: address, count: length)
            return unsafe octets[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
