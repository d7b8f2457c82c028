import DNS
import Daemon
import Delegates
import Foundation
import Sockets
import TestSupport
import Testing

@testable import Daemon
@testable import Signing
@testable import nuncio

/// Before a zone is delegated, nobody here leads resolvers to remember that it is not there.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct UndelegatedZoneTests {
    private static let zone = "delegates.example.net"

    /// Writes a configuration with the API inside the zone.
    private func write(_ world: SetupWorld) async throws {
        let outcome = try await NuncioProcess.run(
            [
                "setup", "--output", "nuncio.yaml", "--yes", "--zone", Self.zone, "--address", "127.0.0.1", "--dns-listen",
                "127.0.0.1:\(world.childPort)", "--http-listen", "127.0.0.1:0", "--storage", "nuncio.db", "--public-url",
                "https://auth.\(Self.zone)",
            ], in: world.folder)
        guard outcome.exitCode == 0 else { throw NuncioProcess.Failure(description: "no file: \(outcome)") }
    }

    private func configuration(_ world: SetupWorld, resolver: UInt16) throws -> Configuration {
        var entries = ConfigurationEntries()
        entries.add(file: world.folder.appending(path: "nuncio.yaml").path)
        entries.add(option: "--resolver", for: "dnssec.resolvers", values: ["127.0.0.1:\(resolver)"])
        return try Configuration(entries, processors: 1)
    }

    private func checks(_ world: SetupWorld, resolver: UInt16) async throws -> [String: SetupCheck] {
        var checks = SetupChecks(try configuration(world, resolver: resolver))
        checks.look.parentPort = world.parentPort
        return Dictionary(await checks.ofRecords().map { ($0.check.rawValue, $0) }) { $1 }
    }

    private func resolver(_ world: SetupWorld) async throws -> ValidatingResolver {
        let anchor = try await world.delegationSigners("example.net", configuration: "nuncio.yaml", in: "parent")
        let resolver = try ValidatingResolver(
            anchor: anchor.first ?? "", zone: "example.net", port: world.parentPort, logsQueries: true, in: world.folder)
        try await resolver.waitUntilReady()
        return resolver
    }

    @Test(.enabled(if: ValidatingResolver.isInstalled, "Unbound or libfaketime are missing"))
    func `a set-up and a start ask no resolver for names in the zone`() async throws {
        try await withTemporaryFolder { folder async throws in
            let world = try await SetupWorld(in: folder, memory: 300)
            try await write(world)
            let resolver = try await resolver(world)
            let before = try await checks(world, resolver: resolver.port)
            #expect(before["ns"]?.state == .missing && before["ds"]?.state == .missing && before["resolution"] == nil)
            #expect(before["ns"]?.memory == 300)
            let api = before["api"]
            #expect(
                api?.state == .missing && api?.detail == "“records” has it; resolvers find it once \(Self.zone) is delegated",
                "\(before)")

            let configuration = try configuration(world, resolver: resolver.port)
            var lostKeys = LostKeys(configuration: configuration)
            lostKeys.parentPort = world.parentPort
            try await lostKeys.check()
            let zone = try DomainName(Self.zone)
            let delegate = try #require(OwnDelegate(for: DomainName("auth.\(Self.zone)"), in: zone))
            let delegation = OwnDelegation(parentPort: world.parentPort)
            #expect(await ChallengeAlias.look(for: delegate, by: configuration.signing.resolvers, delegation) == .missing)

            let asked = Set(resolver.queries)
            #expect(asked.contains("example.net. soa") && !asked.contains { $0.contains("delegates") }, "\(asked)")

            // Afterwards they are asked.
            try await world.parentHas(["delegates NS ns1.delegates", "ns1.delegates A 127.0.0.1"])
            try await lostKeys.check()
            #expect(resolver.queries.contains("delegates.example.net. ds"))
        }
    }

    @Test func `a DS at the parent still stops a start without keys, and no delegation does not`() async throws {
        try await withTemporaryFolder { folder async throws in
            let world = try await SetupWorld(in: folder)
            try await write(world)
            let server = try #require(Endpoint("127.0.0.1:\(world.parentPort)"))
            let zone = try DomainName(Self.zone)
            func survey() async -> ParentSurvey {
                await ParentSurvey(ofMaybeUndelegated: zone, by: [server], parentPort: world.parentPort)
            }
            func words() async -> [ParentAnswer] { await survey().answers.map(\.answer) }
            #expect(
                await words() == [
                    .unknown("was not asked: the name servers of example.net have no NS records of the zone")
                ])
            // A resolver that cannot tell may know more.
            let silent = try #require(Endpoint("127.0.0.1:\(try FreePort.find())"))
            let both = await ParentSurvey(ofMaybeUndelegated: zone, by: [server, silent], parentPort: world.parentPort)
            #expect(both.answers.allSatisfy { "\($0.answer)".contains("was not asked") == false }, "\(both)")

            try await world.parentHas(["delegates NS ns1.delegates", "ns1.delegates A 127.0.0.1"])
            #expect(await words() == [.unknown("is not a resolver: it does not look names up for others")])
            try await world.parentHas([
                "delegates NS ns1.delegates", "ns1.delegates A 127.0.0.1",
                "delegates DS 12345 13 2 \(String(repeating: "AB", count: 32))",
            ])
            #expect(await survey().records.count == 1)
            var lostKeys = LostKeys(configuration: try configuration(world, resolver: world.parentPort))
            lostKeys.parentPort = world.parentPort
            await #expect(throws: KeyFolder.Failure.self) { try await lostKeys.check() }
        }
    }
}
