import Glibc
import Sockets
import Testing

/// Sockets that a service manager has bound, as this process finds them.
struct GivenSocketsTests {
    /// A bound socket, as another process would have made it, without close-on-exec.
    private func makeSocket(_ type: __socket_type, _ address: String = "127.0.0.1", listens: Bool = true) throws -> CInt {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = CInt(type.rawValue)
        var info: UnsafeMutablePointer<addrinfo>?
        try #require(getaddrinfo(address, "0", &hints, &info) == 0)
        defer { freeaddrinfo(info) }
        let found = try #require(info).pointee
        let descriptor = socket(found.ai_family, CInt(type.rawValue), 0)
        try #require(bind(descriptor, found.ai_addr, found.ai_addrlen) == 0)
        if type == SOCK_STREAM, listens { try #require(listen(descriptor, 5) == 0) }
        return descriptor
    }

    private func endpoint(of descriptor: CInt) throws -> Endpoint {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        try #require(result == 0)
        return try #require(Endpoint("127.0.0.1:\(UInt16(bigEndian: address.sin_port))"))
    }

    private func given(_ descriptor: CInt, count: String = "1", process: String = "7") throws(GivenSocketError) -> GivenSockets
    {
        try GivenSockets(
            ["LISTEN_PID": process, "LISTEN_FDS": count, "LISTEN_FDNAMES": "dns.socket"], processID: 7,
            firstDescriptor: descriptor)
    }

    @Test(arguments: [GivenSockets.Transport.udp, .tcp])
    func `a door takes the socket with its transport and address, once`(transport: GivenSockets.Transport) throws {
        let descriptor = try makeSocket(transport == .udp ? SOCK_DGRAM : SOCK_STREAM)
        let endpoint = try endpoint(of: descriptor)
        let sockets = try given(descriptor)
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(sockets.take(transport == .udp ? .tcp : .udp, endpoint) == nil)
        #expect(sockets.take(transport, Endpoint(host: endpoint.host, port: endpoint.port &+ 1)) == nil)
        #expect(throws: GivenSocketError.self) { try sockets.checkAllTaken() }
        #expect(sockets.take(transport, endpoint) == descriptor)
        #expect(sockets.take(transport, endpoint) == nil)
        try sockets.checkAllTaken()
        close(descriptor)
    }

    @Test func `a socket that no door has taken is told with its name, and closed`() throws {
        let descriptor = try makeSocket(SOCK_DGRAM)
        let endpoint = try endpoint(of: descriptor)
        let error = #expect(throws: GivenSocketError.self) { try given(descriptor).checkAllTaken() }
        #expect(error?.description.contains("“dns.socket” on \(endpoint) (UDP)") == true, "\(String(describing: error))")
    }

    @Test func `what is given to another process, or not at all, is none`() throws {
        let descriptor = try makeSocket(SOCK_DGRAM)
        defer { close(descriptor) }
        try given(descriptor, process: "8").checkAllTaken()
        try given(descriptor, process: "me").checkAllTaken()
        try given(descriptor, count: "0").checkAllTaken()
        try GivenSockets(["LISTEN_FDS": "1"], processID: 7, firstDescriptor: descriptor).checkAllTaken()
        try GivenSockets.none.checkAllTaken()
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC == 0)
    }

    @Test(arguments: ["-1", "one", "1001", "99999999999999999999"])
    func `a number of sockets that cannot be is refused`(count: String) throws {
        let error = #expect(throws: GivenSocketError.self) { _ = try given(900, count: count) }
        #expect(error?.description.contains("LISTEN_FDS is “\(count)”") == true)
    }

    @Test func `what is no socket of UDP or TCP that can be used is refused`() throws {
        func reason(_ descriptor: CInt) -> String {
            defer { close(descriptor) }
            do throws(GivenSocketError) {
                _ = try given(descriptor)
                return ""
            } catch {
                return error.description
            }
        }
        // No process of tests has that many files.
        #expect(reason(100_000).contains("it is not open"))
        #expect(reason(open("/dev/null", O_RDONLY)).contains("which is not a socket"))
        #expect(reason(socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)).contains("not a socket of IPv4 or IPv6"))
        #expect(reason(socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)).contains("bound to no port"))
        #expect(reason(try makeSocket(SOCK_STREAM, listens: false)).contains("does not listen"))
        #expect(reason(try makeSocket(SOCK_DGRAM, "::")).contains("BindIPv6Only=ipv6-only"))
    }
}
