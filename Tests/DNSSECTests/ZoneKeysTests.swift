import DNSSEC
import Foundation
import Testing

/// Changes of keys, stage by stage.
struct ZoneKeysTests {
    static let timing = ZoneKeys.Timing(
        keyTTL: 3600, zoneTTL: 7200, propagation: 100, parentPropagation: 200, assumedParentTTL: 50_000)

    static func key(_ role: ZoneKeys.Role, _ algorithm: SigningAlgorithm = .ecdsaP256SHA256) -> ZoneKeys.Key {
        let key = SigningKey(algorithm, isSecureEntryPoint: role != .zoneSigning, avoiding: [])
        return ZoneKeys.Key(key, role: role)
    }

    /// Advances in steps of ten minutes until the stage changes; after each step the keys are saved and read again.
    ///
    /// - Returns: The seconds that it took; `nil` if the stage does not change by time alone.
    static func next(_ keys: inout ZoneKeys, parent: ZoneKeys.ParentView = .unknown) throws -> Int64? {
        var time: Int64 = 0
        while time < 30 * 86_400 {
            time += 600
            let changed = keys.advance(by: 600, timing: timing, parent: parent, isResigned: true)
            keys = try JSONDecoder().decode(ZoneKeys.self, from: JSONEncoder().encode(keys))
            if changed { return time }
        }
        return nil
    }

    @Test func `a new CSK is known everywhere before the parent hears of it, and the old one stays until nobody knows its DS`()
        throws
    {
        let (old, new) = (Self.key(.combined), Self.key(.combined))
        var keys = ZoneKeys(keys: [old])
        #expect(keys.uses == .init(published: [old.tag], entry: [old.tag], data: [old.tag], requested: [old.tag]))
        try keys.replace(by: new)
        let both = [old.tag, new.tag]
        #expect(keys.uses == .init(published: both, entry: both, data: [old.tag], requested: [old.tag]))
        #expect(keys.waiting(Self.timing) == .time(seconds: 3700))
        #expect(try Self.next(&keys) == 4200)
        #expect(keys.stage == .entryKeyAwaitsParent)
        #expect(keys.uses == .init(published: both, entry: both, data: [new.tag], requested: [new.tag]))
        #expect(keys.waiting(Self.timing) == .parentHas([new.tag]))
        #expect(try Self.next(&keys) == nil)
        #expect(try Self.next(&keys, parent: .keys([old.tag], ttl: .whole(3600))) == nil)
        #expect(try Self.next(&keys, parent: .keys([old.tag, new.tag], ttl: .whole(3600))) == 600)
        #expect(keys.stage == .entryKeyRetires)
        #expect(keys.uses == .init(published: both, entry: both, data: [new.tag], requested: [new.tag]))
        // The highest TTL of the zone, not that of the DS.
        #expect(keys.waiting(Self.timing) == .time(seconds: 7300))
        #expect(try Self.next(&keys, parent: .keys([new.tag], ttl: .whole(3600))) == 7800)
        #expect(keys.stage == .steady)
        #expect(keys.uses == .init(published: [new.tag], entry: [new.tag], data: [new.tag], requested: [new.tag]))
    }

    @Test func `a parent that goes back to the old DS makes it wait again`() throws {
        let (old, new) = (Self.key(.combined), Self.key(.combined))
        var keys = ZoneKeys(keys: [old])
        try keys.replace(by: new)
        _ = try Self.next(&keys)
        _ = try Self.next(&keys, parent: .keys([new.tag], ttl: .whole(86_400)))
        #expect(keys.stage == .entryKeyRetires)
        #expect(keys.waiting(Self.timing) == .time(seconds: 86_600))
        _ = keys.advance(by: 600, timing: Self.timing, parent: .keys([old.tag], ttl: .whole(86_400)), isResigned: true)
        #expect(keys.stage == .entryKeyAwaitsParent)
    }

    @Test func `a KSK leaves the data to the ZSK, and a ZSK the parent alone`() throws {
        let (ksk, zsk, newKSK, newZSK) = (
            Self.key(.keySigning), Self.key(.zoneSigning), Self.key(.keySigning), Self.key(.zoneSigning)
        )
        var keys = ZoneKeys(keys: [ksk, zsk])
        try keys.replace(by: newKSK)
        _ = try Self.next(&keys)
        #expect(keys.uses.data == [zsk.tag])
        #expect(keys.uses.entry == [ksk.tag, newKSK.tag])
        _ = try Self.next(&keys, parent: .keys([newKSK.tag], ttl: .whole(60)))
        _ = try Self.next(&keys, parent: .keys([newKSK.tag], ttl: .whole(60)))
        #expect(
            keys.uses == .init(published: [zsk.tag, newKSK.tag], entry: [newKSK.tag], data: [zsk.tag], requested: [newKSK.tag]))
        #expect(keys.dataKeyAge > 0)

