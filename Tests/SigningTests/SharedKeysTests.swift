import DNS
import DNSSEC
import Delegates
import Foundation
import TestSupport
import Testing

@testable import Signing

/// Keys that several servers share.
struct SharedKeysTests {
    private var settings: SigningSettings {
        var settings = SigningSettings.off
        settings.isOn = true
        return settings
    }

    @Test func `servers that start together sign with the same keys`() throws {
        let world = try SharedWorld(nodes: 3, settings)
        let statuses = world.nodes.indices.map(world.status)
        #expect(statuses.allSatisfy { $0.stage == .steady && $0.keys.map(\.tag) == statuses[0].keys.map(\.tag) })
        #expect(world.stored.count == 1)
        try world.restart(1)
        #expect(world.status(1).keys.map(\.tag) == statuses[0].keys.map(\.tag))
    }

    @Test func `an operator can change keys at any server, and only the one that leads goes on`() throws {
        let world = try SharedWorld(nodes: 2, settings)
        // The server that leads keeps the TTLs of the zone first.
        try world.tick(1)
        let former = world.status(0).keys.map(\.tag)
        #expect(throws: KeyChangeRefusal.self) { try world.nodes[1].zones.change(world.apex, .replace(nil), now: world.now) }
        #expect(world.status(1).stage == .steady, "All have to agree first.")
        try world.tick(1)
        #expect(world.nodes.indices.allSatisfy { world.status($0).stage == .entryKeyIntroduced })
        world.nodes[0].isCutOff = true
        for _ in 0..<100 { try world.tick(300) }
        #expect(world.status(1).stage == .entryKeyIntroduced, "The one that leads is cut off.")
        world.leader.index = 1
        for _ in 0..<100 { try world.tick(300) }
        #expect(world.status(1).stage == .entryKeyAwaitsParent)
        #expect(world.status(0).stage == .entryKeyIntroduced)
        world.nodes[0].isCutOff = false
        try world.tick(1)
        #expect(world.status(0).stage == .entryKeyAwaitsParent)
        #expect(world.status(0).keys.map(\.tag) != former)
    }

    @Test func `of two changes at once one comes first, and the other leaves no trace`() throws {
        let world = try SharedWorld(nodes: 2, settings)
        try world.tick(1)
        let before = world.stored.count
        for node in world.nodes {
            #expect(throws: KeyChangeRefusal.self) { try node.zones.change(world.apex, .replace(nil), now: world.now) }
        }
        try world.tick(1)
        #expect(world.stored.count == before + 1)
        #expect(world.status(0).keys.map(\.tag) == world.status(1).keys.map(\.tag))
        #expect(world.status(0).keys.count == 2)
    }

    @Test func `keys of the time before they were shared are taken from the key folder`() async throws {
        try await SigningWorld.with { alone in
            let tags = alone.tags
            try alone.change(.replace(nil))
            var settings = settings
            settings.keyFolder = alone.settings.keyFolder
            let world = try SharedWorld(nodes: 2, settings)
            for index in 0..<2 {
                #expect(world.status(index).stage == .entryKeyIntroduced)
                #expect(world.status(index).keys.map(\.tag).first == tags.first)
            }
        }
    }

