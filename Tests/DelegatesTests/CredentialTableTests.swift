import DNS
import Delegates
import TestSupport
import Testing

/// Credentials in memory say what the storage would, or that it must be asked.
struct CredentialTableTests {
    private let delegates = DelegateTable()
    private let table: CredentialTable

    init() {
        table = CredentialTable(delegates: delegates)
    }

    private func name(_ number: Int) throws -> DomainName { try DomainName("d\(number).d.example") }

    private func credential(_ username: UniqueID, of number: Int, expires: Timestamp? = nil) throws -> Credential {
        Credential(
            username: username, check: .digest(APIKey("\(username)").digest), scope: .delegate(try name(number)),
            allowedNetworks: .all, created: Samples.start, expires: expires)
    }

    private func loadNothing() async throws {
        #expect(await table.load { (CredentialTable.Contents(), after: ChangeSequence(0)) })
    }

    private func take(_ effects: [FeedEntry.Effect], at place: UInt64, count: UInt64 = 1) {
        let entry = FeedEntry(sequence: ChangeSequence(place), placeCount: count, time: Samples.start, effects: effects)
        delegates.apply(entry, now: Samples.start)
        table.apply(entry)
    }

    @Test func `a node that may lack changes of others knows no key for certain`() async throws {
        let gate = AnswerGate { 1 }
        let delegates = DelegateTable(gate: gate)
        let table = CredentialTable(delegates: delegates)
        #expect(await table.load { (CredentialTable.Contents(), after: ChangeSequence(0)) })
        let held = try credential(UniqueID.random(), of: 1)
        let entry = FeedEntry(
            sequence: ChangeSequence(1), time: Samples.start, effects: [.enrolled(try name(1)), .credential(held)])
        delegates.apply(entry, now: Samples.start)
        table.apply(entry)
        let group = try OperatorLabel("group")
        gate.open(until: 2)
        #expect(table.find(held.username) != .uncertain && table.find(UniqueID.random()) == .unknown)
        #expect(table.member("d1", of: group) == .noMember)
        gate.close()
        #expect(table.find(held.username) == .uncertain && table.find(UniqueID.random()) == .uncertain)
        #expect(table.member("d1", of: group) == .uncertain)
    }

