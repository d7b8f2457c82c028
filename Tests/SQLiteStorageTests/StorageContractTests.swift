import DNS
import Delegates
import TestSupport
import Testing

/// The contract of every storage.
struct StorageContractTests {
    typealias Kind = StorageKind

    private func credential(_ label: String = "a", networks: [String] = []) throws -> Credential {
        return Credential(
            username: UniqueID.random(), keyDigest: APIKey.random().digest,
            delegate: try DomainName("\(label).d.example"), allowedNetworks: try AllowedNetworks(networks),
            created: Samples.start)
    }

    @Test(arguments: Kind.allCases)
    func `what was enrolled is found, what was not is not`(_ kind: Kind) async throws {
        let credential = try credential(networks: ["192.0.2.1/24", "2001:db8::/32"])
        let other = try self.credential("b")
        try await kind.withStorage { storage in
            #expect(try await storage.credential(of: credential.username) == nil)
            _ = try await storage.enrol(credential, at: Samples.start)
            #expect(try await storage.credential(of: credential.username) == credential)
            #expect(try await storage.credential(of: other.username) == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func `a name is enrolled once, whatever its case`(_ kind: Kind) async throws {
        let first = try credential("Name")
        let second = try credential("nAME")
        try await kind.withStorage { storage in
            _ = try await storage.enrol(first, at: Samples.start)
            await #expect(throws: Refusal.nameTaken) { try await storage.enrol(second, at: Samples.start) }
            #expect(try await storage.credential(of: second.username) == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func `nothing is published at a name that is not enrolled`(_ kind: Kind) async throws {
        let name = try DomainName("nobody.d.example")
        try await kind.withStorage { storage in
            await #expect(throws: Refusal.noSuchDelegate) {
                try await storage.publish(Samples.value(1), at: name, at: Samples.start)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `what was not committed is not told to be`(_ kind: Kind) async throws {
        let credential = try credential()
        let unknown = try DomainName("nobody.d.example")
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            storage.follow { Issue.record("\($0) was committed") }
            await #expect(throws: Refusal.nameTaken) {
                try await storage.commit(.enrol(with: credential), at: Samples.start)
            }
            await #expect(throws: Refusal.noSuchDelegate) {
                try await storage.commit(.publish(Samples.value(1), delegate: unknown), at: Samples.start)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `each change has a higher place than the one before`(_ kind: Kind) async throws {
        let credential = try credential()
        try await kind.withStorage { storage in
            var last = try await storage.enrol(credential, at: Samples.start)
            for index in [1, 2, 1] {
                let next = try await storage.publish(Samples.value(index), at: credential.name, at: Samples.start)
                #expect(next > last)
                last = next
            }
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.sequence == last)
        }
    }

    @Test(arguments: Kind.allCases)
    func `concurrent publications are all kept, each with a place of its own`(_ kind: Kind) async throws {
        let credential = try credential()
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            let places = try await withThrowingTaskGroup { group in
                for index in 0..<64 {
                    group.addTask {
                        try await storage.publish(Samples.value(index), at: credential.name, at: Samples.start)
                    }
                }
                return try await group.reduce(into: Set<ChangeSequence>()) { $0.insert($1) }
            }
            #expect(places.count == 64)
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: credential.name, now: Samples.start)?.count == 64)
        }
    }

