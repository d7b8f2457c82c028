import DNS
import Delegates
import Foundation
import SQLiteStorage
import TestSupport
import Testing

/// The feed of changes that every storage gives its followers.
struct FeedContractTests {
    private let name: DomainName
    private let group: OperatorLabel
    private let server = Actor(.server, from: nil)

    init() throws {
        name = try DomainName("a.d.example")
        group = try OperatorLabel("mail")
    }

    private func credential(_ scope: Credential.Scope, label: String = "") -> Credential {
        NewCredential(for: scope, label: label, allowedNetworks: .all, created: Samples.start).credential
    }

    /// One change of each kind, and the effects that followers are told.
    private func changes() throws -> [(change: Change, actor: Actor, effects: [FeedEntry.Effect])] {
        let first = credential(.delegate(name), label: "first")
        var second = credential(.delegate(name))
        second.allowedNetworks = try AllowedNetworks(["192.0.2.0/24", "2001:db8::/32"])
        second.expires = Samples.start.advanced(by: .seconds(50_000))
        var edited = second
        edited.label = "“x y”"
        var slow = credential(.delegate(try DomainName("i.d.example")))
        slow.check = .bcrypt(Samples.bcryptHash)
        var quick = slow
        quick.check = .digest(APIKey("x").digest)
        var third = credential(.delegate(name), label: "third")
        let end = Samples.start.advanced(by: .seconds(60))
        third.allowedNetworks = second.allowedNetworks
        var ending = edited
        ending.expires = end
        let member = credential(.group(group))
        var token = RegistrationToken(
            label: try OperatorLabel("team"), digest: APIKey("t").digest, created: Samples.start,
            expires: Samples.start.advanced(by: .seconds(90_000)), quota: 5)
        let made = token
        token.used = 1
        let used = token
        token.revoked = Samples.start
        let value = Samples.value(1)
        let (prepared, strange) = (try DomainName("p.d.example"), try DomainName("s.d.example"))
        let newcomer = credential(.delegate(strange))
        let address = try #require(IPAddress("192.0.2.7"))
        let use = Credential.Use(time: Samples.start, address: "192.0.2.7")
        func published(_ number: Int, at name: DomainName, _ place: UInt64) -> FeedEntry.Effect {
            .published(Samples.value(number), name, sequence: ChangeSequence(place), time: Samples.start)
        }
        let imported = [7, 8].map { NewDelegate.ImportedValue(Samples.value($0), published: Samples.start) }
        let byKey = Actor(.credential(first.username), from: address)
        return [
            (.enrol(with: first), server, [.enrolled(name), .credential(first)]),
            (.publish(value, delegate: name), byKey, [published(1, at: name, 2), .credentialUsed(first.username, use)]),
            // The same use again has no effect.
            (.publish(value, delegate: name), byKey, [published(1, at: name, 3)]),
            (.withdraw(delegate: name), server, [.withdrawn(name)]),
            (.ageValues(of: [name], until: Samples.start), server, [.aged(name, until: Samples.start)]),
            (
                .enrol(NewDelegate(name: slow.delegate ?? name, credential: slow, imported: imported)), server,
                [
                    .enrolled(slow.delegate ?? name), published(7, at: slow.delegate ?? name, 7),
                    published(8, at: slow.delegate ?? name, 8), .credential(slow),
                ]
            ),
            (.keepDigest(APIKey("x").digest, of: slow.username), server, [.credential(quick)]),
            (.addCredential(second, maximum: 2), server, [.credential(second)]),
            (.editCredential(second.username, CredentialEdit(label: "“x y”")), server, [.credential(edited)]),
            (.revokeCredential(first.username), server, [.credentialEnded(first.username)]),
            (.rotate(third, othersEnd: end, maximum: 2), server, [.credential(ending), .credential(third)]),
            (.makeGroup(group), server, [.groupMade(group)]),
            (.addMember(name, group: group), server, [.memberAdded(name, group)]),
            (.addCredential(member, maximum: 2), server, [.credential(member)]),
            (.removeMember(name, group: group), server, [.memberRemoved(name, group)]),
            (.deleteGroup(group), server, [.groupDeleted(group)]),
            (.makeToken(made), server, [.token(made)]),
            (
                .enrol(with: newcomer), Actor(.token(made.label), from: address),
                [.enrolled(strange), .credential(newcomer), .token(used)]
            ),
            (.declareDomain(try DeclaredDomain("example.com"), delegate: strange), server, []),
            (.removeDomain(try DeclaredDomain("example.com"), delegate: strange), server, []),
            (.revokeToken(made.label), server, [.token(token)]),
            (.enrol(NewDelegate(name: prepared)), server, [.enrolled(prepared)]),
            (.disable(delegate: prepared), server, [.disabled(prepared)]),
            (.enable(delegate: prepared), server, [.enabled(prepared)]),
            (.expire(delegate: prepared, enrolledBefore: end), server, [.deleted(prepared)]),
            (.delete(delegate: name), server, [.deleted(name)]),
            (.note(.configurationReloaded, delegate: nil, detail: nil), server, []), (.probe, server, []),
            (.forgetAudit(before: Samples.start, maximum: 1), server, []),
        ]
    }

