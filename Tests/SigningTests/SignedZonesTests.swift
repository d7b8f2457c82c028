import Authority
import DNS
import DNSSEC
import Delegates
import Foundation
import TestSupport
import Testing

@testable import Signing

/// Zones that begin to be signed, go on after a restart, and end to be signed.
struct SignedZonesTests {
    @Test func `keys are made once and stay`() async throws {
        try await SigningWorld.with { world in
            let key = try #require(world.signer?.publishedKeys.first)
            #expect(world.stage == .steady && world.roles == [.combined])
            try world.restart()
            #expect(world.signer?.publishedKeys.map(\.tag) == [key.tag])
            #expect(world.status.requestedDS == [key.ds(apex: world.apex)])
        }
        try await SigningWorld.with({
            $0.hasSplitKeys = true
            $0.algorithm = .ed25519
        }) { world in
            #expect(world.roles == [.keySigning, .zoneSigning])
            #expect(world.status.keys.map(\.algorithm) == [.ed25519, .ed25519])
            #expect(world.status.requestedDS.count == 1)
        }
    }

    @Test func `turning signing off ends it in order, and on again goes on with the same key`() async throws {
        try await SigningWorld.with { world in
            let key = world.status.keys
            world.settings.isOn = false
            try world.adopt()
            #expect(world.stage == .deletionRequested && world.status.isSigned)
            #expect(world.zones.zones.all[0].rrset(at: world.apex, type: .cds)?.data == [.deletingCDS])
            try world.restart()
            #expect(world.stage == .deletionRequested)
            // No resolver can be asked here: the operator says it.
            try world.change(.confirm)
            for _ in 0..<24 { world.tick(3600) }
            #expect(world.status.isSigned)
            for _ in 0..<2 { world.tick(3600) }
            #expect(!world.status.isSigned && world.signer == nil)
            #expect(world.zones.zones.all[0].rrset(at: world.apex, type: .dnskey) == nil)
            try world.restart()
            #expect(!world.status.isSigned)
            world.settings.isOn = true
            try world.adopt()
            #expect(world.stage == .steady && world.tags == key.map(\.tag))
        }
    }

    @Test func `a damaged state stops the start`() async throws {
        try await SigningWorld.with { world in
            let file = world.settings.keyFolder + "/delegates.example.net.state"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try text.replacing("\"steady\"", with: "\"zoneKeyRetires\"").write(
                toFile: file, atomically: false, encoding: .utf8)
            #expect(throws: KeyFolder.Failure.unsoundState(apex: world.apex)) { try world.restart() }
        }
    }

    @Test func `a split pair of keys that was cut off when it was made is completed`() async throws {
        try await withTemporaryFolder { folder in
            func makeKey() throws -> SigningKey {
                try KeyFolder(path: folder.path + "/keys", secretsPath: nil)
                    .makeKey(.ecdsaP256SHA256, .keySigning, of: try DomainName("delegates.example.net"), besides: [])
            }
            try body(folder, try makeKey())
        }
        func body(_ folder: URL, _ made: SigningKey) throws {
            let world = try SigningWorld(in: folder) { $0.hasSplitKeys = true }
            #expect(world.roles == [.keySigning, .zoneSigning])
            #expect(world.status.keys[0].tag == made.tag)
        }
    }

    @Test func `a zone above is the parent only where it delegates the zone itself`() async throws {
        try await withTemporaryFolder { folder in
            let above = "$ORIGIN example.net.\n$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n"
            func world(_ more: String) throws -> SigningWorld { try SigningWorld(in: folder, file: above + more) }
            func view(_ world: SigningWorld) -> ParentState? {
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
            try FileManager.default.removeItem(atPath: folder.path + "/keys")
            current = try world("delegates NS ns1.delegates\ndelegates DS 1 13 2 \(String(repeating: "ab", count: 32))\n")
            #expect(view(current) == .matches)
            #expect(
                current.zones.zones.zone(withApex: try DomainName("example.net"))?.rrset(at: name, type: .ds)?.data.count == 1)
        }
    }

    @Test func `where signing was never on, no folder is made`() async throws {
        try await SigningWorld.with({ $0.isOn = false }) { world in
            #expect(!world.status.isSigned && world.status.keys.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: world.settings.keyFolder))
            #expect(throws: KeyChangeRefusal.hasNoKeys) { try world.change(.cancel) }
        }
    }
}