        try keys.replace(by: newZSK)
        #expect(keys.uses.data == [zsk.tag])
        #expect(keys.uses.published.contains(newZSK.tag))
        #expect(try Self.next(&keys) == 4200)
        #expect(keys.uses.data == [newZSK.tag])
        #expect(keys.uses.published.contains(zsk.tag))
        #expect(keys.uses.entry == [newKSK.tag])
        #expect(try Self.next(&keys) == 7800)
        #expect(keys.uses.published == [newKSK.tag, newZSK.tag])
        #expect(keys.dataKeyAge == 0)
    }

    @Test func `another algorithm signs before its keys are there, and until nobody knows the old ones`() throws {
        let (old, new) = (Self.key(.combined), Self.key(.combined, .ed25519))
        var keys = ZoneKeys(keys: [old])
        try keys.replaceAll(by: [new])
        let both = [old.tag, new.tag]
        #expect(keys.uses == .init(published: [old.tag], entry: [old.tag], data: both, requested: [old.tag]))
        #expect(try Self.next(&keys) == 7800)
        #expect(keys.uses == .init(published: both, entry: both, data: both, requested: [old.tag]))
        #expect(try Self.next(&keys) == 4200)
        #expect(keys.uses == .init(published: both, entry: both, data: both, requested: [new.tag]))
        #expect(try Self.next(&keys) == nil)
        #expect(try Self.next(&keys, parent: .keys([new.tag], ttl: .whole(3600))) == 600)
        #expect(try Self.next(&keys, parent: .keys([new.tag], ttl: .whole(3600))) == 4200)
        #expect(keys.uses == .init(published: [new.tag], entry: [new.tag], data: both, requested: [new.tag]))
        #expect(try Self.next(&keys) == 7800)
        #expect(keys.uses == .init(published: [new.tag], entry: [new.tag], data: [new.tag], requested: [new.tag]))
        #expect(throws: ZoneKeys.Refusal.sameAlgorithm) { try keys.replaceAll(by: [Self.key(.combined, .ed25519)]) }
    }

    @Test func `signing ends when the parent has no DS any more and nobody knows one`() throws {
        var keys = ZoneKeys(keys: [Self.key(.combined)])
        let tag = keys.uses.data[0]
        let begins = keys.requestDeletion()
        #expect(begins)
        #expect(keys.uses.requestsDeletion && keys.uses.data == [tag] && keys.uses.requested.isEmpty)
        #expect(keys.waiting(Self.timing) == .parentHasNone)
        #expect(try Self.next(&keys) == nil)
        #expect(try Self.next(&keys, parent: .keys([tag], ttl: .whole(7200))) == nil)
        #expect(try Self.next(&keys, parent: .none) == 600)
        #expect(keys.uses.requestsDeletion && keys.uses.data == [tag])
        #expect(try Self.next(&keys, parent: .none) == 7800)
        #expect(!keys.isSigned && keys.uses == .init())
        #expect(throws: ZoneKeys.Refusal.notSigned) { try keys.replace(by: Self.key(.combined)) }
        let resumes = keys.resume()
        #expect(resumes)
        #expect(keys.uses.data == [tag])
    }

    @Test func `the operator's word counts, with a cautious TTL`() throws {
        var keys = ZoneKeys(keys: [Self.key(.combined)])
        #expect(throws: ZoneKeys.Refusal.nothingUnderWay) { try keys.confirmParent(timing: Self.timing) }
        try keys.replace(by: Self.key(.combined))
        #expect(throws: ZoneKeys.Refusal.nothingUnderWay) { try keys.confirmParent(timing: Self.timing) }
        _ = try Self.next(&keys)
        try keys.confirmParent(timing: Self.timing)
        #expect(keys.waiting(Self.timing) == .time(seconds: 50_200))
    }

    static func advance(_ keys: inout ZoneKeys, _ parent: ZoneKeys.ParentView) -> Bool {
        keys.advance(by: 600, timing: timing, parent: parent, isResigned: true)
    }

    /// At any moment a resolver may have the DNSKEY RRset of an hour ago, and the parent may do what CDS asks for.
    @Test(arguments: [SigningAlgorithm.ecdsaP256SHA256, .ed25519], [0, 1, 2, 3])
    func `however often a change is turned back, nobody gets a key to see that caches do not have`(
        algorithm: SigningAlgorithm, steps: Int
    ) throws {
        var keys = ZoneKeys(keys: [Self.key(.combined)])
        let new = Self.key(.combined, algorithm)
        if algorithm == .ed25519 { try keys.replaceAll(by: [new]) } else { try keys.replace(by: new) }
        /// The seconds that each key has been in the zone.
        var published: [UInt16: Int64] = Dictionary(uniqueKeysWithValues: keys.uses.published.map { ($0, 0) })
        published[keys.keys[0].tag] = 1_000_000
        func check(_ comment: Comment) {
            let uses = keys.uses
            for tag in published.keys where !uses.published.contains(tag) { published[tag] = nil }
            for tag in uses.published { published[tag] = published[tag] ?? 0 }
            // Caches have at least one of the keys that sign an RRset, and each key that the parent may have.
            #expect(uses.data.contains { published[$0] ?? 0 >= 3600 }, comment)
            #expect(uses.requested.allSatisfy { published[$0] ?? 0 >= 3600 }, comment)
        }
        func pass(_ count: Int) {
            for _ in 0..<count {
                _ = Self.advance(&keys, .keys(Set(keys.uses.requested), ttl: .whole(60)))
                for tag in published.keys { published[tag]? += 600 }
                check("\(keys.stage)")
            }
        }
        for _ in 0..<steps where keys.stage != .steady {
            let stage = keys.stage
            while keys.stage == stage { pass(1) }
        }
        guard keys.stage != .steady else { return }
        for turn in 0..<5 {
            try keys.cancel()
            check("\(keys.stage) after turn \(turn)")
            pass(turn)
        }
        pass(1000)
        #expect(keys.stage == .steady)
    }

    @Test func `a state that was kept before all this was known is read`() throws {
        let keys = ZoneKeys(keys: [Self.key(.combined)])
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(keys))
        var fields = try #require(object as? [String: Any])
        for key in ["absence", "isConfirmed", "lowerParentTTL", "zoneTTL", "lowerZoneTTL"] { fields[key] = nil }
        let former = try JSONSerialization.data(withJSONObject: fields)
        #expect(try JSONDecoder().decode(ZoneKeys.self, from: former) == keys)
    }

    @Test func `a key that has gone never comes back`() throws {
        let (ksk, zsk) = (Self.key(.keySigning), Self.key(.zoneSigning))
        var keys = ZoneKeys(keys: [ksk, zsk])
        let cancelled = Self.key(.zoneSigning)
        try keys.replace(by: cancelled)
        try keys.cancel()
        #expect(keys.takenTags == [ksk.tag, zsk.tag, cancelled.tag])
        let new = Self.key(.zoneSigning)
        try keys.replace(by: new)
        for _ in 0..<2 { _ = try Self.next(&keys) }
        #expect(keys.stage == .steady)
        #expect(keys.takenTags == [ksk.tag, zsk.tag, cancelled.tag, new.tag])
        #expect(keys.isSound)
    }

    @Test func `a state that says nothing, or too much, is damaged`() throws {
        #expect(!ZoneKeys(keys: []).isSound)
        #expect(!ZoneKeys(keys: [Self.key(.zoneSigning)]).isSound)
        #expect(!ZoneKeys(keys: [Self.key(.combined), Self.key(.combined)]).isSound)
        let key = Self.key(.combined)
        #expect(!ZoneKeys(keys: [key, key]).isSound)
        #expect(ZoneKeys(keys: [Self.key(.keySigning), Self.key(.zoneSigning)]).isSound)
    }

    @Test func `no time counts while signatures of other keys are left`() throws {
        var keys = ZoneKeys(keys: [Self.key(.combined)])
        try keys.replaceAll(by: [Self.key(.combined, .ed25519)])
        for _ in 0..<1000 {
            let changed = keys.advance(by: 600, timing: Self.timing, parent: .unknown, isResigned: false)
            #expect(!changed)
        }
        #expect(try Self.next(&keys) == 7800)
    }

    @Test func `one change at a time`() throws {
        var keys = ZoneKeys(keys: [Self.key(.combined)])
        #expect(throws: ZoneKeys.Refusal.noSuchKey(.zoneSigning)) { try keys.replace(by: Self.key(.zoneSigning)) }
        try keys.replace(by: Self.key(.combined))
        #expect(throws: ZoneKeys.Refusal.underWay(.entryKeyIntroduced)) { try keys.replace(by: Self.key(.combined)) }
        #expect(throws: ZoneKeys.Refusal.underWay(.entryKeyIntroduced)) {
            try keys.replaceAll(by: [Self.key(.combined, .ed25519)])
        }
        let begins = keys.requestDeletion()
        #expect(!begins)
    }

    /// A change that is turned back at any stage ends with the keys with which it began; at each moment the chain of trust
    /// holds for a resolver whose parent has the DS that was last asked for.
    @Test(arguments: [ZoneKeys.Role.combined, .keySigning, .zoneSigning], [0, 1, 2, 3, 4])
    func `what was begun can be turned back`(role: ZoneKeys.Role, steps: Int) throws {
        let first = role == .combined ? [Self.key(.combined)] : [Self.key(.keySigning), Self.key(.zoneSigning)]
        for changesAlgorithm in [false, true] {
            var keys = ZoneKeys(keys: first)
            if changesAlgorithm {
                try keys.replaceAll(by: first.map { Self.key($0.role, .ed25519) })
            } else {
                try keys.replace(by: Self.key(role))
            }
            func parent() -> ZoneKeys.ParentView { .keys(Set(keys.uses.requested), ttl: .whole(60)) }
            for _ in 0..<steps where keys.stage != .steady { _ = try Self.next(&keys, parent: parent()) }
            guard keys.stage != .steady else { continue }
            try keys.cancel()
            var stages = 0
            while keys.stage != .steady, stages < 10 {
                #expect(keys.uses.data.allSatisfy { tag in keys.uses.published.contains(tag) || changesAlgorithm })
                #expect(keys.uses.entry.contains(where: keys.uses.requested.contains))
                _ = try Self.next(&keys, parent: parent())
                stages += 1
            }
            #expect(Set(keys.keys.map(\.tag)) == Set(first.map(\.tag)))
        }
    }
}
