import DNS
import Sockets
import Synchronization
import TestSupport
import Testing

@testable import DNSClient

/// One question to one server over real sockets.
struct NameserverClientTests {
    private let query: OutgoingQuery

    init() throws {
        query = OutgoingQuery(Question(name: try DomainName("www.example.net"), type: .a))
    }

    // MARK: UDP, and TCP after it

    @Test func `a response over UDP is taken, and TCP is not asked`() async throws {
        try await ScriptedServer.run(datagrams: { [try SampleResponse(to: $0).octets] }, stream: { _ in .message([]) }) {
            server in
            let response = try await NameserverClient.patient.ask(query, of: server.endpoint)
            #expect(response.server == server.endpoint && response.transport == .udp)
            #expect(response.message.answers.count == 1 && response.message.questions == [query.question])
            #expect(server.datagramCount == 1 && server.connectionCount == 0)
        }
    }

    @Test func `the query is what was asked for`() throws {
        let message = try Message(SentQuery(query, identifier: 7).octets)
        #expect(message.header.identifier == 7 && message.header.flags == .recursionDesired)
        #expect(message.questions == [query.question] && message.edns == EDNS(payloadSize: 1232))
        let bare = OutgoingQuery(query.question, isRecursionDesired: false, edns: nil)
        let bareMessage = try Message(SentQuery(bare, identifier: 7).octets)
        #expect(bareMessage.header.flags == [] && bareMessage.edns == nil)
        let secure = OutgoingQuery(query.question, edns: EDNS(payloadSize: 512, isDNSSECOK: true))
        #expect(try Message(SentQuery(secure).octets).edns?.isDNSSECOK == true)
    }

    @Test func `identifiers are random`() throws {
        let identifiers = try (0..<100).map { _ in try Message(SentQuery(query).octets).header.identifier }
        #expect(Set(identifiers).count > 90)
    }

