import DNS
import Daemon
import Delegates
import Foundation
import Glibc
import Sockets
import TestSupport
import Testing

@testable import nuncio

/// What `nuncio setup` finds out about the DNS, at real servers.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct SetupCheckTests {
    private static let zone = "delegates.example.net"

    private func setup(_ world: SetupWorld, resolver: UInt16, _ more: [String] = []) async throws -> (
        exitCode: Int, out: String
    ) {
        let outcome = try await NuncioProcess.run(
            ["setup", "--output", "nuncio.yaml", "--resolver", "127.0.0.1:\(resolver)"] + more, in: world.folder)
        return (outcome.exitCode, outcome.out + outcome.error)
    }

    private func write(_ world: SetupWorld) async throws {
        let outcome = try await NuncioProcess.run(
            [
                "setup", "--output", "nuncio.yaml", "--yes", "--zone", Self.zone, "--address", "127.0.0.1", "--dns-listen",
                "127.0.0.1:\(world.childPort)", "--http-listen", "127.0.0.1:0", "--storage", "nuncio.db",
            ], in: world.folder)
        guard outcome.exitCode == 0 else { throw NuncioProcess.Failure(description: "no file: \(outcome)") }
    }

    @Test(.enabled(if: ValidatingResolver.isInstalled, "Unbound or libfaketime are missing"))
    func `one record after the other is missed, until all is well`() async throws {
        try await withTemporaryFolder { folder in
            let world = try await SetupWorld(in: folder)
            try await write(world)
            let child = try NuncioProcess(
                ["serve", "--config", "nuncio.yaml"], in: folder, environment: ["NUNCIO_METRICS_LISTEN": "127.0.0.1:0"])
            _ = try await child.waitUntilReady()

            // The parent's own server says that there is no delegation.
            let nothing = try await setup(world, resolver: world.parentPort)
            #expect(
                nothing.exitCode == 8 && nothing.out.contains(/NS at the parent +delegates\.example\.net +missing\n/),
                "\(nothing)")
            #expect(nothing.out.contains("auth.example.net. 3600 IN A 127.0.0.1"), "\(nothing)")

            let anchor = try await world.delegationSigners("example.net", configuration: "nuncio.yaml", in: "parent")
            let resolver = try ValidatingResolver(
                anchor: anchor.first ?? "", zone: "example.net", port: world.parentPort, childPort: world.childPort, in: folder)
            try await resolver.waitUntilReady()
            var records = ["delegates NS ns1.delegates", "ns1.delegates A 127.0.0.1"]
            try await world.parentHas(records)
            let open = try await setup(world, resolver: resolver.port, ["--json"])
            let states = try SetupWorld.report(open.out).checks.map { "\($0.check) \($0.state)" }
            #expect(open.exitCode == 8, "\(open)")
            #expect(
                states == ["server there", "ns there", "address there", "resolution there", "ds missing", "api missing"],
                "\(open)")

            records +=
                try await world.delegationSigners(Self.zone, configuration: "nuncio.yaml", in: ".") + ["auth A 127.0.0.1"]
            try await world.parentHas(records)
            // The resolver's clock stands still: until then, it remembers that there was no DS.
            try resolver.setTime(Timestamp(secondsSinceEpoch: Int64(time(nil)) + 60))
            let well = try await setup(world, resolver: resolver.port)
            #expect(well.exitCode == 0 && well.out.contains("All is well.") && !well.out.contains("What to do"), "\(well)")
        }
    }

    /// The states that are found with the parent's own name server at hand.
    private func states(_ world: SetupWorld) async throws -> [String: SetupCheck] {
        var entries = ConfigurationEntries()
        entries.add(file: world.folder.appending(path: "nuncio.yaml").path)
        var checks = SetupChecks(try Configuration(entries, processors: 1))
        let server = try #require(Endpoint("127.0.0.1:\(world.parentPort)"))
        checks.look = DelegationLook(resolvers: [server], parentPort: world.parentPort)
        return Dictionary(await checks.ofRecords().map { ($0.check.rawValue, $0) }) { $1 }
    }

    @Test func `the parent's referral is compared with the configuration, name by name and address by address`() async throws {
        try await withTemporaryFolder { folder in
            let world = try await SetupWorld(in: folder)
            try await write(world)
            let before = try await states(world)
            #expect(before["ns"]?.state == .missing && before["address"]?.state == .missing && before["resolution"] == nil)
            #expect(before["ns"]?.records == ["delegates.example.net. 3600 IN NS ns1.delegates.example.net."])
            #expect(before["address"]?.records == ["ns1.delegates.example.net. 3600 IN A 127.0.0.1"])
            #expect(before["ds"]?.state == .missing && before["api"]?.state == .missing)

            try await world.parentHas(["delegates NS ns1.delegates", "ns1.delegates A 192.0.2.9", "auth AAAA 2001:db8::1"])
            let wrong = try await states(world)
            #expect(
                wrong["ns"]?.state == .there && wrong["address"]?.state == .wrong && wrong["api"]?.state == .there, "\(wrong)")
            #expect(wrong["address"]?.detail?.contains("the addresses 192.0.2.9") == true, "\(wrong)")
            // No resolver is asked here: the parent's server only refers.
            #expect(wrong["resolution"]?.state == .missing)

            try await world.parentHas([
                "delegates NS ns1.delegates", "delegates NS ns9.example.com.", "ns1.delegates A 127.0.0.1",
                "delegates DS 12345 13 2 \(String(repeating: "AB", count: 32))",
            ])
            let foreign = try await states(world)
            #expect(foreign["ns"]?.state == .wrong && foreign["address"]?.state == .there, "\(foreign)")
            #expect(foreign["ns"]?.detail?.contains("NS records with ns9.example.com") == true, "\(foreign)")
            #expect(foreign["ds"]?.state == .wrong && foreign["ds"]?.detail?.contains("no keys here") == true, "\(foreign)")
        }
    }

    @Test func `a resolver that does not answer is no sign that something is missing`() async throws {
        try await withTemporaryFolder { folder in
            let world = try await SetupWorld(in: folder)
            try await write(world)
            let child = try NuncioProcess(
                ["serve", "--config", "nuncio.yaml"], in: folder, environment: ["NUNCIO_METRICS_LISTEN": "127.0.0.1:0"])
            _ = try await child.waitUntilReady()
            let unknown = try await setup(world, resolver: try FreePort.find())
            #expect(unknown.exitCode == 6 && unknown.out.contains("connection refused"), "\(unknown)")
        }
    }
}
