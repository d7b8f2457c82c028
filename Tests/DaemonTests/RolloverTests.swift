import Authority
import DNS
import DNSSEC
import DelegateAPI
import Delegates
import Foundation
import Logging
import Sockets
import Synchronization
import TestSupport
import Testing
import Webserver

@testable import Daemon
@testable import Signing

/// Whole changes of keys in a running server, with hours that pass in a second, and a validating resolver that asks all along.
/// Its clock is the server's: its cache is as old as it should be.
@Suite(
    .serialized, .timeLimit(.minutes(30)), .enabled(if: ValidatingResolver.isInstalled, "Unbound and libfaketime are missing"))
struct RolloverTests {
    private struct Setting {
        let server: Server
        let clock: ManualClock
        let resolver: ValidatingResolver
        let api: API

        var zone: DomainName { get throws { try DomainName("delegates.example.net") } }

        var stage: String {
            get throws {
                let zone = try zone.withoutFinalDot
                let zones = SigningResponse(server.signedZones.statuses(now: clock.now.withLock(\.self))).zones
                return try #require(zones.first { $0.zone == zone }).stage
            }
        }

        /// Lets time pass for the server's upkeep and the resolver.
        func pass(_ seconds: Int64) throws {
            let now = clock.now.withLock { now in
                now = now.advanced(by: .seconds(seconds))
                return now
            }
            try resolver.setTime(now)
            server.signingUpkeep.tick()
            while server.signingUpkeep.refresh() {}
        }
    }