    @Test func `after a truncated response the same question goes over TCP`() async throws {
        let datagrams: ScriptedServer.Datagrams = { query in
            let response = try SampleResponse(to: query).with { $0.flags.formUnion(.truncated) }
            // Cut in the middle of the record.
            return [response.octets.dropLast(3)]
        }
        try await ScriptedServer.run(
            datagrams: datagrams,
            stream: { query in
                .message(try SampleResponse(to: query).with { $0.addresses = Array(1...100) }.octets)
            }
        ) { server in
            let response = try await NameserverClient.patient.ask(query, of: server.endpoint)
            #expect(response.transport == .tcp && response.message.answers.count == 100)
            #expect(server.datagramCount == 1 && server.connectionCount == 1)
        }
        // The server truncates, and refuses TCP.
        try await ScriptedServer.run(datagrams: datagrams) { server in
            let failure = try await NameserverClient.patient.failure(of: server, query)
            #expect(failure.transport == .tcp)
            #expect(
                "\(failure)"
                    == "\(server.endpoint) does not answer over TCP: nothing is listening there (connection refused)")
        }
    }

    @Test func `a response longer than 512 octets is whole over UDP`() async throws {
        try await ScriptedServer.run(datagrams: { query in
            [try SampleResponse(to: query).with { $0.addresses = Array(1...70) }.octets]
        }) { (server) async throws in
            #expect(try await NameserverClient.patient.ask(query, of: server.endpoint).message.answers.count == 70)
            var bare = query
            bare.edns = nil
            #expect(try await NameserverClient.patient.ask(bare, of: server.endpoint).message.answers.count == 70)
        }
    }

    @Test func `a response code is the caller's to judge, also without a question`() async throws {
        for code in [1, 2, 3, 4, 5] as [UInt16] {
            try await ScriptedServer.run(datagrams: { [try SampleResponse(to: $0).with(code: code).octets] }) {
                (server) async throws in
                #expect(
                    try await NameserverClient.patient.ask(query, of: server.endpoint).message.responseCode.rawValue == code)
            }
        }
        try await ScriptedServer.run(datagrams: { query in
            [try SampleResponse(to: query).with(code: 1).with { $0.questions = [] }.octets]
        }) { (server) async throws in
            #expect(try await NameserverClient.patient.ask(query, of: server.endpoint).message.responseCode == .formatError)
        }
    }

    @Test func `a datagram from another port than the server's is not taken`() async throws {
        try await ScriptedServer.run(
            datagrams: { [try SampleResponse(to: $0).octets] },
            forged: { query in [try SampleResponse(to: query).with { $0.addresses = [1, 2, 3] }.octets] }
        ) { (server) async throws in
            #expect(try await NameserverClient.patient.ask(query, of: server.endpoint).message.answers.count == 1)
        }
    }

    // MARK: Silence and lost connections

    @Test func `a silent server is asked again, and then told`() async throws {
        try await ScriptedServer.run { server in
            let failure = try await NameserverClient.waiting(.milliseconds(50), tries: 3).failure(of: server, query)
            #expect(failure.reason == .silent(tries: 3, time: .milliseconds(50)))
            #expect("\(failure)" == "\(server.endpoint) does not answer over UDP, in 3 tries of 50 ms")
            try await waitUntil("three queries came") { server.datagramCount == 3 }
        }
    }

    @Test func `a server that a datagram does not reach gets another`() async throws {
        let server = Lossy()
        try await ScriptedServer.run(datagrams: { try server.reply(to: $0) }) { server in
            let response = try await NameserverClient.waiting(.milliseconds(100), tries: 1000).ask(query, of: server.endpoint)
            #expect(response.transport == .udp && server.datagramCount > 1)
        }
    }

    @Test func `a connection that ends early is told`() async throws {
        let cases: [(ScriptedServer.Stream, String)] = [
            ({ _ in ScriptedServer.StreamReply(octets: [], closes: true) }, "closes the connection without an answer"),
            (
                {
                    ScriptedServer.StreamReply(
                        octets: Array(TCPConnection.framed(try SampleResponse(to: $0).octets).dropLast()), closes: true)
                },
                "closes the connection in the middle of its response"
            ),
            (
                { _ in ScriptedServer.StreamReply(octets: [0], closes: true) },
                "closes the connection in the middle of its response"
            ),
        ]
        for (stream, words) in cases {
            try await ScriptedServer.run(stream: stream) { (server) async throws in
                #expect(try await NameserverClient.patient.failure(of: server, query.overTCP).words == words)
            }
        }
    }

    @Test func `a response over TCP that is too long is refused before it comes`() async throws {
        try await ScriptedServer.run(stream: { _ in ScriptedServer.StreamReply(octets: [0x04, 0x01]) }) {
            (server) async throws in
            var client = NameserverClient.patient
            client.bounds.responseLength = 1024
            #expect(try await client.failure(of: server, query.overTCP).reason == .tooLong(1025))
        }
    }

    @Test func `a server that accepts connections and says nothing is told after the time`() async throws {
        try await ScriptedServer.run(stream: { _ in ScriptedServer.StreamReply(octets: [0x04]) }) { server in
            let failure = try await NameserverClient.waiting(.milliseconds(50)).failure(of: server, query.overTCP)
            #expect("\(failure)" == "\(server.endpoint) does not answer over TCP within 50 ms")
        }
    }

    @Test(arguments: [OutgoingQuery.Transport.udp, .tcp])
    func `a port where nothing listens is told at once`(transport: OutgoingQuery.Transport) async throws {
        let nowhere = try await ScriptedServer.run(stream: { _ in .message([]) }) { $0.endpoint }
        var query = query
        query.transport = transport
        let over = transport == .udp ? "UDP" : "TCP"
        do {
            _ = try await NameserverClient.patient.ask(query, of: nowhere)
            Issue.record("nobody can have answered")
        } catch {
            #expect(
                "\(error)" == "\(nowhere) does not answer over \(over): nothing is listening there (connection refused)")
        }
    }

    @Test(
        arguments: [
            (.milliseconds(50), "50 ms"), (.milliseconds(949), "949 ms"), (.milliseconds(999), "1 s"), (.seconds(5), "5 s"),
            (.milliseconds(4999), "5 s"), (.milliseconds(1500), "1.5 s"), (.seconds(90), "90 s"),
        ] as [(Duration, String)])
    func `times are told in seconds or milliseconds`(time: Duration, words: String) throws {
        let server = try #require(Endpoint("192.0.2.1:53"))
        let failure = ServerFailure(server: server, transport: .tcp, reason: .silent(tries: 1, time: time))
        #expect("\(failure)" == "192.0.2.1:53 does not answer over TCP within \(words)")
    }

    // MARK: Cancellation

    @Test(arguments: [OutgoingQuery.Transport.udp, .tcp])
    func `a cancelled task gets its failure at once, and its connection is closed`(transport: OutgoingQuery.Transport)
        async throws
    {
        var query = query
        query.transport = transport
        let (asked, client) = (query, NameserverClient.patient)
        try await ScriptedServer.run(stream: { _ in ScriptedServer.StreamReply(octets: []) }) { server in
            let endpoint = server.endpoint
            let failure = try await withThrowingTaskGroup(of: ServerFailure?.self) { group in
                group.addTask {
                    do throws(ServerFailure) {
                        _ = try await client.ask(asked, of: endpoint)
                        return nil
                    } catch {
                        return error
                    }
                }
                try await waitUntil("the query came") { server.datagramCount + server.connectionCount > 0 }
                group.cancelAll()
                return try await group.next() ?? nil
            }
            #expect(failure?.reason == .cancelled && failure?.transport == transport)
            try await waitUntil("the connection is closed") { server.endedCount == server.connectionCount }
        }
    }
}

/// Loses the first query.
private final class Lossy: Sendable {
    private let count = Mutex(0)

    func reply(to query: [UInt8]) throws -> [[UInt8]] {
        let isFirst = count.withLock { count in
            count += 1
            return count == 1
        }
        return isFirst ? [] : [try SampleResponse(to: query).octets]
    }
}
