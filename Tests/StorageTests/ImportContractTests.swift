import DNS
import Delegates
import SQLiteStorage
import TestSupport
import Testing

/// Delegates that come from another server, in every storage.
struct ImportContractTests: StorageContract {
    private let time = Samples.start.advanced(by: .seconds(60))

    private func new(_ label: String, _ values: ClosedRange<Int>? = nil, like other: NewDelegate? = nil) throws -> NewDelegate {
        let name = try DomainName("\(label).d.example")
        var credential = NewCredential(for: .delegate(name), label: "", allowedNetworks: .all, created: time).credential
        credential.check = .bcrypt(Samples.bcryptHash)
        if let username = other?.credential?.username { credential.username = username }
        let imported = (values.map(Array.init) ?? []).map { index in
            NewDelegate.ImportedValue(Samples.value(index), published: Samples.start.advanced(by: .seconds(index)))
        }
        return NewDelegate(name: name, credential: credential, imported: imported)
    }

    @Test(arguments: StorageKind.allCases)
    func `an import leaves what enrolments one by one leave, but for the order`(_ kind: StorageKind) async throws {
        let delegates = try [new("m", 1...2), new("z"), new("a", 3...80), new("k", 90...90)]
        let ordered = delegates.sorted { $0.name.description < $1.name.description }
        try await kind.withStorage { storage in
            try await kind.withStorage { other in
                for delegate in ordered {
                    try await other.commit(.enrol(delegate), by: Actor(.operator, from: nil), at: time)
                }
                #expect(try await storage.enrol(imported: delegates, at: time) == delegates.map { _ in .enrolled })
                for delegate in delegates {
                    let username = try #require(delegate.credential?.username)
                    #expect(try await storage.credential(of: username) == other.credential(of: username))
                    #expect(try await storage.delegate(delegate.name) == other.delegate(delegate.name))
                }
                let (table, expected) = (DelegateTable(), DelegateTable())
                let (place, end) = (
                    try await storage.load(into: table, now: time), try await other.load(into: expected, now: time)
                )
                #expect(place.sequence == end.sequence && table.sequence == expected.sequence)
                for delegate in delegates {
                    #expect(table.values(at: delegate.name, now: time) == expected.values(at: delegate.name, now: time))
                }
                let history = try await storage.history(of: nil, before: nil, maximum: 100)
                #expect(try await history == other.history(of: nil, before: nil, maximum: 100))
                #expect(history.count == 4)
                #expect(
                    try await storage.unusedDelegates(enrolledBefore: .init(secondsSinceEpoch: .max), maximum: 9)
                        == other.unusedDelegates(enrolledBefore: .init(secondsSinceEpoch: .max), maximum: 9))
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `what is there stays as it is, and names and user names are given out once`(_ kind: StorageKind) async throws {
        let (present, deleted, taken) = (try new("a", 1...1), try new("b"), try new("c"))
        let fresh = try new("f", 5...6)
        let cases: [(NewDelegate, ImportOutcome)] = [
            (present, .present), (deleted, .refused(.nameDeleted)), (try new("C"), .refused(.nameTaken)),
            (try new("d", like: taken), .refused(.usernameTaken)), (fresh, .enrolled), (fresh, .present),
            (try new("F"), .refused(.nameTaken)), (try new("g", like: fresh), .refused(.usernameTaken)),
        ]
        try await kind.withStorage { storage in
            _ = try await storage.enrol(imported: [present, deleted, taken], at: time)
            try await storage.commit(.delete(delegate: deleted.name), at: time)
            let before = try await storage.auditEntryCount()
            #expect(try await storage.enrol(imported: cases.map(\.0), at: time) == cases.map(\.1))
            #expect(try await storage.auditEntryCount() == before + 1)
            #expect(try await storage.enrol(imported: [fresh, present], at: time) == [.present, .present])
            #expect(try await storage.enrol(imported: [], at: time) == [])
            #expect(try await storage.auditEntryCount() == before + 1)
            for label in ["d", "g"] { #expect(try await storage.delegate(try DomainName("\(label).d.example")) == nil) }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `an import that is only tried out has the outcomes of the import, and changes nothing`(
        _ kind: StorageKind
    ) async throws {
        let (present, deleted, taken, fresh) = (try new("a", 1...1), try new("b"), try new("c"), try new("f", 5...6))
        let batches = [
            [present, deleted, try new("C"), fresh, try new("d", like: taken)],
            [fresh, try new("F"), try new("g", like: fresh), try new("h")], [try new("H"), try new("i", 7...7)],
        ]
        try await kind.withStorage { storage in
            _ = try await storage.enrol(imported: [present, deleted, taken], at: time)
            try await storage.commit(.delete(delegate: deleted.name), at: time)
            let start = try await storage.load(into: DelegateTable(), now: time)
            try await storage.commit(.publish(Samples.value(2), delegate: present.name), at: time)
            func state() async throws -> (FeedPlace, FeedPage, [AuditEntry], [DelegateRecord]) {
                (
                    try await storage.load(into: DelegateTable(), now: time),
                    try await storage.changes(after: start, maximum: 9),
                    try await storage.history(of: nil, before: nil, maximum: 100),
                    try await storage.delegates(DelegateFilter(), after: nil, maximum: 100).records
                )
            }
            let before = try await state()
            var names = ImportedNames()
            var tried: [[ImportOutcome]] = []
            for batch in batches { tried.append(try await storage.outcomes(ofImporting: batch, besides: &names)) }
            #expect(try await state() == before)
            for new in batches.joined() where new.name != present.name {
                let username = try #require(new.credential?.username)
                #expect(try await storage.credential(of: username)?.scope != new.credential?.scope)
            }
            var imported: [[ImportOutcome]] = []
            for batch in batches { imported.append(try await storage.enrol(imported: batch, at: time)) }
            #expect(tried == imported)
            #expect(
                imported == [
                    [.present, .refused(.nameDeleted), .refused(.nameTaken), .enrolled, .refused(.usernameTaken)],
                    [.present, .refused(.nameTaken), .refused(.usernameTaken), .enrolled],
                    [.refused(.nameTaken), .enrolled],
                ])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a follower from before an import has to load again, one from after it goes on`(_ kind: StorageKind) async throws {
        let first = try new("a")
        try await kind.withStorage { storage in
            try await storage.commit(.enrol(first), at: time)
            let before = try await storage.load(into: DelegateTable(), now: time)
            _ = try await storage.enrol(imported: [first], at: time)
            #expect(try await storage.changes(after: before, maximum: 9) == .entries([]))
            _ = try await storage.enrol(imported: [try new("b", 1...2)], at: time)
            #expect(try await storage.changes(after: before, maximum: 9) == .beyondHorizon)
            let after = try await storage.load(into: DelegateTable(), now: time)
            #expect(after.sequence.number == before.sequence.number + 3)
            #expect(try await storage.changes(after: after, maximum: 9) == .entries([]))
            let made = try await storage.commit(.withdraw(delegate: first.name), at: time)
            #expect(try await storage.changes(after: after, maximum: 9) == .entries([made.entry]))
            #expect(try await storage.changes(after: before, maximum: 9) == .beyondHorizon)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a delegate that is imported brings its values in their order, and its slow key`(
        _ kind: StorageKind
    ) async throws {
        let name = try name("a")
        var key = credential(.delegate(name))
        key.credential.check = .bcrypt(Samples.bcryptHash)
        let values = [2, 1].map { index in
            NewDelegate.ImportedValue(Samples.value(index), published: Samples.start.advanced(by: .seconds(-index)))
        }
        let imported = NewDelegate(name: name, credential: key.credential, imported: values)
        try await kind.withStorage { storage in
            let first = try await storage.commit(.enrol(imported), at: Samples.start).entry
            let next = try await storage.publish(Samples.value(3), at: name, at: Samples.start)
            #expect(next.number == first.sequence.number + 3)
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: name, now: Samples.start) == [2, 1, 3].map { Samples.value($0).recordData })
            let running = DelegateTable()
            running.apply(first, now: Samples.start)
            #expect(running.values(at: name, now: Samples.start) == [2, 1].map { Samples.value($0).recordData })

            #expect(try await storage.credential(of: key.username)?.check == .bcrypt(Samples.bcryptHash))
            let digests = [APIKey.random().digest, APIKey.random().digest]
            // The second digest comes from a request that was under way, and changes nothing.
            for digest in digests { try await storage.commit(.keepDigest(digest, of: key.username), at: Samples.start) }
            #expect(try await storage.credential(of: key.username)?.check == .digest(digests[0]))

            var twin = credential(.delegate(try self.name("b")))
            twin.credential.username = key.username
            await #expect(throws: Refusal.usernameTaken) {
                try await storage.commit(.enrol(with: twin.credential), at: Samples.start)
            }
            #expect(try await storage.delegate(try self.name("b")) == nil)
        }
    }

    /// Credentials of a delegate that were used at moments, the last one never.
    private func keys(of name: DomainName, _ uses: [Int?]) -> [Credential] {
        uses.enumerated().map { index, use in
            var credential = NewCredential(for: .delegate(name), label: "", allowedNetworks: .all, created: time).credential
            credential.created = Samples.start.advanced(by: .seconds(index))
            credential.lastUse = use.map { Credential.Use(time: Samples.start.advanced(by: .seconds($0)), address: nil) }
            return credential
        }
    }

    @Test func `of too many keys, the most recently used are taken, then the newest`() throws {
        let name = try name("a")
        let cases: [([Int?], [Int])] = [
            ([], []), ([nil], [0]), ([nil, nil], [0, 1]), ([nil, nil, nil], [1, 2]), ([3, nil, 1, nil], [0, 2]),
            ([nil, 5, nil], [1, 2]), ([2, 9, 7], [1, 2]),
        ]
        for (uses, taken) in cases {
            let keys = keys(of: name, uses)
            let entries = NewDelegate.imported(name: name, credentials: keys, maximum: 2, values: [])
            #expect(entries.compactMap(\.credential) == taken.map { keys[$0] }, "\(uses)")
            #expect(entries.map(\.isFurtherCredential) == [false, true].prefix(max(1, taken.count)).map(\.self))
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a delegate comes with several keys`(_ kind: StorageKind) async throws {
        let (name, other) = (try name("b"), try name("a"))
        let keys = keys(of: name, [4, nil, 7])
        let values = [NewDelegate.ImportedValue(Samples.value(1), published: Samples.start)]
        let entries = NewDelegate.imported(name: name, credentials: keys, maximum: 3, values: values)
        let others = NewDelegate.imported(name: other, credentials: self.keys(of: other, [nil, nil]), maximum: 2, values: [])
        try await kind.withStorage { storage in
            var names = ImportedNames()
            #expect(
                try await storage.outcomes(ofImporting: entries + others, besides: &names)
                    == [ImportOutcome](repeating: .enrolled, count: 5))
            #expect(
                try await storage.enrol(imported: entries + others, at: time)
                    == [ImportOutcome](repeating: .enrolled, count: 5))
            for key in keys { #expect(try await storage.credential(of: key.username) == key) }
            #expect(try await storage.credentials(of: .delegate(name)).map(\.username) == keys.map(\.username))
            let table = DelegateTable()
            // Two delegates, a value and three further keys.
            #expect(try await storage.load(into: table, now: time).sequence.number == 6)
            #expect(table.values(at: name, now: time) == [Samples.value(1).recordData])
            let history = try await storage.history(of: name, before: nil, maximum: 9)
            #expect(history.map(\.event.kind).sorted { "\($0)" < "\($1)" } == [.imported, .keyMade, .keyMade])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a delegate is there already if one of its keys is, and comes with all its keys or not at all`(
        _ kind: StorageKind
    ) async throws {
        let (name, other, third) = (try name("a"), try name("b"), try name("c"))
        let keys = keys(of: name, [1, 2])
        let entries = NewDelegate.imported(name: name, credentials: keys, maximum: 2, values: [])
        var mixed = self.keys(of: other, [nil, nil])
        mixed[1].username = keys[1].username
        let taken = NewDelegate.imported(name: other, credentials: mixed, maximum: 2, values: [])
        var twins = self.keys(of: third, [nil, nil])
        twins[1].username = twins[0].username
        let double = NewDelegate.imported(name: third, credentials: twins, maximum: 2, values: [])
        try await kind.withStorage { storage in
            _ = try await storage.enrol(imported: entries, at: time)
            try await storage.commit(.revokeCredential(keys[0].username), at: time)
            #expect(
                try await storage.enrol(imported: entries + taken + double, at: time) == [
                    .present, .present, .refused(.usernameTaken), .refused(.usernameTaken), .refused(.usernameTaken),
                    .refused(.usernameTaken),
                ])
            #expect(try await storage.credential(of: keys[0].username) == nil)
            for credential in [mixed[0], twins[0]] {
                #expect(try await storage.credential(of: credential.username) == nil)
            }
            for absent in [other, third] { #expect(try await storage.delegate(absent) == nil) }
        }
    }
}