    /// A server for a signed zone and its signed parent, so that the chain has a DS that changes and is cached.
    private func withServer(_ settings: String, _ body: @Sendable (Setting) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let clock = ManualClock()
            let parent = """
                $ORIGIN example.net.
                $TTL 300
                @ SOA ns hostmaster 1 3600 600 604800 900
                @ NS ns
                ns A 127.0.0.1
                delegates NS ns1.delegates
                ns1.delegates A 127.0.0.1
                """
            try Data((parent + "\n").utf8).write(to: folder.appending(path: "parent.zone"))
            try NuncioProcess.writeConfiguration(in: folder) { text in
                text += """
                    zone-files: ["\(folder.path)/parent.zone"]
                    storage: {sqlite: {path: "\(folder.path)/nuncio.db"}}
                    dnssec:
                      resolvers: []
                    \(settings)

                    """
            }
            var entries = ConfigurationEntries()
            entries.add(file: folder.appending(path: "nuncio.yaml").path)
            let configuration = try Configuration(entries, processors: 1)
            let server = try await Server(
                configuration, version: "test", reader: { .success(configuration) },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                logLevel: SharedLogLevel(.critical), clocks: clock.clocks)
            let descriptions = SigningResponse(server.signedZones.statuses(now: clock.now.withLock(\.self))).zones
            let anchor = try #require(descriptions.first { $0.zone == "example.net" }?.ds.first)
            let resolver = try ValidatingResolver(
                anchor: anchor, zone: "example.net", port: try #require(server.addresses.nameserver.first).port, in: folder)
            let api = API(port: try #require(server.addresses.webserver.first).port)
            let setting = Setting(server: server, clock: clock, resolver: resolver, api: api)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await server.run() }
                let outcome: Result<Void, any Error>
                do {
                    try setting.pass(1)
                    try await resolver.waitUntilReady()
                    outcome = .success(try await body(setting))
                } catch {
                    outcome = .failure(error)
                }
                tasks.cancelAll()
                _ = try? await tasks.next()
                try outcome.get()
            }
        }
    }

    @Test(
        arguments: [
            ("", .replace(nil), ["entryKeyIntroduced", "entryKeyAwaitsParent", "entryKeyRetires", "steady"]),
            (
                "  keys: ksk-zsk", .replace(.keySigning),
                ["entryKeyIntroduced", "entryKeyAwaitsParent", "entryKeyRetires", "steady"]
            ),
            ("  keys: ksk-zsk", .replace(.zoneSigning), ["zoneKeyIntroduced", "zoneKeyRetires", "steady"]),
            (
                "", .replaceAll(.ed25519),
                [
                    "algorithmSigns", "algorithmIntroduced", "algorithmAwaitsParent", "algorithmRetires", "algorithmWithdrawn",
                    "steady",
                ]
            ),
        ] as [(String, KeyChange, [String])])
    func `no answer is bogus while keys change`(
        settings: String, change: KeyChange, stages: [String]
    ) async throws {
        try await withServer(settings) { setting in
            var delegates: [String] = []
            for index in 0..<4 {
                let credential = try await setting.api.register()
                delegates.append(credential.fulldomain)
                if index > 0 { #expect(try await setting.api.update(credential, Samples.value(index).text) == 200) }
            }
            let names = delegates
            let zone = try setting.zone
            try await onThread { () throws in
                try Self.askAll(names, 0, setting)
                _ = try setting.server.signedZones.change(
                    zone, change, now: setting.clock.now.withLock(\.self))
                setting.server.reloading.renewResponder()
                var seen: [String] = []
                // Two minutes at a time; 1,000 of them are more than a day.
                for step in 0..<1000 {
                    let stage = try setting.stage
                    if stage != seen.last { seen.append(stage) }
                    try Self.askAll(names, step, setting)
                    if stage == "steady" { break }
                    try setting.pass(120)
                }
                #expect(seen == stages)
                // And on, for as long as anything is cached.
                for step in 0..<60 {
                    try setting.pass(120)
                    try Self.askAll(names, step, setting)
                }
            }
        }
    }

    /// Asks some questions at each step, and others seldom, so that the resolver has old answers to those.
    private static func askAll(_ delegates: [String], _ step: Int, _ setting: Setting) throws {
        var questions: [(String, RecordType)] = [(delegates[1], .txt), ("x\(step).delegates.example.net", .a)]
        if step % 5 == 0 { questions += [(delegates[0], .txt), (delegates[2], .caa)] }
        if step % 25 == 0 {
            questions += [
                ("delegates.example.net", .dnskey), ("delegates.example.net", .ns), ("delegates.example.net", .ds),
                ("delegates.example.net", .cds), ("ns1.delegates.example.net", .a), (delegates[3], .aaaa),
            ]
        }
        for (name, type) in questions {
            let answer = try setting.resolver.ask(name, type)
            let stage = try setting.stage
            #expect(
                answer.responseCode == .noError && answer.header.flags.contains(.authenticData),
                "\(name) \(type) at step \(step), \(stage): \(answer.responseCode) \(setting.resolver.log)")
        }
    }

    @Test func `the parent is asked through a resolver, and the check of the configuration tells what it lacks`() async throws {
        try await withServer("") { setting in
            let zone = try setting.zone
            let endpoint = try #require(Endpoint("127.0.0.1:\(setting.resolver.port)"))
            setting.server.signedZones.change { $0.settings.resolvers = [endpoint] }
            // Both parents were asked for before, when there was no resolver.
            try await onThread { () throws in try setting.pass(3700) }
            await setting.server.signingUpkeep.askParents()
            let parents = setting.server.signedZones.look { state in
                state.zones.mapValues { ($0.parentState, $0.parentTrouble) }
            }
            let own = try #require(parents[zone])
            #expect(own.0 == .matches)
            #expect(own.1 == nil)
            // No resolver here knows what is above the parent.
            let above = try #require(parents[try DomainName("example.net")])
            #expect(above.0 == .unknown && above.1 != nil)

            var configuration = setting.server.reloading.configuration
            configuration.signing.resolvers = [endpoint]
            // As configured where the parent is elsewhere.
            configuration.zones = Zones([try #require(configuration.zones.zone(withApex: zone))])
            let security = try await ParentZone(of: configuration).security()
            #expect(security.first { $0.zone == zone.withoutFinalDot }?.problem == nil)
            #expect(security.first { $0.zone == zone.withoutFinalDot }?.ds.count == 1)
        }
    }

    @Test func `a zone whose parent has a DS gets no new keys in the place of lost ones`() async throws {
        try await withServer("") { setting in
            let endpoint = try #require(Endpoint("127.0.0.1:\(setting.resolver.port)"))
            var configuration = setting.server.reloading.configuration
            configuration.signing.resolvers = [endpoint]
            // As configured where the parent is elsewhere, with an empty key folder.
            let own = try #require(configuration.zones.zone(withApex: try setting.zone))
            configuration.zones = Zones([own])
            configuration.signing.keyFolder += ".lost"
            await #expect(throws: KeyFolder.Failure.self) { try await LostKeys(configuration: configuration).check() }
            configuration.signing.resolvers = [try #require(Endpoint("127.0.0.1:1"))]
            try await LostKeys(configuration: configuration).check()
        }
    }

    @Test func `the resolver finds out what is forged`() async throws {
        try await withServer("") { setting in
            let name = try await setting.api.register().fulldomain
            try await onThread { () throws in
                #expect(try setting.resolver.ask(name, .caa).header.flags.contains(.authenticData))
                // A month without a new signature: only the resolver's clock goes on.
                let later = setting.clock.now.withLock { $0.advanced(by: .seconds(30 * 86_400)) }
                try setting.resolver.setTime(later)
                #expect(try setting.resolver.ask(name, .caa).responseCode == .serverFailure)
            }
        }
    }
}
