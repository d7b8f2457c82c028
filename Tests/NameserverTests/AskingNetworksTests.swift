import DNS
import Delegates
import Nameserver
import Sockets
import TestSupport
import Testing

/// The networks that ask for a delegate's values through real sockets.
struct AskingNetworksTests {
    @Test func `queries for values count by network over UDP and TCP, others do not`() async throws {
        try await RunningNameserver.run(threads: 2) { server in
            try server.publish(1...1)
            let name = try DomainName(RunningNameserver.delegate)
            @Sendable func networks() -> AskingNetworks.Count {
                server.table.served(at: name, now: Samples.start).askingNetworks
            }
            @Sendable func client(_ source: String) -> TestClient {
                TestClient(host: server.endpoint.hostText, port: server.endpoint.port, source: source)
            }
            try await onThread { () throws in
                let caa = try QueryOctets(RunningNameserver.delegate, .caa, edns: EDNS(payloadSize: 1232)).octets
                _ = try client("127.0.9.1").askOverUDP(caa)
                _ = try client("127.0.9.1").askOverTCP(try QueryOctets("d.example.", .txt).octets)
                #expect(networks() == AskingNetworks.Count(networks: 0, isMinimum: false))
                for source in ["127.0.1.1", "127.0.1.2", "127.0.2.1", "127.0.1.1"] {
                    _ = try client(source).askOverUDP(try RunningNameserver.query())
                }
                #expect(networks() == AskingNetworks.Count(networks: 2, isMinimum: false))
                for source in ["127.0.2.9", "127.0.3.1"] {
                    _ = try client(source).askOverTCP(try RunningNameserver.query())
                }
                #expect(networks() == AskingNetworks.Count(networks: 3, isMinimum: false))
            }
            try server.publish(2...2)
            #expect(networks() == AskingNetworks.Count(networks: 0, isMinimum: false))
        }
    }
}