    @Test(arguments: Kind.allCases)
    func `what is loaded is what was published, in order, with its age`(_ kind: Kind) async throws {
        let credential = try credential()
        let silent = try self.credential("silent")
        try await kind.withStorage { storage in
            _ = try await storage.enrol(silent, at: Samples.start)
            _ = try await storage.enrol(credential, at: Samples.start)
            for (index, age) in [(1, 4000), (2, 100), (3, 50), (4, 10), (2, 0)] {
                let time = Timestamp(secondsSinceEpoch: Samples.start.secondsSinceEpoch - Int64(age))
                _ = try await storage.publish(Samples.value(index), at: credential.name, at: time)
            }
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: silent.name, now: Samples.start) == [])
            #expect(
                table.values(at: credential.name, now: Samples.start) == [3, 4, 2].map { Samples.value($0).recordData })
            let later = Samples.start.advanced(by: .seconds(3600))
            #expect(table.values(at: credential.name, now: later) == [4, 2].map { Samples.value($0).recordData })
        }
    }

    @Test(arguments: Kind.allCases)
    func `a value from the future is as old as now`(_ kind: Kind) async throws {
        let credential = try credential()
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            for index in 1...3 {
                let ahead = Samples.start.advanced(by: .seconds(1_000_000))
                _ = try await storage.publish(Samples.value(index), at: credential.name, at: ahead)
            }
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: credential.name, now: Samples.start)?.count == 3)
            let later = Samples.start.advanced(by: .seconds(3600))
            #expect(table.values(at: credential.name, now: later)?.count == 2)
        }
    }

    // MARK: Credentials

    private func values(of delegate: DomainName, in storage: any DelegateStorage) async throws -> Int? {
        let table = DelegateTable()
        try await storage.load(into: table, now: Samples.start)
        return table.values(at: delegate, now: Samples.start)?.count
    }

    @Test(arguments: Kind.allCases)
    func `a delegate has several credentials, but not more than it may`(_ kind: Kind) async throws {
        let first = try credential(networks: ["192.0.2.0/24"])
        var second = try credential()
        second.label = "second"
        second.created = Samples.start.advanced(by: .seconds(1))
        second.expires = Samples.start.advanced(by: .seconds(100))
        let third = try credential()
        try await kind.withStorage { storage in
            await #expect(throws: Refusal.noSuchDelegate) {
                try await storage.commit(.addCredential(second, maximum: 2), at: Samples.start)
            }
            _ = try await storage.enrol(first, at: Samples.start)
            try await storage.commit(.addCredential(second, maximum: 2), at: Samples.start)
            #expect(try await storage.credentials(of: .delegate(first.name)) == [first, second])
            await #expect(throws: Refusal.tooManyCredentials(maximum: 2)) {
                try await storage.commit(.addCredential(third, maximum: 2), at: Samples.start)
            }
            #expect(try await storage.credential(of: third.username) == nil)

            try await storage.commit(.revokeCredential(first.username), at: Samples.start)
            #expect(try await storage.credential(of: first.username) == nil)
            await #expect(throws: Refusal.noSuchCredential) {
                try await storage.commit(.revokeCredential(first.username), at: Samples.start)
            }
            await #expect(throws: Refusal.lastCredential) {
                try await storage.commit(.revokeCredential(second.username), at: Samples.start)
            }
            #expect(try await storage.credentials(of: .delegate(first.name)) == [second])
        }
    }

    @Test(arguments: Kind.allCases)
    func `what is edited changes, the rest stays`(_ kind: Kind) async throws {
        var credential = try credential(networks: ["192.0.2.0/24"])
        let other = try self.credential("b")
        let expires = Samples.start.advanced(by: .seconds(5))
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            func edit(_ edit: CredentialEdit) async throws {
                try await storage.commit(.editCredential(credential.username, edit), at: Samples.start)
                #expect(try await storage.credential(of: credential.username) == credential)
            }
            credential.label = "web 1"
            try await edit(CredentialEdit(label: "web 1"))
            credential.expires = expires
            try await edit(CredentialEdit(expires: .some(expires)))
            credential.allowedNetworks = try AllowedNetworks(["2001:db8::/32", "192.0.2.1/32"])
            try await edit(CredentialEdit(allowedNetworks: credential.allowedNetworks))
            credential.allowedNetworks = .all
            credential.expires = nil
            try await edit(CredentialEdit(allowedNetworks: .all, expires: .some(nil)))
            await #expect(throws: Refusal.noSuchCredential) {
                try await storage.commit(.editCredential(other.username, CredentialEdit(label: "x")), at: Samples.start)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `what a credential was last used for is remembered`(_ kind: Kind) async throws {
        let credential = try credential()
        let address = try #require(IPAddress("2001:db8::1"))
        let later = Samples.start.advanced(by: .seconds(9))
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            #expect(try await storage.credential(of: credential.username)?.lastUse == nil)
            let actor = Actor(.credential(credential.username), from: address)
            try await storage.commit(.publish(Samples.value(1), delegate: credential.name), by: actor, at: later)
            func lastUse() async throws -> Credential.Use? {
                let found = try await storage.credential(of: credential.username)
                return found?.lastUse
            }
            #expect(try await lastUse() == Credential.Use(time: later, address: "2001:db8::1"))
            // The same use again, soon and a little later; and a use from elsewhere.
            for (age, from, isNew) in [(60, "2001:db8::1", false), (61, "2001:db8::1", true), (62, "192.0.2.1", true)] {
                let time = later.advanced(by: .seconds(age))
                let before = try await lastUse()
                try await storage.commit(
                    .withdraw(delegate: credential.name),
                    by: Actor(.credential(credential.username), from: IPAddress(from)), at: time)
                let expected = isNew ? Credential.Use(time: time, address: from) : before
                #expect(try await lastUse() == expected)
            }
        }
    }

    /// A client's credential can end after it was checked and before the client's change is made.
    @Test(arguments: Kind.allCases)
    func `who may not any more when a change is made does not make it`(_ kind: Kind) async throws {
        let thief = try credential(networks: ["192.0.2.0/24"])
        let holder = try self.credential()
        let new = try self.credential()
        let other = try self.credential("b")
        let inside = try #require(IPAddress("192.0.2.1"))
        let outside = try #require(IPAddress("198.51.100.1"))
        try await kind.withStorage { storage in
            _ = try await storage.enrol(thief, at: Samples.start)
            _ = try await storage.enrol(other, at: Samples.start)
            try await storage.commit(.addCredential(holder, maximum: 2), at: Samples.start)
            let name = thief.name
            let changes: [Change] = [
                .publish(Samples.value(1), delegate: name), .withdraw(delegate: name), .delete(delegate: name),
                .addCredential(new, maximum: 9), .revokeCredential(holder.username),
                .editCredential(holder.username, CredentialEdit(label: "mine")), .enrol(with: try self.credential("c")), .probe,
            ]
            func refused(_ actor: Actor, at time: Timestamp = Samples.start) async throws {
                for change in changes {
                    await #expect(throws: Refusal.notAllowed, "\(change)") {
                        try await storage.commit(change, by: actor, at: time)
                    }
                }
            }
            try await refused(Actor(.credential(other.username), from: inside))
            try await refused(Actor(.credential(thief.username), from: outside))
            try await refused(Actor(.credential(thief.username), from: nil))
            // The holder's own credential, from where the other may not be used.
            await #expect(throws: Refusal.notAllowed) {
                try await storage.commit(
                    .editCredential(thief.username, CredentialEdit(allowedNetworks: .all)),
                    by: Actor(.credential(holder.username), from: outside), at: Samples.start)
            }
            let expires = CredentialEdit(expires: .some(Samples.start.advanced(by: .seconds(5))))
            try await storage.commit(.editCredential(thief.username, expires), at: Samples.start)
            try await refused(
                Actor(.credential(thief.username), from: inside), at: Samples.start.advanced(by: .seconds(5)))
            try await storage.commit(.revokeCredential(thief.username), at: Samples.start)
            try await refused(Actor(.credential(thief.username), from: inside))
            #expect(try await storage.credentials(of: .delegate(name)).map(\.username) == [holder.username])
            #expect(
                try await storage.history(of: name, before: nil, maximum: 100).map(\.event.kind).contains(.published) == false)
        }
    }

    @Test(arguments: Kind.allCases)
    func `one that has expired is no other credential`(_ kind: Kind) async throws {
        let good = try credential()
        var expired = try self.credential()
        expired.expires = Samples.start.advanced(by: .seconds(5))
        try await kind.withStorage { storage in
            _ = try await storage.enrol(good, at: Samples.start)
            try await storage.commit(.addCredential(expired, maximum: 2), at: Samples.start)
            let later = Samples.start.advanced(by: .seconds(5))
            await #expect(throws: Refusal.lastCredential) {
                try await storage.commit(.revokeCredential(good.username), at: later)
            }
            try await storage.commit(.revokeCredential(expired.username), at: later)
        }
    }

    // MARK: The end of a delegate

    @Test(arguments: Kind.allCases)
    func `values that are withdrawn are gone`(_ kind: Kind) async throws {
        let credential = try credential()
        let other = try self.credential("b")
        try await kind.withStorage { storage in
            for one in [credential, other] {
                _ = try await storage.enrol(one, at: Samples.start)
                for index in 1...3 { _ = try await storage.publish(Samples.value(index), at: one.name, at: Samples.start) }
            }
            try await storage.commit(.withdraw(delegate: credential.name), at: Samples.start)
            #expect(try await values(of: credential.name, in: storage) == 0)
            #expect(try await values(of: other.name, in: storage) == 3)
            _ = try await storage.publish(Samples.value(2), at: credential.name, at: Samples.start)
            #expect(try await values(of: credential.name, in: storage) == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func `a delegate that was deleted is there for ever, empty, and nobody's`(_ kind: Kind) async throws {
        let credential = try credential()
        let second = try self.credential()
        let heir = try self.credential("A")
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            #expect(try await storage.delegate(credential.name)?.state == .unused)
            try await storage.commit(.addCredential(second, maximum: 2), at: Samples.start)
            _ = try await storage.publish(Samples.value(1), at: credential.name, at: Samples.start)
            try await storage.commit(.delete(delegate: credential.name), at: Samples.start)

            #expect(try await values(of: credential.name, in: storage) == 0)
            #expect(try await storage.credential(of: credential.username) == nil)
            #expect(try await storage.credentials(of: .delegate(credential.name)) == [])
            #expect(try await storage.delegate(credential.name)?.state == .deleted)
            let gone = credential.name
            let changes: [Change] = [
                .publish(Samples.value(2), delegate: gone), .withdraw(delegate: gone), .delete(delegate: gone),
                .addCredential(second, maximum: 2),
            ]
            for change in changes {
                await #expect(throws: Refusal.noSuchDelegate) { try await storage.commit(change, at: Samples.start) }
            }
            await #expect(throws: Refusal.nameDeleted) { try await storage.enrol(heir, at: Samples.start) }
        }
    }

    // MARK: History

    @Test(arguments: Kind.allCases)
    func `what happened to a delegate is remembered, also when it was deleted`(_ kind: Kind) async throws {
        let credential = try credential()
        let second = try self.credential()
        let other = try self.credential("b")
        let addresses = try ["192.0.2.1", "192.0.2.2", "2001:db8:1::1"].map { try #require(IPAddress($0)) }
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            _ = try await storage.enrol(other, at: Samples.start)
            for (index, address) in addresses.enumerated() {
                try await storage.commit(
                    .publish(Samples.value(index), delegate: credential.name),
                    by: Actor(.credential(credential.username), from: address), at: Samples.start)
            }
            try await storage.commit(.addCredential(second, maximum: 2), at: Samples.start)
            try await storage.commit(.editCredential(second.username, CredentialEdit(label: "x")), at: Samples.start)
            try await storage.commit(.revokeCredential(credential.username), at: Samples.start)
            // A refused change did not happen.
            await #expect(throws: Refusal.lastCredential) {
                try await storage.commit(.revokeCredential(second.username), at: Samples.start)
            }
            try await storage.commit(.probe, at: Samples.start)
            try await storage.commit(.withdraw(delegate: credential.name), at: Samples.start)
            try await storage.commit(.delete(delegate: credential.name), at: Samples.start)

            let entries = try await storage.history(of: credential.name, before: nil, maximum: 100)
            let kinds: [AuditEvent.Kind] = [
                .enrolled, .usedFromNewNetwork, .published, .published, .usedFromNewNetwork, .published, .keyMade, .keyChanged,
                .keyEnded, .withdrawn, .deleted,
            ]
            #expect(entries.reversed().map(\.event.kind) == kinds)
            #expect(entries.allSatisfy { $0.event.time == Samples.start && $0.event.delegate == credential.name })
            let new = entries.filter { $0.event.kind == .usedFromNewNetwork }.map(\.event)
            #expect(new.map(\.detail) == ["2001:db8:1::/48", "192.0.2.0/24"])
            #expect(new.map(\.address) == ["2001:db8:1::1", "192.0.2.1"])
            #expect(new.allSatisfy { $0.actor == "key \(credential.username)" })
            #expect(
                entries.filter { [.keyMade, .keyChanged].contains($0.event.kind) }.allSatisfy {
                    $0.event.detail == second.username.description && $0.event.actor == "server"
                })
            let page = try await storage.history(of: credential.name, before: entries[3].number, maximum: 2)
            #expect(page == Array(entries[4...5]))
        }
    }

    @Test(arguments: Kind.allCases)
    func `old entries go from the front, so many at a time, and the numbers go on`(_ kind: Kind) async throws {
        let credential = try credential()
        try await kind.withStorage { storage in
            func numbers() async throws -> [UInt64] {
                try await storage.history(of: credential.name, before: nil, maximum: 100).map(\.number)
            }
            _ = try await storage.enrol(credential, at: Samples.start)
            for (index, age) in [1, 9, 2, 3].enumerated() {
                let time = Samples.start.advanced(by: .seconds(age))
                _ = try await storage.publish(Samples.value(index), at: credential.name, at: time)
            }
            let end = Samples.start.advanced(by: .seconds(5))
            try await storage.commit(.forgetAudit(before: end, maximum: 1), at: end)
            #expect(try await numbers() == [5, 4, 3, 2])
            #expect(try await storage.beginningOfAudit() == Samples.start.advanced(by: .seconds(1)))
            // An old entry after a new one stays: the log has no gaps.
            try await storage.commit(.forgetAudit(before: end, maximum: 10), at: end)
            #expect(try await numbers() == [5, 4, 3])
            let later = Samples.start.advanced(by: .seconds(10))
            try await storage.commit(.forgetAudit(before: later, maximum: 10), at: end)
            #expect(try await numbers() == [])
            // Only the moment of the shortening is left.
            #expect(try await storage.beginningOfAudit() == end)
            _ = try await storage.publish(Samples.value(9), at: credential.name, at: end)
            #expect(try await numbers().count == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func `a healthy storage says so`(_ kind: Kind) async throws {
        try await kind.withStorage { try await $0.checkHealth() }
    }
}
