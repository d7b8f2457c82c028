import Glibc
import Nameserver
import ServiceLifecycle
import Sockets
import TestSupport
import Testing

/// Listeners on a socket that outlives them.
@Suite(.timeLimit(.minutes(30)))
struct GivenSocketListenerTests {
    private func holdSocket(_ type: __socket_type) throws -> (CInt, Endpoint) {
        let descriptor = socket(AF_INET, CInt(type.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(result && (type == SOCK_DGRAM || listen(descriptor, 100) == 0))
        return (descriptor, try #require(Endpoint("127.0.0.1:\(UInt16(bigEndian: address.sin_port))")))
    }

    private func serve(_ service: any Service, _ server: RunningNameserver, _ body: () async throws -> Void) async throws {
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [service], logger: server.parts.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func `queries that come between two UDP listeners wait for the second`() async throws {
        try await RunningNameserver.run { server in
            let (held, endpoint) = try holdSocket(SOCK_DGRAM)
            defer { close(held) }
            let client = TestClient(port: endpoint.port)
            for _ in 0..<2 {
                // This query comes when no listener is there.
                let early = Task {
                    try await onThread { try ParsedMessage(client.askOverUDP(try RunningNameserver.query(1))) }
                }
                try await waitUntil("the query is in the socket") {
                    var octet: UInt8 = 0
                    return recv(held, &octet, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) == 1
                }
                let listener = try UDPListener(endpoint: endpoint, threads: 3, given: dup(held), parts: server.parts)
                try await serve(listener, server) {
                    let response = try await early.value
                    #expect(response.isAuthoritative)
                    for number in 2..<40 {
                        let response = try await onThread {
                            try ParsedMessage(client.askOverUDP(try RunningNameserver.query(number)))
                        }
                        #expect(response.isAuthoritative)
                    }
                }
            }
        }
    }

    @Test func `connections that come between two TCP listeners wait for the second`() async throws {
        try await RunningNameserver.run { server in
            let (held, endpoint) = try holdSocket(SOCK_STREAM)
            defer { close(held) }
            let client = TestClient(port: endpoint.port)
            for _ in 0..<2 {
                // The kernel connects this one when no listener is there.
                let early = try client.openTCP()
                defer { early.end() }
                let listener = try TCPListener(endpoint: endpoint, threads: 3, given: dup(held), parts: server.parts)
                try await serve(listener, server) {
                    try await onThread {
                        try early.send(TCPConnection.framed(try RunningNameserver.query()))
                        #expect(try ParsedMessage(early.receiveMessage()).isAuthoritative)
                        for number in 2..<40 {
                            let response = try client.askOverTCP(try RunningNameserver.query(number))
                            #expect(try ParsedMessage(response).isAuthoritative)
                        }
                    }
                }
            }
        }
    }
}
