import DNS
import DNSClient
import DelegateAPI
import Delegates
import Doctor
import Foundation
import Glibc
import Sockets
import TestSupport
import Testing

@testable import Daemon
@testable import nuncio

/// The doctor's probe, with a whole server, which stands for the root's name servers, too.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ProbeTests {
    /// A server of the zone “d.” with one delegate, and the way to it.
    private struct World: Sendable {
        let dns: Endpoint
        let http: Endpoint
        let clock: ManualClock
        let credentialFile: String
        let credential: CredentialFile

        /// - Parameter resolvers: beside the server itself.
        func run(resolvers: [Endpoint] = [], isForced: Bool = false, wait: Duration = Patience.limit) async throws -> ProbeRun {
            var means = Examination.Means()
            means.hints = RootHints(nameservers: [try DomainName("a.root."): [dns.host]])
            means.reach.port = dns.port
            var examination = Examination(domain: try DomainName("d."), means: means)
            examination.resolvers = [dns] + resolvers
            var run = try await ProbeRun(
                of: examination, client: APIClient(server: try ServerURL("http://\(http)")), credential: credential,
                isForced: isForced, progress: StepProgress())
            run.probe.longestWait = wait
            return run
        }

        var values: [String] {
            get async throws {
                try await onThread { [dns] in
                    let query = try QueryOctets("_acme-challenge.d.", .txt, edns: EDNS(payloadSize: 1232)).octets
                    return try ParsedMessage(TestClient(host: dns.hostText, port: dns.port).askOverUDP(query)).texts
                }
            }
        }

        func publish(_ index: Int) async throws {
            let client = try APIClient(server: try ServerURL("http://\(http)"))
            _ = try await client.update(
                UpdateRequest(subdomain: credential.subdomain, txt: Samples.value(index).text), username: credential.username,
                password: credential.password)
        }

        /// Waits until the delegate has a number of values.
        func waitForValues(_ count: Int) async throws {
            try await waitUntil("there are \(count) values") { try await values.count == count }
        }
    }

    private func with(_ body: (World) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let clock = ManualClock()
            let server = try await Server(in: folder, clocks: clock.clocks) { text in
                text = text.replacing("ns1.delegates.example.net", with: "ns1.d").replacing("delegates.example.net", with: "d")
            }
            try await server.serve {
                let file = folder.appending(path: "credential.json").path
                let socket = folder.appending(path: "nuncio.db.socket").path
                try await waitUntil("the operator's socket is there") { FileManager.default.fileExists(atPath: socket) }
                let made = try await NuncioProcess.run(
                    ["delegates", "create", "_acme-challenge", "--config", "nuncio.yaml", "--output", file], in: folder)
                try #require(made.exitCode == 0, "\(made)")
                let addresses = server.addresses
                try await body(
                    World(
                        dns: try #require(addresses.nameserver.first), http: try #require(addresses.webserver.first),
                        clock: clock, credentialFile: file, credential: try CredentialFile(path: file, domain: nil)))
            }
        }
    }

    /// An address at which nothing listens.
    private static let nobody = Endpoint(host: .v4(IPv4Address(number: 0x7F00_0001)), port: 1)

    @Test func `a value arrives everywhere, and is withdrawn; the delegate is as before`() async throws {
        try await with { world async throws in
            let first = try await world.run().outcome()
            #expect(first.delegate == "_acme-challenge.d" && first.restoredValues == 0 && first.hasArrived)
            #expect(first.servers.map(\.server) == ["ns1.d", "resolver"])
            #expect(first.servers.map(\.address) == ["\(world.dns)", "\(world.dns)"])
            #expect(try await world.values == [])
            try await world.publish(1)
            try await world.publish(2)
            world.clock.pass(ProbeRun.youngestAge)
            let second = try await world.run().outcome()
            #expect(second.restoredValues == 2 && second.hasArrived)
            #expect(try await world.values == [1, 2].map { Samples.value($0).text })
        }
    }

    @Test func `a server that never has the value is told, and the value is withdrawn`() async throws {
        try await with { world async throws in
            let outcome = try await world.run(resolvers: [Self.nobody], wait: .seconds(1)).outcome()
            #expect(!outcome.hasArrived && outcome.servers.map { $0.seconds == nil } == [false, false, true])
            #expect(
                outcome.lines.contains { $0.hasPrefix("resolver") && $0.contains(" 127.0.0.1:1 ") && $0.hasSuffix(" never") },
                "\(outcome.lines)")
            let json = try JSONLine.text(outcome)
            #expect(json.contains(#""address":"127.0.0.1:1","seconds":null"#), "\(json)")
            #expect(try await world.values == [])
        }
    }

    @Test func `a delegate with a young value is not probed unless that is forced`() async throws {
        try await with { world async throws in
            try await world.publish(1)
            let failure = await #expect(throws: Failure.self) { _ = try await world.run().outcome() }
            #expect(
                failure?.exitCode == .refused && failure?.message.contains("10 minutes") == true)
            #expect(try await world.values == [Samples.value(1).text])
            #expect(try await world.run(isForced: true).outcome().restoredValues == 1)
            #expect(try await world.values == [Samples.value(1).text])
        }
    }

    @Test func `a value that is published meanwhile stays`() async throws {
        try await with { world async throws in
            async let outcome = world.run(resolvers: [Self.nobody], wait: .seconds(4)).outcome()
            try await world.waitForValues(1)
            try await world.publish(1)
            let restored = try await outcome.restoredValues
            #expect(restored == 1)
            #expect(try await world.values == [Samples.value(1).text])
        }
    }

    @Test func `the value is withdrawn after Ctrl-C`() async throws {
        try await with { world async throws in
            let run = try await world.run(resolvers: [Self.nobody])
            async let isInterrupted = interrupted(run)
            // The signal is caught since before the publication.
            try await world.waitForValues(1)
            kill(getpid(), SIGINT)
            #expect(try await isInterrupted)
            #expect(try await world.values == [])
        }
    }

    private func interrupted(_ run: ProbeRun) async throws -> Bool {
        do {
            _ = try await run.outcome()
            return false
        } catch is ProbeRun.Interrupted {
            return true
        }
    }

    @Test func `a wrong key publishes nothing`() async throws {
        try await with { world async throws in
            let text = #"{"username":"00000000-0000-4000-8000-000000000000","password":"x","subdomain":"_acme-challenge"}"#
            let other = World(
                dns: world.dns, http: world.http, clock: world.clock, credentialFile: world.credentialFile,
                credential: try CredentialFile(text: text, path: "x", domain: nil))
            let failure = await #expect(throws: Failure.self) { _ = try await other.run().outcome() }
            #expect(failure?.exitCode == .refused && failure?.message.contains("401") == true)
            #expect(try await world.values == [])
        }
    }
}