    @Test(arguments: 1...5)
    func `after random changes it finds what a dictionary finds`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        try await loadNothing()
        var expected: [UniqueID: Credential] = [:]
        var usernames: [UniqueID] = []
        // A name is not given out again after its delegate was deleted.
        var numbers = Array(0..<2000)
        for place in 1...8000 as ClosedRange<UInt64> {
            let slot = Int.random(in: 0..<numbers.count, using: &generator)
            let number = numbers[slot]
            let effect: FeedEntry.Effect
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let username = UniqueID(using: &generator)
                usernames.append(username)
                let credential = try credential(
                    username, of: number, expires: place % 7 == 0 ? Samples.start.advanced(by: .seconds(9)) : nil)
                expected[username] = credential
                effect = .credential(credential)
            case 5..<7:
                let username = usernames.randomElement(using: &generator) ?? UniqueID(using: &generator)
                expected[username] = nil
                effect = .credentialEnded(username)
            case 7..<9:
                // Any number of deletions, so that what was theirs is swept out from time to time.
                effect = .deleted(try name(number))
                numbers[slot] = 2000 + Int(place)
                let gone = try name(number)
                expected = expected.filter { $0.value.delegate != gone }
            default:
                guard let username = usernames.randomElement(using: &generator), var known = expected[username] else {
                    take([.enrolled(try name(number))], at: place)
                    continue
                }
                known.expires = known.expires == nil ? Samples.start : nil
                expected[username] = known
                effect = .credential(known)
            }
            take([.enrolled(try name(number)), effect], at: place)
        }
        for username in usernames {
            #expect(table.find(username) == expected[username].map { .known(HeldCredential($0)) } ?? .unknown, "seed \(seed)")
        }
        #expect(table.count >= expected.count)
        #expect(table.count <= expected.count + 2000)
    }

    @Test func `until it is loaded, and after a gap, the storage must be asked`() async throws {
        let username = UniqueID.random()
        #expect(table.find(username) == .uncertain)
        #expect(table.member("d1", of: try OperatorLabel("team")) == .uncertain)
        try await loadNothing()
        take([.enrolled(try name(1)), .credential(try credential(username, of: 1))], at: 1, count: 3)
        let known = CredentialTable.Finding.known(HeldCredential(try credential(username, of: 1)))
        #expect(table.find(username) == known)
        // An entry that comes again changes nothing.
        take([.credentialEnded(username)], at: 1, count: 3)
        #expect(table.find(username) == known)
        take([], at: 5)
        #expect(table.find(username) == .uncertain)
        #expect(!table.isComplete)
    }

    @Test func `what happens while it loads is not lost`() async throws {
        let (kept, ended, made) = (UniqueID.random(), UniqueID.random(), UniqueID.random())
        take([.enrolled(try name(1)), .enrolled(try name(2))], at: 1)
        let isComplete = try await table.load {
            var contents = CredentialTable.Contents()
            for username in [kept, ended] {
                table.add(try credential(username, of: 1), to: &contents)
            }
            // The first entry is in what was read already.
            take([.credentialEnded(kept), .credential(try credential(kept, of: 1))], at: 2)
            take([.credentialEnded(ended)], at: 3)
            take([.credential(try credential(made, of: 2))], at: 4)
            return (contents, after: ChangeSequence(2))
        }
        #expect(isComplete)
        #expect(table.find(kept) == .known(HeldCredential(try credential(kept, of: 1))))
        #expect(table.find(ended) == .unknown)
        #expect(table.find(made) == .known(HeldCredential(try credential(made, of: 2))))
    }

    @Test func `a load that misses an entry, fails or is overtaken leaves it uncertain`() async throws {
        let username = UniqueID.random()
        let missed = await table.load {
            take([], at: 7)
            return (CredentialTable.Contents(), after: ChangeSequence(5))
        }
        #expect(!missed)
        #expect(table.find(username) == .uncertain)
        await #expect(throws: StorageError.overloaded) {
            try await table.load { () async throws(StorageError) in throw .overloaded }
        }
        #expect(table.find(username) == .uncertain)
        let overtaken = await table.load {
            try? await loadNothing()
            return (CredentialTable.Contents(), after: ChangeSequence(5))
        }
        #expect(!overtaken)
        #expect(table.find(username) == .unknown)
    }

    @Test func `a load that is ahead of the table of delegates is not taken`() async throws {
        let team = try OperatorLabel("team")
        for isDisabled in [true, false] {
            let isComplete = try await table.load {
                var contents = CredentialTable.Contents()
                if isDisabled {
                    table.add(disabled: try name(1), to: &contents)
                } else {
                    table.add(group: team, [try name(1)], to: &contents)
                }
                return (contents, after: ChangeSequence(3))
            }
            #expect(!isComplete && !table.isComplete)
        }
    }

    @Test func `a disabled delegate's credentials are, too, and those of a deleted one are gone at once`() async throws {
        let username = UniqueID.random()
        try await loadNothing()
        take([.enrolled(try name(1)), .credential(try credential(username, of: 1))], at: 1)
        func isDisabled() -> Bool? {
            if case .known(let held) = table.find(username) { held.isDisabled } else { nil }
        }
        #expect(isDisabled() == false)
        take([.disabled(try name(1))], at: 2)
        #expect(isDisabled() == true)
        take([.enabled(try name(1))], at: 3)
        #expect(isDisabled() == false)
        take([.deleted(try name(1))], at: 4)
        #expect(table.find(username) == .unknown)
    }

    @Test func `a group's credentials end with it, also if another takes its label`() async throws {
        let (old, new) = (UniqueID.random(), UniqueID.random())
        let team = try OperatorLabel("team")
        func of(_ username: UniqueID) -> Credential {
            Credential(
                username: username, check: .digest(APIKey("x").digest), scope: .group(team), allowedNetworks: .all,
                created: Samples.start)
        }
        try await loadNothing()
        take([.enrolled(try name(1)), .groupMade(team), .memberAdded(try name(1), team), .credential(of(old))], at: 1)
        #expect(table.find(old) == .known(HeldCredential(of(old))))
        #expect(table.member("D1", of: team) == .member(try name(1)))
        #expect(table.member("d2", of: team) == .noMember)
        take([.groupDeleted(team), .groupMade(team), .credential(of(new))], at: 2)
        #expect(table.find(old) == .unknown)
        #expect(table.find(new) == .known(HeldCredential(of(new))))
        #expect(table.member("d1", of: team) == .noMember)
        take([.memberAdded(try name(1), team), .memberRemoved(try name(1), team)], at: 3)
        #expect(table.member("d1", of: team) == .noMember)
        take([.memberAdded(try name(1), team), .deleted(try name(1))], at: 4)
        #expect(table.member("d1", of: team) == .noMember)
    }

    @Test func `a key that only the storage can check is left to it`() async throws {
        let username = UniqueID.random()
        var slow = try credential(username, of: 1)
        slow.check = .bcrypt(Samples.bcryptHash)
        try await loadNothing()
        take([.enrolled(try name(1)), .credential(slow)], at: 1)
        #expect(table.find(username) == .uncertain)
        take([.credential(try credential(username, of: 1))], at: 2)
        #expect(table.find(username) == .known(HeldCredential(try credential(username, of: 1))))
    }
}
