import Authority
import DNS
import DNSSEC
import DelegateAPI
import Delegates
import Foundation
import Glibc
import Logging
import Synchronization
import TestSupport
import Testing
import Webserver

@testable import Daemon
@testable import Signing

/// The zones' signatures and keys over time, with a clock that the tests set.
struct SignedZonesTests {
    /// One run of a server's signing, which can end and begin again.
    private final class World {
        /// Whether resolvers have stopped answering; if not, they repeat what they said.
        var isSilent = false
        let folder: URL
        let log = CapturedLog()
        var table = DelegateTable()
        var zones: SignedZones
        var now = Samples.start
        /// The seconds by which the system's clock is ahead.
        var offset: Int64 = 0
        var settings: String

        init(in folder: URL, _ settings: String = "") throws {
            self.folder = folder
            self.settings = settings
            zones = SignedZones(table: table, report: SigningLog(logger: log.logger).log)
            try restart()
        }

        func configuration() throws -> Configuration {
            try NuncioProcess.writeConfiguration(in: folder) { [folder] text in
                text += "storage: {sqlite: {path: \"\(folder.path)/nuncio.db\"}}\ndnssec:\n  resolvers: []\n\(settings)"
            }
            var entries = ConfigurationEntries()
            entries.add(file: folder.appending(path: "nuncio.yaml").path)
            return try Configuration(entries, processors: 1)
        }

        /// Restarts as if the process had been killed.
        func restart() throws {
            // The folder's lock goes with the old object.
            zones = SignedZones(table: DelegateTable(), report: SigningLog(logger: log.logger).log)
            table = DelegateTable()
            zones = SignedZones(table: table, report: SigningLog(logger: log.logger).log)
            try zones.adopt(try configuration(), now: now)
        }

        func tick(_ seconds: Int64 = 1) {
            now = now.advanced(by: .seconds(seconds))
            let system = now.advanced(by: .seconds(offset))
            // Resolvers repeat what they said before.
            let (apex, now) = (apex, now)
            if !isSilent { zones.change { if $0.zones[apex]?.parent != .unknown { $0.zones[apex]?.parentTold = now } } }
            _ = zones.tick(by: seconds, now: now, systemTime: system)
            while zones.refreshSignatures(maximum: 100, now: now) {}
        }

        var apex: DomainName { zones.zones.all[0].apex }
        var description: ZoneSigningDescription { SigningResponse(zones.statuses(now: now)).zones[0] }
        var signer: ZoneSigner? { zones.zones.all[0].signer }

        func parentHas(_ tags: [UInt16]) { setParent(.keys(Set(tags), ttl: .left(3600))) }

        func setParent(_ view: ZoneKeys.ParentView) {
            let (apex, now) = (apex, now)
            zones.change {
                $0.zones[apex]?.parent = view
                $0.zones[apex]?.parentTold = now
            }
        }
    }

    private func withWorld(_ settings: String = "", _ body: (World) throws -> Void) async throws {
        try await withTemporaryFolder { try body(World(in: $0, settings)) }
    }

    @Test func `keys are made once and stay`() async throws {
        try await withWorld { world in
            let key = try #require(world.signer?.publishedKeys.first)
            #expect(world.description.stage == "steady" && world.description.keys.map(\.role) == ["csk"])
            try world.restart()
            #expect(world.signer?.publishedKeys.map(\.tag) == [key.tag])
            #expect(world.description.ds == ["delegates.example.net. 3600 IN DS \(key.ds(apex: world.apex))"])
        }
        try await withWorld("  keys: ksk-zsk\n  algorithm: ed25519\n") { world in
            #expect(world.description.keys.map(\.role) == ["ksk", "zsk"])
            #expect(world.description.keys.map(\.algorithm) == ["ed25519", "ed25519"])
            #expect(world.description.ds.count == 1)
        }
    }

