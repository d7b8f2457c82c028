import Authority
import DNS
import Delegates
import Foundation
import Glibc
import Logging
import Nameserver
import Sockets
import Synchronization
import TestSupport
import Testing

struct UDPListenerTests {
    @Test(arguments: [1, 2, 5])
    func `queries are answered by each number of threads`(threads: Int) async throws {
        try await RunningNameserver.run(threads: threads) { server in
            try server.publish(1...1)
            try await onThread { () throws in
                // Each from its own port, so that the kernel spreads them.
                for identifier in 0..<200 {
                    let response = try ParsedMessage(server.client.askOverUDP(try RunningNameserver.query(identifier)))
                    #expect(response.header.identifier == UInt16(identifier) && response.texts == [Samples.value(1).text])
                }
            }
        }
    }

    /// The client's socket is connected: it takes datagrams only from the address that it asked.
    @Test(arguments: [("0.0.0.0:0", ["127.0.0.1", "127.0.0.2", "127.9.8.7"]), ("[::]:0", ["::1"])])
    func `on all addresses, the one that was asked answers`(listen: String, asked: [String]) async throws {
        try await RunningNameserver.run(on: listen) { server in
            try await onThread { () throws in
                for host in asked {
                    let client = TestClient(host: host, port: server.endpoint.port)
                    #expect(try ParsedMessage(client.askOverUDP(try RunningNameserver.query())).responseCode == .noError)
                    #expect(try ParsedMessage(client.askOverTCP(try RunningNameserver.query())).responseCode == .noError)
                }
            }
        }
    }

    @Test func `the same port can be had on all IPv4 and all IPv6 addresses`() async throws {
        try await RunningNameserver.run(on: "0.0.0.0:0") { server in
            try await RunningNameserver.run(on: "[::]:\(server.endpoint.port)") { second in
                try await onThread { () throws in
                    let client = TestClient(host: "::1", port: second.endpoint.port)
                    #expect(try ParsedMessage(client.askOverTCP(try RunningNameserver.query())).isAuthoritative)
                }
            }
        }
    }

    @Test func `shutdown ends also while queries keep coming`() async throws {
        let flood = Flood()
        try await RunningNameserver.run(threads: 1) { server in
            flood.begin(at: server.endpoint)
            try await onThread { () throws in
                // Over TCP: a datagram might not get through.
                for _ in 0..<20 { _ = try server.client.askOverTCP(try RunningNameserver.query()) }
            }
        }
        // Only now: the server has stopped under the flood.
        flood.end()
    }

    /// Sends queries as fast as it can, from its own thread, until it is told to end.
    private final class Flood: Sendable {
        private let isOver = Atomic(false)

        func begin(at endpoint: Endpoint) {
            Thread.detachNewThread {
                let client = TestClient(host: endpoint.hostText, port: endpoint.port)
                while !self.isOver.load(ordering: .relaxed) {
                    // At the end, nothing listens any more.
                    if let query = try? RunningNameserver.query() { try? client.sendOverUDP([query]) }
                }
            }
        }

        func end() { isOver.store(true, ordering: .relaxed) }
    }

    @Test func `IPv6 is served`() async throws {
        try await RunningNameserver.run(on: "[::1]:0") { server in
            try await onThread { () throws in
                #expect(try ParsedMessage(server.client.askOverUDP(try RunningNameserver.query())).isAuthoritative)
            }
        }
    }

    @Test(arguments: [1, 3])
    func `a port that is taken is told, also by a server that shares its own`(threads: Int) async throws {
        try await RunningNameserver.run(threads: 2) { server in
            func taken(_ transport: String) -> ListenError {
                ListenError(endpoint: server.endpoint, transport: transport, errorNumber: EADDRINUSE)
            }
            #expect(throws: taken("UDP")) {
                _ = try UDPListener(endpoint: server.endpoint, threads: threads, parts: server.parts)
            }
            #expect(throws: taken("TCP")) {
                _ = try TCPListener(endpoint: server.endpoint, threads: threads, parts: server.parts)
            }
        }
    }

    @Test func `an address of another machine is told`() async throws {
        let elsewhere = try #require(Endpoint("192.0.2.1:0"))
        try await RunningNameserver.run { server in
            #expect(throws: ListenError.self) { _ = try UDPListener(endpoint: elsewhere, threads: 1, parts: server.parts) }
            #expect(throws: ListenError.self) { _ = try TCPListener(endpoint: elsewhere, threads: 1, parts: server.parts) }
        }
    }

    @Test(arguments: 1...3)
    func `hostile datagrams are survived`(seed: UInt64) async throws {
        try await RunningNameserver.run { server in
            try await onThread { () throws in
                var generator = SeededGenerator(seed: seed)
                for round in 0..<20 {
                    for _ in 0..<100 {
                        var octets = try RunningNameserver.query()
                        for _ in 0..<4 {
                            octets[Int.random(in: 0..<octets.count, using: &generator)] = UInt8.random(
                                in: 0...255, using: &generator)
                        }
                        let length = [0, 1, 11, octets.count, octets.count / 2].randomElement(using: &generator) ?? 0
                        try server.client.sendOverUDP([Array(octets[..<length])])
                    }
                    try server.client.sendOverUDP([[UInt8](repeating: UInt8(round), count: 60_000)])
                    let response = try ParsedMessage(server.client.askOverUDP(try RunningNameserver.query(round + 1000)))
                    #expect(response.responseCode == .noError, "seed \(seed)")
                }
            }
        }
    }
}
