import DNS
import DNSClient
import Sockets
import TestSupport
import Testing

/// One question to several servers.
struct SeveralServersTests {
    private let query: OutgoingQuery

    init() throws {
        query = OutgoingQuery(Question(name: try DomainName("www.example.net"), type: .a))
    }

    private func client(_ change: (inout NameserverClient.Bounds) -> Void) -> NameserverClient {
        var client = NameserverClient.patient
        change(&client.bounds)
        return client
    }

    private static func answering(code: UInt16 = 0, addresses: Int = 1) -> ScriptedServer.Datagrams {
        { query in
            [
                try SampleResponse(to: query).with(code: code).with { $0.addresses = Array(repeating: 1, count: addresses) }
                    .octets
            ]
        }
    }

    @Test func `after a silent server the next one is asked`() async throws {
        try await ScriptedServer.run { silent in
            try await ScriptedServer.run(datagrams: Self.answering()) { good in
                let client = client { $0.tryTime = .seconds(5) }
                let response = try await client.ask(query, ofAny: [silent.endpoint, good.endpoint])
                #expect(response.server == good.endpoint)
                #expect(silent.datagramCount == 1 && good.datagramCount == 1)
            }
        }
    }

    @Test func `the first server that knows is the last that is asked`() async throws {
        for code in [0, 3] as [UInt16] {
            try await ScriptedServer.run(datagrams: Self.answering(code: code)) { first in
                try await ScriptedServer.run { second in
                    let response = try await client { _ in }.ask(query, ofAny: [first.endpoint, second.endpoint])
                    #expect(response.server == first.endpoint && second.datagramCount == 0)
                }
            }
        }
    }

    @Test func `if no server knows, the failure says what each of them did`() async throws {
        let nowhere = try await ScriptedServer.run { $0.endpoint }
        try await ScriptedServer.run(datagrams: Self.answering(code: 2)) { failing in
            try await ScriptedServer.run(datagrams: Self.answering(code: 5)) { refusing in
                do {
                    _ = try await client { _ in }.ask(query, ofAny: [failing.endpoint, nowhere, refusing.endpoint])
                    Issue.record("no server knows")
                } catch {
                    #expect(
                        "\(error)" == "\(failing.endpoint) says SERVFAIL; \(nowhere) does not answer over UDP: nothing is "
                            + "listening there (connection refused); \(refusing.endpoint) says REFUSED")
                }
            }
        }
        await #expect(throws: NoResponse([])) { try await client { _ in }.ask(query, ofAny: []) }
        #expect("\(NoResponse([]))" == "there is no server to ask")
    }

    @Test func `a call ends after its time, whatever servers are left`() async throws {
        try await ScriptedServer.run { silent in
            let client = client { bounds in
                bounds.tryTime = .milliseconds(80)
                bounds.totalTime = .milliseconds(100)
            }
            do throws(NoResponse) {
                _ = try await client.ask(query, ofAny: [silent.endpoint, silent.endpoint, silent.endpoint])
                Issue.record("nobody can have answered")
            } catch {
                #expect(error.failures.count == 3)
                #expect(error.failures[2].reason == .notAsked(.time(.milliseconds(100))))
                #expect("\(error)".hasSuffix("was not asked: the others took all of 100 ms"))
            }
        }
    }

    @Test func `no more servers are asked than the bound says`() async throws {
        try await ScriptedServer.run(datagrams: Self.answering(code: 2)) { failing in
            try await ScriptedServer.run(datagrams: Self.answering()) { good in
                let client = client { $0.servers = 1 }
                let servers = [failing.endpoint, good.endpoint]
                do throws(NoResponse) {
                    _ = try await client.ask(query, ofAny: servers)
                    Issue.record("the second server was asked")
                } catch {
                    #expect(error.failures.map(\.reason) == [.code(.serverFailure), .notAsked(.servers(1))])
                }
                let outcomes = await client.ask(query, ofEach: servers)
                #expect(outcomes.count == 2)
                #expect(throws: ServerFailure(server: good.endpoint, transport: .udp, reason: .notAsked(.servers(1)))) {
                    try outcomes[1].get()
                }
                #expect(good.datagramCount == 0)
            }
        }
    }

    @Test func `all servers are asked at once, and their responses come in their order`() async throws {
        let nowhere = try await ScriptedServer.run { $0.endpoint }
        try await ScriptedServer.run(datagrams: Self.answering(addresses: 1)) { first in
            try await ScriptedServer.run(datagrams: Self.answering(code: 5, addresses: 2)) { second in
                let outcomes = await client { _ in }.ask(query, ofEach: [first.endpoint, nowhere, second.endpoint])
                let codes = outcomes.map { try? $0.get().message.responseCode }
                #expect(codes == [.noError, nil, .refused])
                let servers = outcomes.map { try? $0.get().server }
                #expect(servers == [first.endpoint, nil, second.endpoint])
            }
        }
    }
}