    /// The process ends and starts again at each stage: the same keys are used for the same.
    @Test(arguments: ["", "  keys: ksk-zsk\n"], [nil, .ed25519] as [SigningAlgorithm?])
    func `a change of keys survives a restart at each stage`(scheme: String, algorithm: SigningAlgorithm?) async throws {
        try await withWorld(scheme) { world in
            let first = Set(world.description.keys.map(\.tag))
            _ = try world.zones.change(world.apex, algorithm.map(KeyChange.replaceAll) ?? .replace(nil), now: world.now)
            var seen: [String] = []
            for _ in 0..<2000 {
                let before = world.description
                if before.stage != seen.last {
                    seen.append(before.stage)
                    try world.restart()
                    func uses(_ keys: [SigningKeyDescription]) -> [SigningKeyDescription] {
                        // The parent's keys are asked for again.
                        keys.map { key in
                            var key = key
                            key.parentHas = nil
                            return key
                        }
                    }
                    #expect(uses(world.description.keys) == uses(before.keys))
                    #expect(world.description.stage == before.stage && world.description.ds == before.ds)
                    #expect(world.signer?.dataKeys.isEmpty == false)
                }
                if before.stage == "steady" { break }
                if before.stage.hasSuffix("AwaitsParent") || before.stage.hasSuffix("Retires") {
                    world.parentHas(before.keys.filter(\.parentShouldHave).map(\.tag))
                }
                world.tick(300)
            }
            let expected =
                algorithm == nil
                ? ["entryKeyIntroduced", "entryKeyAwaitsParent", "entryKeyRetires", "steady"]
                : [
                    "algorithmSigns", "algorithmIntroduced", "algorithmAwaitsParent", "algorithmRetires", "algorithmWithdrawn",
                    "steady",
                ]
            #expect(seen == expected)
            let last = Set(world.description.keys.map(\.tag))
            #expect(last.count == first.count)
            #expect(algorithm == nil && !scheme.isEmpty ? last.intersection(first).count == 1 : last.isDisjoint(with: first))
            // Keys that are no longer used are gone from the folder.
            let files = try FileManager.default.contentsOfDirectory(atPath: world.folder.path + "/nuncio.db.keys")
            #expect(files.count { $0.hasSuffix(".private") } == last.count)
        }
    }

    @Test func `a ZSK is replaced by itself, and counts on after a restart`() async throws {
        try await withWorld("  keys: ksk-zsk\n  zsk-days: 2\n") { world in
            let old = try #require(world.description.keys.last?.tag)
            for _ in 0..<40 { world.tick(3600) }
            #expect(world.description.stage == "steady")
            try world.restart()
            for _ in 0..<9 { world.tick(3600) }
            #expect(world.description.stage == "zoneKeyIntroduced")
            for _ in 0..<5 { world.tick(3600) }
            #expect(world.description.stage == "steady")
            #expect(world.description.keys.last?.tag != old)
        }
    }

    @Test func `turning signing off ends it in order, and on again goes on with the same key`() async throws {
        try await withWorld { world in
            let key = world.description.keys
            world.settings = "  mode: \"off\"\n"
            try world.zones.adopt(try world.configuration(), now: world.now)
            #expect(world.description.stage == "deletionRequested" && world.description.signed)
            #expect(world.zones.zones.all[0].rrset(at: world.apex, type: .cds)?.data == [.deletingCDS])
            try world.restart()
            #expect(world.description.stage == "deletionRequested")
            // No resolver can be asked here: the operator says it.
            _ = try world.zones.change(world.apex, .confirm, now: world.now)
            for _ in 0..<24 { world.tick(3600) }
            #expect(world.description.signed)
            for _ in 0..<2 { world.tick(3600) }
            #expect(!world.description.signed && world.signer == nil)
            #expect(world.zones.zones.all[0].rrset(at: world.apex, type: .dnskey) == nil)
            try world.restart()
            #expect(!world.description.signed)
            world.settings = ""
            try world.zones.adopt(try world.configuration(), now: world.now)
            #expect(world.description.stage == "steady" && world.description.keys.map(\.tag) == key.map(\.tag))
        }
    }

    @Test func `a damaged state stops the start`() async throws {
        try await withWorld { world in
            let file = world.folder.path + "/nuncio.db.keys/delegates.example.net.state"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try text.replacing("\"steady\"", with: "\"zoneKeyRetires\"").write(
                toFile: file, atomically: false, encoding: .utf8)
            #expect(throws: KeyFolder.Failure.self) { try world.restart() }
        }
    }

    @Test func `a split pair of keys that was cut off when it was made is completed`() async throws {
        try await withTemporaryFolder { folder in
            func makeKey() throws -> SigningKey {
                try KeyFolder(path: folder.path + "/nuncio.db.keys", secretsPath: nil)
                    .makeKey(.ecdsaP256SHA256, .keySigning, of: try DomainName("delegates.example.net"), besides: [])
            }
            try body(folder, try makeKey())
        }
        func body(_ folder: URL, _ made: SigningKey) throws {
            let world = try World(in: folder, "  keys: ksk-zsk\n")
            #expect(world.description.keys.map(\.role) == ["ksk", "zsk"])
            #expect(world.description.keys[0].tag == made.tag)
        }
    }

