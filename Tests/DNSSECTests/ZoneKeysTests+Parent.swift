import DNSSEC
import Foundation
import Testing

/// The parent's DS records, and the time for which resolvers may know them.
extension ZoneKeysTests {
    @Test func `what is left of a TTL in a resolver's cache is no reason to wait for less`() throws {
        let (old, new) = (Self.key(.combined), Self.key(.combined))
        var keys = ZoneKeys(keys: [old])
        try keys.replace(by: new)
        _ = try Self.next(&keys)
        for left in [70_000, 25, 3] as [UInt32] {
            #expect(!Self.advance(&keys, .keys([old.tag], ttl: .left(left))))
        }
        #expect(Self.advance(&keys, .keys([new.tag], ttl: .left(60))))
        #expect(keys.waiting(Self.timing) == .time(seconds: 70_200))
        _ = Self.advance(&keys, .keys([new.tag], ttl: .left(5)))
        #expect(keys.waiting(Self.timing) == .time(seconds: 69_600))
        var deletion = ZoneKeys(keys: [old])
        _ = deletion.requestDeletion()
        _ = Self.advance(&deletion, .keys([old.tag], ttl: .left(25)))
        _ = Self.advance(&deletion, .none)
        #expect(deletion.waiting(Self.timing) == .time(seconds: 50_200))
    }

    @Test func `a DS of another algorithm must have gone before its keys go`() throws {
        let (old, new) = (Self.key(.combined), Self.key(.combined, .ed25519))
        var keys = ZoneKeys(keys: [old])
        try keys.replaceAll(by: [new])
        for _ in 0..<2 { _ = try Self.next(&keys) }
        #expect(keys.stage == .algorithmAwaitsParent)
        #expect(try Self.next(&keys, parent: .keys([old.tag, new.tag], ttl: .whole(60))) == nil)
        #expect(try Self.next(&keys, parent: .keys([new.tag], ttl: .whole(60))) == 600)
        #expect(Self.advance(&keys, .keys([old.tag, new.tag], ttl: .whole(60))))
        #expect(keys.stage == .algorithmAwaitsParent)
    }

    @Test func `where the parent has no DS for so long, none can be missed`() throws {
        var keys = ZoneKeys(keys: [Self.key(.combined)])
        try keys.replace(by: Self.key(.combined))
        _ = try Self.next(&keys)
        #expect(try Self.next(&keys, parent: .none) == 50_400)
        #expect(keys.stage == .entryKeyRetires)
    }

