import Authority
import DNS
import Delegates
import Sockets
import TestSupport
import Testing

/// Hostile clients over real sockets: their number is bounded, and the test expects an answer, not a time.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct FloodTests {
    // MARK: UDP

    @Test func `while a network is limited, its client with a cookie gets every answer`() async throws {
        try await RunningNameserver.run(rateLimit: ResponseRateLimit.Settings(octetsPerSecond: 2000)) { server in
            try server.publish(1...2)
            let client = TestClient(port: server.endpoint.port)
            let neighbour = TestClient(port: server.endpoint.port, source: "127.0.0.2")
            try await onThread { () throws in
                func query(_ identifier: Int, cookie: [UInt8]) throws -> [UInt8] {
                    try QueryOctets(RunningNameserver.delegate, .txt, edns: EDNS(payloadSize: 1232)).with { query in
                        query.identifier = UInt16(identifier)
                        query.ednsOptions = [0, 10, 0, UInt8(cookie.count)] + cookie
                    }.octets
                }
                let first = try ParsedMessage(client.askOverUDP(query(0, cookie: [1, 2, 3, 4, 5, 6, 7, 8])))
                let cookie = try #require(first.edns?.option(.cookie))
                var limited = 0
                for round in 1...200 {
                    try neighbour.sendOverUDP((0..<50).map { try RunningNameserver.query($0) })
                    let response = try ParsedMessage(client.askOverUDP(query(round, cookie: cookie)))
                    #expect(response.texts.count == 2 && !response.isTruncated)
                    if round > 100, limited == 0 {
                        // Without the cookie, the same network is told to use TCP, which is served.
                        let patient = TestClient(port: server.endpoint.port, timeout: 1)
                        for _ in 0..<20 where limited == 0 {
                            guard let octets = try? patient.askOverUDP(try RunningNameserver.query()) else { continue }
                            if try ParsedMessage(octets).isTruncated { limited += 1 }
                        }
                        #expect(try ParsedMessage(client.askOverTCP(try RunningNameserver.query())).texts.count == 2)
                    }
                }
                #expect(limited == 1)
            }
        }
    }

    // MARK: TCP

    /// A third each: nothing, half a length, half a query after whole ones whose responses are not read.
    private func hostileConnection(_ index: Int, to server: RunningNameserver) throws -> TCPConnection {
        let client = TestClient(port: server.endpoint.port, source: "127.0.\(index % 90 + 1).1")
        let connection = try client.openTCP()
        let query = TCPConnection.framed(try RunningNameserver.query())
        switch index % 3 {
        case 0: break
        case 1: try connection.send([0])
        default: try connection.send(query + query + query.dropLast(5))
        }
        return connection
    }

    @Test func `with 900 hostile connections new queries are answered, over TCP and UDP`() async throws {
        try await RunningNameserver.run(maximumConnections: 500, maximumPerNetwork: 10) { server in
            try server.publish(1...64)
            try await onThread { () throws in
                var hostile: [TCPConnection] = []
                for index in 0..<900 {
                    hostile.append(try hostileConnection(index, to: server))
                    guard index % 50 == 0 else { continue }
                    // From a hostile network and from another.
                    for source in ["127.0.\(index % 90 + 1).9", "127.0.200.1"] {
                        let client = TestClient(port: server.endpoint.port, source: source)
                        #expect(try ParsedMessage(client.askOverTCP(try RunningNameserver.query())).texts.count == 64)
                        #expect(try ParsedMessage(client.askOverUDP(try RunningNameserver.query())).isTruncated)
                    }
                }
                for connection in hostile { connection.end() }
            }
        }
    }

    @Test func `one connection too many of a network closes that network's own`() async throws {
        try await RunningNameserver.run(maximumConnections: 1000, maximumPerNetwork: 3) { server in
            try await onThread { () throws in
                func open(_ source: String) throws -> TCPConnection {
                    let connection = try TestClient(port: server.endpoint.port, source: source).openTCP()
                    try ask(connection)
                    return connection
                }
                func ask(_ connection: TCPConnection) throws {
                    try connection.send(TCPConnection.framed(try RunningNameserver.query()))
                    #expect(try ParsedMessage(try connection.receiveMessage()).responseCode == .noError)
                }
                let other = try open("127.0.8.1")
                // Three addresses of one /24.
                let own = try ["127.0.7.1", "127.0.7.2", "127.0.7.3"].map(open)
                let fourth = try open("127.0.7.4")
                #expect(try own[0].receiveSome() == nil)
                for connection in [other, own[1], own[2], fourth] { try ask(connection) }
            }
        }
    }
}
