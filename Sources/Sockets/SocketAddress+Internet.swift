package import DNS
package import NIOCore

extension SocketAddress {
    /// Converts the address of either family, without a text in between.
    ///
    /// - Returns: `nil` if the address is not one of the Internet's.
    package func converted<Value>(
        _ fromV4: (DNS.IPv4Address) -> Value, _ fromV6: (DNS.IPv6Address) -> Value
    ) -> Value? {
        // After the family and the port of a sockaddr_in; of a sockaddr_in6, after the flow label too.
        switch self {
        case .v4: fromV4(DNS.IPv4Address(number: UInt32(truncatingIfNeeded: number(at: 4, count: 4))))
        case .v6: fromV6(DNS.IPv6Address(high: number(at: 8, count: 8), low: number(at: 16, count: 8)))
        case .unixDomainSocket: nil
        }
    }

    /// A number in the system's structure, whose octets are in network order.
    private func number(at start: Int, count: Int) -> UInt64 {
        unsafe withSockAddr { address, length in
            let octets = unsafe UnsafeRawBufferPointer(start: address, count: length)
            return unsafe octets[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
