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

    private func entries(
        _ storage: any DelegateStorage, after place: UInt64, maximum: Int = 1000
    ) async throws -> [FeedEntry] {
        guard case .entries(let entries) = try await storage.changes(after: ChangeSequence(place), maximum: maximum) else {
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
            #expect(try await storage.changes(after: ChangeSequence(next), maximum: 1) == .beyondHorizon)
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
            #expect(try await storage.changes(after: ChangeSequence(4), maximum: 1) == .beyondHorizon)
            #expect(try await entries(storage, after: 5).map(\.sequence.number) == [6, 7, 8, 9, 10, 11])
            for _ in 0..<6 { try await storage.commit(.probe, at: Samples.start) }
            #expect(try await entries(storage, after: 10).map(\.sequence.number) == [11, 16, 17, 18, 19, 20, 21])
        }
    }

    @Test func `a feed is there after a restart, and begins again after a restore`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "nuncio.db").path
            let copy = folder.appending(path: "copy.db").path
            let one = credential(.delegate(name))
            try await withSQLite(in: folder) { storage async throws in
                _ = try await storage.commit(.enrol(with: one), by: server, at: Samples.start)
                _ = try StorageBackup.write(of: file, to: copy) { _, _ in }
            }
            try await withSQLite(in: folder) { storage async throws in
                #expect(try await entries(storage, after: 0).map(\.effects) == [[.enrolled(name), .credential(one)]])
            }
            _ = try StorageRestore.restore(copy, to: file, existing: .replace, now: Samples.start) { _, _ in }
            try await withSQLite(in: folder) { storage async throws in
                #expect(try await storage.changes(after: ChangeSequence(1), maximum: 9) == .beyondHorizon)
                #expect(try await entries(storage, after: 2) == [])
            }
        }
    }
}
