import DNS
import DNSSEC
import Delegates
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Signing

/// Changes of keys over time, and what an operator asks for.
struct KeyChangeTests {
    /// The process ends and starts again at each stage: the same keys are used for the same.
    @Test(arguments: [false, true], [nil, .ed25519] as [SigningAlgorithm?])
    func `a change of keys survives a restart at each stage`(isSplit: Bool, algorithm: SigningAlgorithm?) async throws {
        try await SigningWorld.with({ $0.hasSplitKeys = isSplit }) { world in
            let first = Set(world.tags)
            try world.change(algorithm.map(KeyChange.replaceAll) ?? .replace(nil))
            var seen: [ZoneKeys.Stage?] = []
            for _ in 0..<2000 {
                let before = world.status
                if before.stage != seen.last {
                    seen.append(before.stage)
                    try world.restart()
                    func uses(_ keys: [SigningStatus.Key]) -> [SigningStatus.Key] {
                        // The parent's keys are asked for again.
                        keys.map { key in
                            var key = key
                            key.parentHas = nil
                            return key
                        }
                    }
                    #expect(uses(world.status.keys) == uses(before.keys))
                    #expect(world.stage == before.stage && world.status.requestedDS == before.requestedDS)
                    #expect(world.signer?.dataKeys.isEmpty == false)
                }
                switch before.stage {
                case .entryKeyAwaitsParent, .algorithmAwaitsParent, .entryKeyRetires, .algorithmRetires, .zoneKeyRetires:
                    world.parentHas(before.keys.filter(\.parentShouldHave).map(\.tag))
                default: break
                }
                if before.stage == .steady { break }
                world.tick(300)
            }
            let expected: [ZoneKeys.Stage?] =
                algorithm == nil
                ? [.entryKeyIntroduced, .entryKeyAwaitsParent, .entryKeyRetires, .steady]
                : [
                    .algorithmSigns, .algorithmIntroduced, .algorithmAwaitsParent, .algorithmRetires, .algorithmWithdrawn,
                    .steady,
                ]
            #expect(seen == expected)
            let last = Set(world.tags)
            #expect(last.count == first.count)
            #expect(algorithm == nil && isSplit ? last.intersection(first).count == 1 : last.isDisjoint(with: first))
            // Keys that are no longer used are gone from the folder.
            let files = try FileManager.default.contentsOfDirectory(atPath: world.settings.keyFolder)
            #expect(files.count { $0.hasSuffix(".private") } == last.count)
        }
    }

    @Test func `a ZSK is replaced by itself, and counts on after a restart`() async throws {
        try await SigningWorld.with({
            $0.hasSplitKeys = true
            $0.zoneKeyLifetime = .seconds(2 * 86_400)
        }) { world in
            let old = try #require(world.status.keys.last?.tag)
            for _ in 0..<40 { world.tick(3600) }
            #expect(world.stage == .steady)
            try world.restart()
            for _ in 0..<9 { world.tick(3600) }
            #expect(world.stage == .zoneKeyIntroduced)
            for _ in 0..<5 { world.tick(3600) }
            #expect(world.stage == .steady)
            #expect(world.status.keys.last?.tag != old)
        }
    }

    @Test func `a change that cannot be kept does not happen, is told, and comes later`() async throws {
        try await SigningWorld.with { world in
            try world.change(.replace(nil))
            // A folder is in the place of the state.
            let (state, aside) = (
                world.settings.keyFolder + "/delegates.example.net.state", world.settings.keyFolder + "/aside"
            )
            try FileManager.default.moveItem(atPath: state, toPath: aside)
            mkdir(state, 0o700)
            for _ in 0..<3 { world.tick(3600) }
            #expect(world.stage == .entryKeyIntroduced)
            #expect(world.status.trouble?.isOfFiles("is a folder") == true)
            let told = world.events.all.filter { if case .keysNotStored = $0 { true } else { false } }
            let trouble = try #require(world.status.trouble)
            #expect(told == [.keysNotStored(apex: world.apex, trouble)])
            rmdir(state)
            try FileManager.default.moveItem(atPath: aside, toPath: state)
            for _ in 0..<3 { world.tick(3600) }
            #expect(world.stage == .entryKeyAwaitsParent && world.status.trouble == nil)
        }
    }

    @Test func `the operator's word does not do for a DS of the old algorithm that a resolver sees`() async throws {
        try await SigningWorld.with { world in
            let old = world.tags
            try world.change(.replaceAll(.ed25519))
            while world.stage != .algorithmAwaitsParent { world.tick(3600) }
            let new = world.requested
            for (view, contradiction) in [
                (.keys(Set(new), others: Set(old), ttl: .left(60)), .stillHasLeavingAlgorithm),
                (.keys(Set(new), foreign: [13], ttl: .left(60)), .stillHasLeavingAlgorithm),
                (.keys([], others: Set(new), ttl: .left(60)), .lacksDS(of: new)),
                (.none, .hasNoDS), (.unusable, .hasUnusableDS),
            ] as [(ZoneKeys.ParentView, ParentContradiction)] {
                world.setParent(view)
                #expect(throws: KeyChangeRefusal.contradicted(contradiction), "\(view)") { try world.change(.confirm) }
                #expect(world.status.contradiction == contradiction)
            }
            world.setParent(.keys(Set(new), ttl: .left(60)))
            try world.change(.confirm)
            #expect(world.stage == .algorithmRetires)
        }
    }

    @Test func `no old key goes when resolvers have been silent for half an hour`() async throws {
        try await SigningWorld.with { world in
            try world.change(.replace(.combined))
            while world.stage != .entryKeyAwaitsParent { world.tick(3600) }
            let new = world.requested
            world.parentHas(new)
            while world.stage != .entryKeyRetires { world.tick(60) }
            world.parentHas(new)
            world.isSilent = true
            for _ in 0..<100 { world.tick(3600) }
            #expect(world.stage == .entryKeyRetires && world.status.waiting == .parentAgain)
            world.parentHas(new)
            world.tick(60)
            #expect(world.stage == .steady)
        }
    }

    @Test func `the TTL of the parent's DS is kept over a restart`() async throws {
        try await SigningWorld.with { world in
            let tags = world.tags
            world.setParent(.keys(Set(tags), ttl: .whole(604_800)))
            world.tick(1)
            try world.restart()
            let apex = world.apex
            #expect(world.zones.look { $0.zones[apex]?.keys.parentTTL } == 604_800)
        }
    }

    @Test func `what the operator says is held against what a resolver has said`() async throws {
        try await SigningWorld.with { world in
            let old = world.tags
            try world.change(.replace(.combined))
            for _ in 0..<30 { world.tick(300) }
            #expect(world.stage == .entryKeyAwaitsParent)
            #expect(world.status.waiting == .parentHas(world.requested))
            world.parentHas(old)
            #expect(throws: KeyChangeRefusal.contradicted(.lacksDS(of: world.requested))) { try world.change(.confirm) }
            world.parentHas([])
            #expect(world.status.parent == .wrong)
            // An old answer may no longer be true.
            let (apex, then) = (world.apex, world.now.advanced(by: .seconds(-601)))
            world.zones.change { $0.zones[apex]?.parentTold = then }
            try world.change(.confirm)
            #expect(world.stage == .entryKeyRetires)
            #expect(throws: KeyChangeRefusal.noSuchZone) {
                try world.zones.change(try DomainName("elsewhere.test"), .cancel, now: world.now)
            }
        }
    }
}