    @Test func `a clock that is set in the middle of a pass begins another one`() async throws {
        try await withWorld { world in
            for index in 0..<10 {
                let name = try #require(world.apex.prepending(label: "n\(index)".utf8))
                world.table.enrol(name, sequence: ChangeSequence(UInt64(index + 1)), now: world.now)
            }
            world.tick()
            world.offset = 3600
            world.now = world.now.advanced(by: .seconds(1))
            _ = world.zones.tick(by: 1, now: world.now, systemTime: world.now.advanced(by: .seconds(3600)))
            #expect(world.zones.refreshSignatures(maximum: 5, now: world.now))
            _ = world.zones.tick(by: 1, now: world.now, systemTime: world.now.advanced(by: .seconds(30 * 86_400)))
            let cursorIsAtStart = world.zones.refreshSignatures(maximum: 9, now: world.now)
            #expect(cursorIsAtStart)
        }
    }

    @Test func `a zone above is the parent only where it delegates the zone itself`() async throws {
        try await withTemporaryFolder { folder in
            let above = "$ORIGIN example.net.\n$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n"
            func world(_ more: String) throws -> World {
                try Data((above + more).utf8).write(to: folder.appending(path: "above.zone"))
                return try World(in: folder, "zone-files: [\"\(folder.path)/above.zone\"]\n")
            }
            func view(_ world: World) -> ParentState? {
                world.tick()
                let name = try? DomainName("delegates.example.net")
                return world.zones.look { state in name.flatMap { state.zones[$0]?.parentState } }
            }
            // The file has no delegation: the server makes it.
            var current = try world("")
            #expect(view(current) == .matches)
            let zone = try #require(current.zones.zones.zone(withApex: try DomainName("example.net")))
            let name = try DomainName("delegates.example.net")
            #expect(zone.rrset(at: name, type: .ns)?.data == [.ns(try DomainName("ns1.delegates.example.net"))])
            #expect(zone.rrset(at: name, type: .ds)?.data.count == 1)
            // The DS in the file does not count.
            try FileManager.default.removeItem(atPath: folder.path + "/nuncio.db.keys")
            current = try world("delegates NS ns1.delegates\ndelegates DS 1 13 2 \(String(repeating: "ab", count: 32))\n")
            #expect(view(current) == .matches)
            #expect(
                current.zones.zones.zone(withApex: try DomainName("example.net"))?.rrset(at: name, type: .ds)?.data.count == 1)
        }
    }

    @Test func `where signing was never on, no folder is made`() async throws {
        try await withWorld("  mode: \"off\"\n") { world in
            #expect(!world.description.signed && world.description.keys.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: world.folder.path + "/nuncio.db.keys"))
            #expect(throws: KeyChangeRefusal.self) { try world.zones.change(world.apex, .cancel, now: world.now) }
        }
    }

    @Test func `signatures are made anew a week before their end`() async throws {
        try await withWorld { world in
            world.tick()
            let zone = world.zones.zones.all[0]
            let before = try #require(zone.earliestExpiration)
            for _ in 0..<(5 * 24) { world.tick(3600) }
            #expect(world.zones.zones.all[0].earliestExpiration == before)
            for _ in 0..<(3 * 24) { world.tick(3600) }
            let time = world.table.systemTime(at: world.now)
            let after = try #require(world.zones.zones.all[0].earliestExpiration)
            #expect(Int64(after) - Int64(time) >= 6 * 86_400)
            #expect(after != before)
        }
    }

    @Test(arguments: [-30 * 86_400, -7200, 7200, 30 * 86_400, 400 * 86_400] as [Int64])
    func `a clock that is set is noticed, and everything holds by the new one`(offset: Int64) async throws {
        try await withWorld { world in
            let name = try #require(world.apex.prepending(label: "n".utf8))
            world.table.publish(
                Samples.value(1), at: name, sequence: ChangeSequence(1), published: world.now, now: world.now)
            world.tick()
            #expect(!world.log.lines.contains { $0.contains("system clock was set") })
            world.offset = offset
            world.tick()
            #expect(world.log.lines.contains { $0.contains("system clock was set") && $0.contains("\(offset)") })
            let time = world.table.systemTime(at: world.now)
            #expect(Int64(time) == world.now.secondsSinceEpoch + offset)
            for type in [RecordType.dnskey, .cds, .cdnskey, .ns, .mx, .txt] {
                let rrset = try #require(world.zones.zones.all[0].rrset(at: world.apex, type: type))
                #expect(rrset.signatures.count == 1)
                for signature in rrset.signatures { #expect(signature.holds(at: time), "\(type)") }
            }
            var values = ServedValues()
            let origin = try #require(world.table.origin(world.apex))
            let label: [UInt8] = Array("n".utf8)
            guard let delegate = world.table.delegate(label.span, in: origin) else {
                Issue.record("the delegate is gone")
                return
            }
            world.table.read(&values, of: delegate, now: world.now)
            #expect(values.signatureCount == 1)
            let holds = values.signature(at: 0).holds(at: time)
            #expect(holds)
        }
    }

    @Test func `no time of a change passes because the clock is set`() async throws {
        try await withWorld { world in
            _ = try world.zones.change(world.apex, .replace(nil), now: world.now)
            world.offset = 400 * 86_400
            for _ in 0..<10 { world.tick(60) }
            #expect(world.description.stage == "entryKeyIntroduced")
        }
    }

    @Test func `a change that cannot be kept does not happen, is told, and comes later`() async throws {
        try await withWorld { world in
            _ = try world.zones.change(world.apex, .replace(nil), now: world.now)
            let keys = world.folder.path + "/nuncio.db.keys"
            let obstacle = keys + "/delegates.example.net.state.new"
            mkdir(obstacle, 0o700)
            try Data().write(to: URL(filePath: obstacle + "/x"))
            for _ in 0..<3 { world.tick(3600) }
            #expect(world.description.stage == "entryKeyIntroduced")
            #expect(world.description.trouble?.contains("cannot be made") == true)
            #expect(world.log.lines.count { $0.contains("keys not changed") } == 1)
            try FileManager.default.removeItem(atPath: obstacle)
            for _ in 0..<3 { world.tick(3600) }
            #expect(world.description.stage == "entryKeyAwaitsParent" && world.description.trouble == nil)
        }
    }

    @Test func `the operator's word does not do for a DS of the old algorithm that a resolver sees`() async throws {
        try await withWorld { world in
            let old = world.description.keys.map(\.tag)
            _ = try world.zones.change(world.apex, .replaceAll(.ed25519), now: world.now)
            while world.description.stage != "algorithmAwaitsParent" { world.tick(3600) }
            let new = world.description.keys.filter(\.parentShouldHave).map(\.tag)
            for view in [
                ZoneKeys.ParentView.keys(Set(new), others: Set(old), ttl: .left(60)),
                .keys(Set(new), foreign: [13], ttl: .left(60)), .keys([], others: Set(new), ttl: .left(60)),
            ] {
                world.setParent(view)
                #expect(throws: KeyChangeRefusal.self, "\(view)") {
                    try world.zones.change(world.apex, .confirm, now: world.now)
                }
            }
            world.setParent(.keys(Set(new), ttl: .left(60)))
            _ = try world.zones.change(world.apex, .confirm, now: world.now)
            #expect(world.description.stage == "algorithmRetires")
        }
    }

    @Test func `no old key goes when resolvers have been silent for half an hour`() async throws {
        try await withWorld { world in
            _ = try world.zones.change(world.apex, .replace(.combined), now: world.now)
            while world.description.stage != "entryKeyAwaitsParent" { world.tick(3600) }
            let new = world.description.keys.filter(\.parentShouldHave).map(\.tag)
            world.parentHas(new)
            while world.description.stage != "entryKeyRetires" { world.tick(60) }
            world.parentHas(new)
            world.isSilent = true
            for _ in 0..<100 { world.tick(3600) }
            #expect(world.description.stage == "entryKeyRetires" && world.description.waitsFor?.contains("once more") == true)
            world.parentHas(new)
            world.tick(60)
            #expect(world.description.stage == "steady")
        }
    }

    @Test func `the TTL of the parent's DS is kept over a restart`() async throws {
        try await withWorld { world in
            let tags = world.description.keys.map(\.tag)
            world.setParent(.keys(Set(tags), ttl: .whole(604_800)))
            world.tick(1)
            try world.restart()
            let apex = world.apex
            #expect(world.zones.look { $0.zones[apex]?.keys.parentTTL } == 604_800)
        }
    }

    @Test func `what the operator says is held against what a resolver has said`() async throws {
        try await withWorld { world in
            let old = world.description.keys.map(\.tag)
            _ = try world.zones.change(world.apex, .replace(.combined), now: world.now)
            for _ in 0..<30 { world.tick(300) }
            #expect(world.description.stage == "entryKeyAwaitsParent")
            #expect(world.description.waitsFor?.contains("--ds-published") == true)
            world.parentHas(old)
            #expect(throws: KeyChangeRefusal.self) { try world.zones.change(world.apex, .confirm, now: world.now) }
            world.parentHas([])
            #expect(world.description.parent == "wrong")
            // An old answer may no longer be true.
            let (apex, then) = (world.apex, world.now.advanced(by: .seconds(-601)))
            world.zones.change { $0.zones[apex]?.parentTold = then }
            _ = try world.zones.change(world.apex, .confirm, now: world.now)
            #expect(world.description.stage == "entryKeyRetires")
            #expect(throws: KeyChangeRefusal.self) {
                try world.zones.change(try DomainName("elsewhere.test"), .cancel, now: world.now)
            }
        }
    }
}