    @Test func `keys of the time before they were shared are put aside, and nobody signs with them again`() async throws {
        try await SigningWorld.with { alone in
            var settings = settings
            settings.keyFolder = alone.settings.keyFolder
            func names() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: settings.keyFolder).sorted()
            }
            let before = try names()
            #expect(before.count == 2)
            // The server of before has ended.
            let tags = alone.tags
            alone.zones = SignedZones(table: DelegateTable(), report: alone.events.note)
            let world = try SharedWorld(nodes: 1, settings)
            #expect(world.status(0).keys.map(\.tag) == tags)
            #expect(try names() == before.map { $0 + ".shared" })
            // A storage that has lost its keys gets new ones, not those of long ago.
            let other = try SharedWorld(nodes: 1, settings)
            #expect(other.status(0).keys.map(\.tag) != tags)
        }
    }

    @Test func `a content with which a server cannot sign leaves it as it was, each time`() throws {
        let world = try SharedWorld(nodes: 1, settings)
        let node = world.nodes[0]
        let former = world.status(0).keys.map(\.tag)
        let text = String(decoding: world.stored[0], as: UTF8.self)
        let without = try #require(text.range(of: #""privateKeys":\{[^}]*\}"#, options: .regularExpression))
        let content = Array(text.replacingCharacters(in: without, with: #""privateKeys":{}"#).utf8)
        for _ in 0..<3 {
            #expect(throws: KeyFolder.Failure.unreadableShare(apex: try world.apex)) {
                _ = try node.zones.take(content, of: world.apex, at: ChangeSequence(2), now: world.now)
            }
            #expect(world.status(0).keys.map(\.tag) == former)
        }
        #expect(try !node.zones.take(world.stored[0], of: world.apex, at: ChangeSequence(3), now: world.now), "It is the same.")
    }

    @Test func `no key is made for a change while another one is open`() throws {
        let world = try SharedWorld(nodes: 1, settings)
        try world.tick(1)
        let zones = world.nodes[0].zones
        let open = KeyFolder.Failure.agreeing(apex: try world.apex, proposal: nil)
        #expect(throws: KeyChangeRefusal.self) { try zones.change(world.apex, .replace(nil), now: world.now) }
        for _ in 0..<3 {
            #expect(throws: KeyChangeRefusal.keyFolder(open)) { try zones.change(world.apex, .replace(nil), now: world.now) }
        }
        try world.tick(1)
        #expect(world.status(0).stage == .entryKeyIntroduced)
        try world.restart(0)
        #expect(world.status(0).keys.count == 2)
    }

    @Test func `a new zone whose keys did not come through gets them later`() throws {
        let world = try SharedWorld(nodes: 1, settings, commits: false)
        let node = world.nodes[0]
        for proposal in node.keys.takeProposals() { node.keys.end(proposal, .failed("the database is away")) }
        #expect(node.zones.lacksKeys)
        try node.zones.proposeMissing()
        try node.zones.proposeMissing()
        try world.commit(at: 0)
        try world.take(at: 0)
        #expect(!node.zones.lacksKeys && world.stored.count == 1)
        #expect(world.events.all.contains { if case .keysMade = $0 { true } else { false } })
    }

    @Test func `what was kept can be read again, and no other text can`() throws {
        let world = try SharedWorld(nodes: 1, settings)
        let content = try #require(world.stored.first)
        #expect(SharedKeyContent(octets: content)?.secrets?.count == 1)
        let keys = SharedKeys()
        for damaged in [[], Array("{}".utf8), Array(content.dropLast()), Array("[]".utf8)] {
            #expect(throws: KeyFolder.Failure.unreadableShare(apex: try world.apex)) {
                try keys.take(damaged, of: world.apex, at: ChangeSequence(1))
            }
        }
        let other = String(decoding: content, as: UTF8.self).replacing("PrivateKey: ", with: "PrivateKey: AAAA")
        #expect(SharedKeyContent(octets: Array(other.utf8))?.secrets == nil)
        #expect(try keys.take(content, of: world.apex, at: ChangeSequence(3)))
        #expect(try !keys.take(content, of: world.apex, at: ChangeSequence(2)), "It is older.")
    }

    @Test func `a server that answers although it was cut off for hours gives bogus answers`() throws {
        var settings = settings
        settings.hasSplitKeys = true
        let world = try SharedWorld(nodes: 2, settings)
        try world.tick(1)
        _ = try? world.nodes[0].zones.change(world.apex, .replace(.zoneSigning), now: world.now)
        world.nodes[1].isCutOff = true
        var memory = AnswerMemory()
        var troubles: [Int64] = []
        for _ in 0..<100 {
            try world.tick(300)
            for index in 0..<2 where memory.note(world.status(index), at: world.now) != nil {
                troubles.append(world.now.secondsSinceEpoch - Samples.start.secondsSinceEpoch)
            }
        }
        // The memory of this test does notice it, and not before the time at which such a server keeps its answers back.
        #expect(try #require(troubles.first) > 3_600)
    }

    @Test(
        arguments: [
            (false, .replace(nil)), (true, .replace(.keySigning)), (true, .replace(.zoneSigning)),
            (false, .replaceAll(.ed25519)),
            (true, .replaceAll(.ed25519)),
        ] as [(Bool, KeyChange)], 0..<3)
    func `no answer is bogus while servers are killed and cut off`(kind: (Bool, KeyChange), seed: Int) throws {
        var settings = settings
        settings.hasSplitKeys = kind.0
        let world = try SharedWorld(nodes: 3, settings)
        var random = SeededGenerator(seed: UInt64(seed) &* 77 &+ 5)
        var memory = AnswerMemory()
        var cutOffSince: [Int: Timestamp] = [:]
        _ = try? world.nodes[1].zones.change(world.apex, kind.1, now: world.now)
        try world.commit(at: 1)
        for index in 0..<3 { try world.take(at: index) }
        #expect(world.status(0).stage != .steady)
        var steps = 0
        while world.status(world.leader.index).stage != .steady, steps < 4_000 {
            steps += 1
            try world.tick(Int64.random(in: 1...900, using: &random))
            let index = Int.random(in: 0..<3, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0: try world.restart(index)
            // A kill between the proposal and the storage's word.
            case 1:
                _ = world.nodes[index].zones.tick(by: 1, now: world.now, systemTime: world.now)
                try world.restart(index)
            case 2:
                world.nodes[index].isCutOff = true
                cutOffSince[index] = cutOffSince[index] ?? world.now
            case 3: world.leader.index = index
            default: break
            }
            for (index, since) in cutOffSince
            where world.now.secondsSinceEpoch - since.secondsSinceEpoch > 1_800 || !world.nodes[index].isCutOff {
                world.nodes[index].isCutOff = false
                cutOffSince[index] = nil
                try world.take(at: index)
            }
            // The parent does what the zone asks for, an hour late now and then.
            if steps.isMultiple(of: 7) {
                try world.parentHas(world.status(world.leader.index).keys.filter(\.parentShouldHave).map(\.tag))
            }
            for index in 0..<3 {
                let trouble = memory.note(world.status(index), at: world.now)
                #expect(trouble == nil, "seed \(seed), step \(steps): \(trouble ?? "")")
                if trouble != nil { return }
            }
        }
        #expect(world.status(world.leader.index).stage == .steady, "seed \(seed)")
    }
}
