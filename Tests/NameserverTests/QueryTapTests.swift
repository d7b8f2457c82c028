import DNS
import Delegates
import Logging
import Nameserver
import TestSupport
import Testing

struct QueryTapTests {
    private func ask(_ server: RunningNameserver, _ names: [String]) async throws {
        try await onThread { () throws in
            for name in names { _ = try server.client.askOverUDP(try QueryOctets(name, .txt).octets) }
        }
    }

    @Test func `by default no query is logged`() async throws {
        let log = CapturedLog()
        try await RunningNameserver.run(tap: QueryTap(logger: log.logger)) { server in
            try await ask(server, [RunningNameserver.delegate])
        }
        #expect(log.lines == [])
    }

    @Test func `one of so many queries is logged, those for certain names alone, and never a value`() async throws {
        let log = CapturedLog()
        let logging = QueryLogging(oneOf: 3, names: [try DomainName(RunningNameserver.delegate)])
        try await RunningNameserver.run(tap: QueryTap(logging: logging, logger: log.logger)) { server in
            try server.publish(1...1)
            try await ask(server, Array(repeating: RunningNameserver.delegate, count: 9) + ["d.example.", "elsewhere.test."])
        }
        let logged = log.lines
        #expect(logged.count == 3)
        #expect(
            logged.allSatisfy { $0.contains(RunningNameserver.delegate) && $0.contains("127.0.0.1") && $0.contains("NOERROR") })
        #expect(!logged.contains { $0.contains(Samples.value(1).text) })
    }

    @Test func `who watches a name sees its queries and those below it`() async throws {
        let tap = QueryTap(logger: CapturedLog().logger)
        try await RunningNameserver.run(tap: tap) { server in
            let events = tap.watch(try DomainName(RunningNameserver.delegate))
            let mixed = RunningNameserver.delegate.replacing(".d.example.", with: ".D.eXample.")
            try await ask(server, ["d.example.", mixed, "x." + RunningNameserver.delegate])
            var seen: [QueryEvent] = []
            for await event in events {
                seen.append(event)
                if seen.count == 2 { break }
            }
            #expect(seen.map { $0.question?.name.description } == [mixed, "x." + RunningNameserver.delegate])
            #expect(seen.map(\.responseCode) == [.noError, .nameError])
            #expect(seen[0].transport == "udp" && "\(seen[0].address)" == "127.0.0.1" && seen[0].answerCount == 0)
        }
    }

    @Test func `a response is seen with all twelve bits of its code, its answers and its length`() async throws {
        let tap = QueryTap(logger: CapturedLog().logger)
        try await RunningNameserver.run(tap: tap) { server in
            try server.publish(1...2)
            let events = tap.watch(nil)
            let queries = [
                try RunningNameserver.query(),
                try QueryOctets(RunningNameserver.delegate, .txt, edns: EDNS(payloadSize: 1232, version: 1)).octets,
                try QueryOctets(RunningNameserver.delegate, .txt).with { $0.questions = [] }.octets,
            ]
            let responses = try await onThread { try queries.map { try server.client.askOverUDP($0) } }
            var seen: [QueryEvent] = []
            for await event in events {
                seen.append(event)
                if seen.count == queries.count { break }
            }
            #expect(seen.map(\.responseCode) == [.noError, .badVersion, .formatError])
            #expect(seen.map(\.answerCount) == [2, 0, 0] && seen.map { $0.question == nil } == [false, false, true])
            #expect(seen.map(\.length) == responses.map(\.count))
        }
    }

    @Test func `a transfer is seen once, however many messages it takes`() async throws {
        let tap = QueryTap(logger: CapturedLog().logger)
        try await RunningNameserver.run(tap: tap) { server in
            for index in 0..<1000 {
                server.table.enrol(
                    try DomainName("n\(index).d.example"), sequence: ChangeSequence(UInt64(index)), now: Samples.start)
            }
            let events = tap.watch(nil)
            try await onThread { () throws in
                let connection = try server.client.openTCP()
                try connection.send(
                    TCPConnection.framed(try QueryOctets("d.example.", .axfr).octets)
                        + TCPConnection.framed(try QueryOctets("d.example.", .soa).octets))
                connection.finish()
                #expect(try connection.receiveAll().count > 32_768)
            }
            var seen: [QueryEvent] = []
            for await event in events {
                seen.append(event)
                if seen.count == 2 { break }
            }
            #expect(seen.map { $0.question?.type } == [.axfr, .soa] && seen.map(\.responseCode) == [.noError, .noError])
        }
    }
}