    private func page(_ storage: any DelegateStorage, after place: UInt64, maximum: Int = 1) async throws -> FeedPage {
        var feed = try await storage.load(into: DelegateTable(), now: Samples.start)
        feed.sequence = ChangeSequence(place)
        return try await storage.changes(after: feed, maximum: maximum)
    }

    private func entries(
        _ storage: any DelegateStorage, after place: UInt64, maximum: Int = 1000
    ) async throws -> [FeedEntry] {
        guard case .entries(let entries) = try await page(storage, after: place, maximum: maximum) else {
            Issue.record("the feed does not reach back to \(place)")
            return []
        }
        return entries
    }

    @Test(arguments: StorageKind.allCases)
    func `each change is in the feed, in order, without a gap, as it was told`(_ kind: StorageKind) async throws {
        let changes = try changes()
        try await kind.withStorage { storage in
            let told = Told()
            storage.follow { told.add($0) }
            var expected: [FeedEntry] = []
            var next: UInt64 = 1
            for (change, actor, effects) in changes {
                let made = try await storage.commit(change, by: actor, at: Samples.start)
                expected.append(
                    FeedEntry(
                        sequence: ChangeSequence(next), placeCount: change.sequenceCount, time: Samples.start, effects: effects)
                )
                next += change.sequenceCount
                #expect(made.entry == expected.last)
                // A refused change leaves no entry.
                await #expect(throws: Refusal.noSuchGroup) {
                    try await storage.commit(.deleteGroup(try OperatorLabel("none")), by: server, at: Samples.start)
                }
            }
            #expect(told.entries == expected)
            #expect(try await entries(storage, after: 0) == expected)
            for place in expected.indices {
                let after = place == 0 ? 0 : expected[place - 1].lastPlace.number
                #expect(
                    try await entries(storage, after: after, maximum: 2) == Array(expected[place...].prefix(2)), "\(place)")
            }
            #expect(try await entries(storage, after: next - 1) == [])
            #expect(try await page(storage, after: next) == .beyondHorizon)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `what is older than the horizon has to be loaded`(_ kind: StorageKind) async throws {
        try await kind.withStorage(feedPlaces: 10) { storage in
            for _ in 0..<10 { try await storage.commit(.probe, at: Samples.start) }
            #expect(try await entries(storage, after: 0).count == 10)
            // An entry with several places goes when its last place no longer has to stay.
            let imported = (0..<4).map { NewDelegate.ImportedValue(Samples.value($0), published: Samples.start) }
            try await storage.commit(.enrol(NewDelegate(name: name, imported: imported)), at: Samples.start)
            #expect(try await page(storage, after: 4) == .beyondHorizon)
            #expect(try await entries(storage, after: 5).map(\.sequence.number) == [6, 7, 8, 9, 10, 11])
            for _ in 0..<6 { try await storage.commit(.probe, at: Samples.start) }
            #expect(try await entries(storage, after: 10).map(\.sequence.number) == [11, 16, 17, 18, 19, 20, 21])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `what is older than a day has to be loaded`(_ kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            let day = FeedEntry.keptTime.components.seconds
            for age in [day, day - 1, 0] {
                let time = Samples.start.advanced(by: .seconds(day - age))
                try await storage.commit(.note(.configurationReloaded, delegate: nil, detail: nil), at: time)
            }
            #expect(try await entries(storage, after: 0).count == 3)
            try await storage.commit(.probe, at: Samples.start.advanced(by: .seconds(day + 1)))
            #expect(try await page(storage, after: 0) == .beyondHorizon)
            #expect(try await entries(storage, after: 1).map(\.sequence.number) == [2, 3, 4])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a prepared delegate that is taken over has a key, and serials are no change to follow`(_ kind: StorageKind)
        async throws
    {
        try await kind.withStorage { storage in
            let token = RegistrationToken(label: group, digest: APIKey("t").digest, created: Samples.start)
            try await storage.commit(.makeToken(token), at: Samples.start)
            try await storage.commit(.enrol(NewDelegate(name: name, preparedFor: group)), at: Samples.start)
            var key = credential(.delegate(try DomainName("any.d.example")))
            let told = Told()
            storage.follow { told.add($0) }
            try await storage.commit(.claim(key), by: Actor(.token(group), from: nil), at: Samples.start)
            let record = SerialRecord(
                zone: try DomainName("d.example"), serial: ZoneSerial(offset: 1, countsChanges: true),
                content: ZoneDigest(octets: []), fileSerial: nil, floor: nil, revision: 1)
            try await storage.commit(.keepSerials([record]), at: Samples.start)
            key.scope = .delegate(name)
            var used = token
            used.used = 1
            #expect(told.entries.map(\.effects) == [[.credential(key), .token(used)]])
        }
    }

    @Test func `a feed that goes beyond the sequence is damage`() async throws {
        var tables = MemoryTables()
        tables.insert(FeedEntry(sequence: ChangeSequence(9), time: Samples.start, effects: []))
        #expect(throws: StorageError.self) { try tables.shortenFeed(keeping: 1) }
    }

    @Test func `of a long feed a part goes at a time`() throws {
        var tables = MemoryTables()
        for number in 1...400 as ClosedRange<UInt64> {
            tables.sequence = ChangeSequence(number)
            tables.insert(FeedEntry(sequence: tables.sequence, time: Samples.start, effects: []))
        }
        // Not for each entry that is over.
        try tables.shortenFeed(keeping: 398)
        #expect(tables.firstFeedPlace == 1)
        try tables.shortenFeed(keeping: 300, maximum: 7)
        #expect(tables.firstFeedPlace == 8)
        try tables.shortenFeed(keeping: 300)
        #expect(tables.firstFeedPlace == 101)
    }

    @Test func `a feed is there after a restart, and begins again after a restore`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "nuncio.db").path
            let copy = folder.appending(path: "copy.db").path
            let one = credential(.delegate(name))
            var place = try await withSQLite(in: folder) { storage async throws in
                _ = try await storage.commit(.enrol(with: one), by: server, at: Samples.start)
                _ = try StorageBackup.write(of: file, to: copy) { _, _ in }
                return try await storage.load(into: DelegateTable(), now: Samples.start)
            }
            place.sequence = ChangeSequence(2)
            try await withSQLite(in: folder) { storage async throws in
                #expect(try await entries(storage, after: 0).map(\.effects) == [[.enrolled(name), .credential(one)]])
            }
            _ = try StorageRestore.restore(copy, to: file, existing: .replace, now: Samples.start) { _, _ in }
            try await withSQLite(in: folder) { storage async throws in
                #expect(try await page(storage, after: 1) == .beyondHorizon)
                #expect(try await entries(storage, after: 2) == [])
                // The same numbers stand for other changes now.
                #expect(try await storage.changes(after: place, maximum: 1) == .beyondHorizon)
            }
        }
    }
}
