import DNS
import DNSSEC
import DelegateAPI
import Delegates
import Foundation
import Sockets
import Synchronization
import TestSupport
import Testing
import Webserver

@testable import Daemon
@testable import Signing

/// Each stage that waits for the parent, with resolvers that ask the zone's own server for the parent's DS, and with one that asks the
/// parent. Hours pass in a second.
@Suite(
    .serialized, .timeLimit(.minutes(30)),
    .enabled(
        if: ValidatingResolver.isInstalled && ZoneRuleResolver.Kind.dnsmasq.isInstalled,
        "Unbound, libfaketime or dnsmasq are missing"))
struct ParentResolverTests {
    private static let name = "delegates.example.net"

    /// The zone's server, its parent's server, and two kinds of resolvers.
    private struct World: Sendable {
        let clock: ManualClock
        let folder: URL
        let child: Server
        let parent: Server
        let honest: ValidatingResolver
        let besides: [ZoneRuleResolver]

        var zone: ZoneSigningDescription {
            SigningResponse(child.signedZones.statuses(now: clock.now.withLock(\.self))).zones[0]
        }
        var tags: [UInt16] { zone.keys.map(\.tag) }

        func ask(_ resolvers: [Endpoint]) {
            child.signedZones.change { $0.settings.resolvers = resolvers }
        }
        var honestEndpoint: Endpoint { get throws { try #require(Endpoint("127.0.0.1:\(honest.port)")) } }
        var ruled: [Endpoint] { get throws { try besides.map { try $0.endpoint } } }

        /// Lets time pass in steps of twenty minutes, and asks the parent when that is due.
        func pass(hours: Int) async throws {
            for _ in 0..<(hours * 3) {
                let now = clock.now.withLock { now in
                    now = now.advanced(by: .seconds(1200))
                    return now
                }
                try honest.setTime(now)
                for server in [child, parent] {
                    try await onThread {
                        server.signingUpkeep.tick()
                        while server.signingUpkeep.refresh() {}
                    }
                }
                await child.signingUpkeep.askParents()
            }
        }

        /// Gives the parent's zone these DS records from now on.
        func parentHas(_ ds: [String]) async throws {
            try Self.write(ds, folder)
            _ = try await parent.reloading.reload().get()
        }

        static func write(_ ds: [String], _ folder: URL) throws {
            let zone = """
                $ORIGIN example.net.
                $TTL 300
                @ SOA ns hostmaster \(Int.random(in: 1...1_000_000_000)) 3600 600 604800 60
                @ NS ns
                ns A 127.0.0.1
                delegates NS ns1.delegates
                ns1.delegates A 127.0.0.1
                \(ds.joined(separator: "\n"))

                """
            try Data(zone.utf8).write(to: folder.appending(path: "parent.zone"))
        }
    }

    private static func server(
        in folder: URL, _ clock: ManualClock, _ changes: @escaping @Sendable (inout String) -> Void
    ) async throws -> Server {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try await Server(in: folder, clocks: clock.clocks, changes)
    }

    private func withWorld(_ body: @Sendable (World) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let clock = ManualClock()
            let child = try await Self.server(in: folder.appending(path: "child"), clock) { _ in }
            let now = clock.now.withLock(\.self)
            try World.write(SigningResponse(child.signedZones.statuses(now: now)).zones[0].ds, folder)
            let parent = try await Self.server(in: folder.appending(path: "parent"), clock) { text in
                text = text.replacing("zones: [\"\(Self.name)\"]", with: "zones: [\"other.test\"]")
                    .replacing("ns1.\(Self.name)", with: "ns1.other.test")
                text += "zone-files: [\"\(folder.path)/parent.zone\"]\n"
            }
            let anchor = try #require(
                SigningResponse(parent.signedZones.statuses(now: now)).zones.first { $0.zone == "example.net" }?.ds.first)
            func port(_ server: Server) throws -> UInt16 { try #require(server.addresses.nameserver.first).port }
            let childPort = try port(child)
            let honest = try ValidatingResolver(
                anchor: anchor, zone: "example.net", port: try port(parent), childPort: childPort, in: folder)
            let besides = try ZoneRuleResolver.Kind.allCases.filter(\.isInstalled).map {
                try ZoneRuleResolver($0, zone: Self.name, port: childPort, in: folder)
            }
            let world = World(
                clock: clock, folder: folder, child: child, parent: parent, honest: honest, besides: besides)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await child.run() }
                tasks.addTask { try await parent.run() }
                let outcome: Result<Void, any Error>
                do {
                    try await honest.waitUntilReady()
                    for resolver in besides { try await resolver.waitUntilReady(Self.name) }
                    outcome = .success(try await body(world))
                } catch {
                    outcome = .failure(error)
                }
                tasks.cancelAll()
                _ = try? await tasks.next()
                try outcome.get()
            }
        }
    }

    private func turnOff(_ world: World) async throws {
        try NuncioProcess.writeConfiguration(in: world.folder.appending(path: "child")) { text in
            text += "storage: {sqlite: {path: \"\(world.folder.path)/child/nuncio.db\"}}\n"
            text += "dnssec: {resolvers: [], mode: \"off\"}\n"
        }
        _ = try await world.child.reloading.reload().get()
    }

    @Test func `what a resolver says that asks the zone itself says nothing, and what it is is told`() async throws {
        try await withWorld { world in
            for resolver in world.besides {
                // Both resolvers say that they look up for others, and that there is no DS.
                let answer = try await onThread { try resolver.ask(Self.name, .ds) }
                #expect(answer.responseCode == .noError && answer.answers.isEmpty)
                #expect(answer.header.flags.contains(.recursionAvailable))
                world.ask([try resolver.endpoint])
                try await world.pass(hours: 2)
                #expect(world.zone.parent == "unknown")
                #expect(world.zone.parentTrouble?.contains("asks the zone’s own name servers") == true)
            }
            // Beside an honest resolver they do not count.
            world.ask(try world.ruled + [try world.honestEndpoint])
            try await world.pass(hours: 2)
            #expect(world.zone.parent == "matches" && world.zone.parentTrouble == nil)
            try await world.parentHas([])
            try await world.pass(hours: 3)
            #expect(world.zone.parent == "none" && world.zone.parentTrouble == nil)
            var configuration = world.child.reloading.configuration
            configuration.signing.resolvers = try world.ruled
            #expect(try await ParentZone(of: configuration).security().map(\.problem) == [nil])
            configuration.signing.resolvers.append(try world.honestEndpoint)
            let problem = try #require(try await ParentZone(of: configuration).security().first?.problem)
            #expect(problem.contains("has no DS record"))
        }
    }

    @Test func `signing does not end as long as the parent has the DS, whatever such resolvers say`() async throws {
        try await withWorld { world in
            world.ask(try world.ruled)
            try await turnOff(world)
            world.ask(try world.ruled)
            try await world.pass(hours: 60)
            #expect(world.zone.stage == "deletionRequested" && world.zone.signed)
            world.ask(try world.ruled + [try world.honestEndpoint])
            try await world.pass(hours: 60)
            #expect(world.zone.stage == "deletionRequested" && world.zone.signed)
            let answer = try await onThread { try world.honest.ask(Self.name, .soa) }
            #expect(answer.responseCode == .noError && answer.header.flags.contains(.authenticData))
            // dnssec-cds makes this record of the request: no resolver knows the algorithm.
            try await world.parentHas(["delegates DS 768 0 2 \(String(repeating: "ab", count: 32))"])
            try await world.pass(hours: 3)
            #expect(world.zone.stage == "deletionWaits" && world.zone.parent == "unusable")
            let insecure = try await onThread { try world.honest.ask(Self.name, .soa) }
            #expect(insecure.responseCode == .noError && !insecure.header.flags.contains(.authenticData))
            // The honest resolver is away: no resolver can say whether this is still so.
            world.ask(try world.ruled)
            try await world.pass(hours: 48)
            #expect(world.zone.stage == "deletionWaits" && world.zone.signed)
            #expect(world.zone.waitsFor?.contains("once more") == true)
            world.ask(try world.ruled + [try world.honestEndpoint])
            try await world.pass(hours: 1)
            #expect(!world.zone.signed)
        }
    }

    @Test func `a zone that a reload adds gets no new keys while its parent has a DS`() async throws {
        try await withWorld { world in
            let resolver = try world.honestEndpoint
            try NuncioProcess.writeConfiguration(in: world.folder.appending(path: "child")) { text in
                text = text.replacing("zones: [\"\(Self.name)\"]", with: "zones: [\"\(Self.name)\", \"other.example.net\"]")
                text += "storage: {sqlite: {path: \"\(world.folder.path)/child/nuncio.db\"}}\n"
                text += "dnssec: {resolvers: [\"\(resolver)\"]}\n"
            }
            let ds = world.zone.ds.map { $0.replacing("\(Self.name). 3600 IN", with: "delegates") }
            let lost = ["other NS ns1.\(Self.name).", "other DS 1 13 2 \(String(repeating: "ab", count: 32))"]
            try await world.parentHas(ds + lost)
            let outcome = await world.child.reloading.reload()
            guard case .failure(.keys(let reason)) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.contains("the parent of other.example.net. has a DS record"))
            #expect(world.child.reloading.configuration.apexes.count == 1)
            // Without the DS there is nothing to lose.
            try await world.parentHas(ds)
            try await world.pass(hours: 1)
            _ = try await world.child.reloading.reload().get()
            #expect(world.child.reloading.configuration.apexes.count == 2)
        }
    }

    @Test(arguments: [.replace(nil), .replaceAll(.ed25519)] as [KeyChange])
    func `no key goes that the parent's DS still names`(change: KeyChange) async throws {
        try await withWorld { world in
            let old = world.tags
            let apex = try DomainName(Self.name)
            let now = world.clock.now.withLock(\.self)
            world.ask(try world.ruled)
            _ = try await onThread { try world.child.signedZones.change(apex, change, now: now) }
            for resolvers in [try world.ruled, try world.ruled + [try world.honestEndpoint]] {
                world.ask(resolvers)
                try await world.pass(hours: 60)
                #expect(world.zone.stage.hasSuffix("AwaitsParent") && world.tags.count == 2)
                let answer = try await onThread { try world.honest.ask(Self.name, .soa) }
                #expect(answer.responseCode == .noError && answer.header.flags.contains(.authenticData))
            }
            try await world.parentHas(world.zone.ds)
            try await world.pass(hours: 40)
            #expect(world.zone.stage == "steady" && world.tags.count == 1 && world.tags != old)
            let answer = try await onThread { try world.honest.ask(Self.name, .soa) }
            #expect(answer.responseCode == .noError && answer.header.flags.contains(.authenticData))
        }
    }
}
