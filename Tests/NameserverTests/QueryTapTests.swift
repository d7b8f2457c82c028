import DNS
import Delegates
import Logging
import Nameserver
import Synchronization
import TestSupport
import Testing

struct QueryTapTests {
    /// The lines of a log.
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])

        var logger: Logger {
            Logger(label: "test") { _ in Handler(lines: self) }
        }

        struct Handler: LogHandler {
            let lines: Lines
            var logLevel = Logger.Level.info
            var metadata = Logger.Metadata()

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                lines.all.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
            }
        }
    }

    private func ask(_ server: RunningNameserver, _ names: [String]) async throws {
        try await onThread { () throws in
            for name in names { _ = try server.client.askOverUDP(try QueryOctets(name, .txt).octets) }
        }
    }

    @Test func `by default no query is logged`() async throws {
        let lines = Lines()
        try await RunningNameserver.run(tap: QueryTap(logger: lines.logger)) { server in
            try await ask(server, [RunningNameserver.delegate])
        }
        #expect(lines.all.withLock { $0 } == [])
    }

    @Test func `one of so many queries is logged, those for certain names alone, and never a value`() async throws {
        let lines = Lines()
        let logging = QueryLogging(oneOf: 3, names: [try DomainName(RunningNameserver.delegate)])
        try await RunningNameserver.run(tap: QueryTap(logging: logging, logger: lines.logger)) { server in
            try server.publish(1...1)
            try await ask(server, Array(repeating: RunningNameserver.delegate, count: 9) + ["d.example.", "elsewhere.test."])
        }
        let logged = lines.all.withLock { $0 }
        #expect(logged.count == 3)
        #expect(
            logged.allSatisfy { $0.contains(RunningNameserver.delegate) && $0.contains("127.0.0.1") && $0.contains("NOERROR") })
        #expect(!logged.contains { $0.contains(Samples.value(1).text) })
    }

    @Test func `who watches a name sees its queries and those below it`() async throws {
        let tap = QueryTap(logger: Lines().logger)
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
}