    @Test func `that there was no DS once is not enough: for long without a break, and once more at the end`() throws {
        let (old, new) = (Self.key(.combined), Self.key(.combined))
        var keys = ZoneKeys(keys: [old])
        try keys.replace(by: new)
        _ = try Self.next(&keys)
        // Days with the old DS, then one answer without it.
        for _ in 0..<300 { #expect(!Self.advance(&keys, .keys([old.tag], ttl: .whole(50_000)))) }
        #expect(!Self.advance(&keys, .none))
        for _ in 0..<80 { #expect(!Self.advance(&keys, .unusable)) }
        // The parent is unknown for a while: there may have been a DS.
        #expect(!Self.advance(&keys, .unknown))
        for _ in 0..<80 { #expect(!Self.advance(&keys, .unusable)) }
        #expect(!Self.advance(&keys, .keys([old.tag], ttl: .whole(50_000))))
        for _ in 0..<1000 { #expect(!Self.advance(&keys, .unknown)) }
        #expect(try Self.next(&keys, parent: .none) == 50_400)
        #expect(keys.stage == .entryKeyRetires)
        // The parent is unknown from now on: the old key stays.
        for _ in 0..<1000 { #expect(!Self.advance(&keys, .unknown)) }
        #expect(keys.waiting(Self.timing) == .parentAgain)
        var confirmed = keys
        try confirmed.confirmParent(timing: Self.timing)
        #expect(Self.advance(&confirmed, .unknown))
        #expect(confirmed.stage == .steady)
        // The old DS was there all the time.
        var found = keys
        #expect(Self.advance(&found, .keys([old.tag], ttl: .whole(3600))))
        #expect(found.stage == .entryKeyAwaitsParent)
        // There is none now, but there may have been one meanwhile.
        var late = keys
        #expect(Self.advance(&late, .none))
        #expect(late.stage == .entryKeyAwaitsParent)
        #expect(try Self.next(&late, parent: .none) == 50_400)
        #expect(try Self.next(&late, parent: .none) == 50_400)
        #expect(late.stage == .steady)
    }

    @Test func `a new DS that is there and then gone takes the change back to waiting`() throws {
        for algorithm in [SigningAlgorithm.ecdsaP256SHA256, .ed25519] {
            let (old, new) = (Self.key(.combined), Self.key(.combined, algorithm))
            var keys = ZoneKeys(keys: [old])
            if algorithm == .ed25519 { try keys.replaceAll(by: [new]) } else { try keys.replace(by: new) }
            while keys.uses.requested != [new.tag] { _ = try Self.next(&keys) }
            // One resolver sees the new DS, another does not yet.
            #expect(!Self.advance(&keys, .keys([], others: [new.tag], ttl: .whole(3600))))
            #expect(Self.advance(&keys, .keys([new.tag], ttl: .whole(3600))))
            #expect(keys.stage == .entryKeyRetires || keys.stage == .algorithmRetires)
            #expect(Self.advance(&keys, .none))
            #expect(keys.stage == .entryKeyAwaitsParent || keys.stage == .algorithmAwaitsParent)
        }
    }

    @Test func `a DS of the old algorithm that one resolver still sees holds the change`() throws {
        let (old, new) = (Self.key(.combined), Self.key(.combined, .ed25519))
        var keys = ZoneKeys(keys: [old])
        try keys.replaceAll(by: [new])
        for _ in 0..<2 { _ = try Self.next(&keys) }
        #expect(!Self.advance(&keys, .keys([new.tag], others: [old.tag], ttl: .whole(60))))
        #expect(Self.advance(&keys, .keys([new.tag], ttl: .whole(60))))
    }

    @Test func `signing does not end while nobody can tell that there is no DS, and begins to wait again if there is one`()
        throws
    {
        var keys = ZoneKeys(keys: [Self.key(.combined)])
        let tag = keys.uses.data[0]
        _ = keys.requestDeletion()
        #expect(!Self.advance(&keys, .keys([], others: [tag], ttl: .whole(7200))))
        // A DS that no resolver can use counts as none.
        #expect(Self.advance(&keys, .unusable))
        #expect(keys.stage == .deletionWaits)
        for _ in 0..<1000 { #expect(!Self.advance(&keys, .unknown)) }
        #expect(keys.isSigned && keys.waiting(Self.timing) == .parentAgain)
        var found = keys
        #expect(Self.advance(&found, .keys([], others: [tag], ttl: .whole(7200))))
        #expect(found.stage == .deletionRequested)
        var confirmed = keys
        try confirmed.confirmParent(timing: Self.timing)
        #expect(Self.advance(&confirmed, .unknown))
        #expect(!confirmed.isSigned)
        #expect(Self.advance(&keys, .none))
        #expect(!keys.isSigned)
    }

    @Test(arguments: [SigningAlgorithm.ecdsaP256SHA256, .ed25519])
    func `no old key goes while nobody can tell what the parent has`(algorithm: SigningAlgorithm) throws {
        let (old, new) = (Self.key(.combined), Self.key(.combined, algorithm))
        var keys = ZoneKeys(keys: [old])
        if algorithm == .ed25519 { try keys.replaceAll(by: [new]) } else { try keys.replace(by: new) }
        while keys.uses.requested != [new.tag] { _ = try Self.next(&keys) }
        #expect(Self.advance(&keys, .keys([new.tag], ttl: .whole(3600))))
        for _ in 0..<1000 { #expect(!Self.advance(&keys, .unknown)) }
        #expect(keys.waiting(Self.timing) == .parentAgain && keys.keys.count == 2)
        var found = keys
        #expect(Self.advance(&found, .keys([old.tag], ttl: .whole(3600))))
        #expect(found.waiting(Self.timing) == .parentHas([new.tag]))
        var confirmed = keys
        try confirmed.confirmParent(timing: Self.timing)
        #expect(Self.advance(&confirmed, .unknown))
        #expect(Self.advance(&keys, .keys([new.tag], ttl: .whole(3600))))
    }

    @Test func `a DS of the algorithm that leaves holds the change, of whichever key it is`() throws {
        let (old, new) = (Self.key(.combined), Self.key(.combined, .ed25519))
        var keys = ZoneKeys(keys: [old])
        try keys.replaceAll(by: [new])
        for _ in 0..<2 { _ = try Self.next(&keys) }
        #expect(!Self.advance(&keys, .keys([new.tag], foreign: [13], ttl: .whole(60))))
        #expect(Self.advance(&keys, .keys([new.tag], foreign: [8, 15], ttl: .whole(60))))
        #expect(Self.advance(&keys, .keys([new.tag], foreign: [13], ttl: .whole(60))))
        #expect(keys.stage == .algorithmAwaitsParent)
        // The parent may have any number of keys of the same algorithm.
        var same = ZoneKeys(keys: [old])
        try same.replace(by: Self.key(.combined))
        _ = try Self.next(&same)
        #expect(Self.advance(&same, .keys(Set(same.uses.requested), foreign: [13], ttl: .whole(60))))
    }

    @Test func `a parent that goes back when the old keys are withdrawn has them back`() throws {
        let (old, new) = (Self.key(.combined), Self.key(.combined, .ed25519))
        var keys = ZoneKeys(keys: [old])
        try keys.replaceAll(by: [new])
        while keys.stage != .algorithmWithdrawn { _ = try Self.next(&keys, parent: .keys([new.tag], ttl: .whole(60))) }
        #expect(keys.uses.published == [new.tag])
        #expect(!Self.advance(&keys, .unknown) && !Self.advance(&keys, .keys([new.tag], ttl: .whole(60))))
        for view in [
            ZoneKeys.ParentView.keys([old.tag], ttl: .whole(60)), .keys([new.tag], others: [old.tag], ttl: .whole(60)),
            .keys([new.tag], foreign: [13], ttl: .whole(60)),
        ] {
            var back = keys
            #expect(Self.advance(&back, view))
            #expect(back.stage == .algorithmAwaitsParent && back.uses.published == [old.tag, new.tag])
        }
    }

    @Test func `the highest TTL of the parent's DS counts, also when nothing changes, until nobody has a DS with it`() throws {
        var keys = ZoneKeys(keys: [Self.key(.combined)])
        let tag = keys.uses.data[0]
        func wait(_ keys: ZoneKeys) -> Int64? {
            var keys = keys
            _ = keys.requestDeletion()
            _ = Self.advance(&keys, .none)
            guard case .time(let seconds) = keys.waiting(Self.timing) else { return nil }
            return seconds
        }
        #expect(wait(keys) == 50_200)
        _ = Self.advance(&keys, .keys([tag], ttl: .whole(300_000)))
        keys = try JSONDecoder().decode(ZoneKeys.self, from: JSONEncoder().encode(keys))
        #expect(wait(keys) == 300_200)
        for _ in 0..<500 { _ = Self.advance(&keys, .keys([tag], ttl: .whole(60))) }
        #expect(wait(keys) == 300_200)
        // An unknown parent leaves the highest TTL as it is.
        for _ in 0..<1000 { _ = Self.advance(&keys, .unknown) }
        #expect(wait(keys) == 300_200)
        _ = Self.advance(&keys, .keys([tag], ttl: .whole(60)))
        #expect(wait(keys) == 260)
    }

    @Test func `a TTL that no resolver takes as it is counts as they take it`() {
        for (ttl, expected) in [(UInt32.max, 0), (1 << 31, 0), ((1 << 31) - 1, 604_800), (604_801, 604_800), (60, 60)]
            as [(UInt32, Int64)]
        {
            var keys = ZoneKeys(keys: [Self.key(.combined)])
            _ = Self.advance(&keys, .keys([], ttl: .whole(ttl)))
            _ = keys.requestDeletion()
            _ = Self.advance(&keys, .none)
            #expect(keys.waiting(Self.timing) == .time(seconds: expected + 200), "\(ttl)")
        }
    }

    @Test func `what is not sure lets nothing go on, and turns nothing back`() throws {
        for algorithm in [SigningAlgorithm.ecdsaP256SHA256, .ed25519] {
            let (old, new) = (Self.key(.combined), Self.key(.combined, algorithm))
            var keys = ZoneKeys(keys: [old])
            if algorithm == .ed25519 { try keys.replaceAll(by: [new]) } else { try keys.replace(by: new) }
            while keys.uses.requested != [new.tag] { _ = try Self.next(&keys) }
            let unsure = ZoneKeys.ParentView.keys([new.tag], isSure: false, ttl: .whole(60))
            #expect(!Self.advance(&keys, unsure))
            var confirmed = keys
            try confirmed.confirmParent(timing: Self.timing)
            #expect(try Self.next(&confirmed, parent: unsure) != nil)
            #expect(Self.advance(&keys, .keys([new.tag], ttl: .whole(60))))
            for _ in 0..<1000 { #expect(!Self.advance(&keys, unsure)) }
            #expect(keys.waiting(Self.timing) == .parentAgain)
            // A wrong answer counts, sure or not.
            #expect(Self.advance(&keys, .keys([old.tag], isSure: false, ttl: .whole(60))))
        }
    }

    @Test func `no stage lasts for longer than a TTL of a week asks for`() throws {
        var timing = Self.timing
        timing.zoneTTL = 2_147_483_647
        var keys = ZoneKeys(keys: [Self.key(.keySigning), Self.key(.zoneSigning)])
        try keys.replace(by: Self.key(.zoneSigning))
        for _ in 0..<7 { _ = keys.advance(by: 600, timing: timing, parent: .unknown, isResigned: true) }
        #expect(keys.stage == .zoneKeyRetires && keys.waiting(timing) == .time(seconds: 604_900))
    }

    @Test func `a TTL of the zone that is lowered shortens no stage`() throws {
        var keys = ZoneKeys(keys: [Self.key(.keySigning), Self.key(.zoneSigning)])
        var timing = Self.timing
        timing.zoneTTL = 100_000
        _ = keys.advance(by: 1, timing: timing, parent: .unknown, isResigned: true)
        try keys.replace(by: Self.key(.zoneSigning))
        for _ in 0..<7 { _ = Self.advance(&keys, .unknown) }
        #expect(keys.stage == .zoneKeyRetires)
        #expect(keys.waiting(Self.timing) == .time(seconds: 100_100))
    }
}
