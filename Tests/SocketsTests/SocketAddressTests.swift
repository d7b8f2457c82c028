import DNS
import NIOCore
import Sockets
import Testing

/// Addresses of sockets are read from the system's structure.
struct SocketAddressTests {
    @Test(arguments: ["0.0.0.0", "127.0.0.1", "192.0.2.254", "255.255.255.255"])
    func `an IPv4 address is what its text says`(text: String) throws {
        let address = try SocketAddress(ipAddress: text, port: 53)
        #expect(address.converted({ $0.description }, { $0.description }) == text)
    }

    @Test(arguments: ["::", "::1", "2001:db8::53", "fe80::1:2:3:4", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.1"])
    func `an IPv6 address is what its text says`(text: String) throws {
        let address = try SocketAddress(ipAddress: text, port: 53)
        #expect(address.converted({ _ in nil }, { $0 }) == DNS.IPv6Address(text))
    }

    @Test func `a path is no address of the Internet`() throws {
        let address = try SocketAddress(unixDomainSocketPath: "/s")
        #expect(address.converted({ _ in true }, { _ in true }) == nil)
        #expect(ClientNetwork(address) == nil)
    }
}
