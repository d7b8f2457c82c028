import DNS
import Delegates
import Foundation
import SQLiteStorage
import TestSupport
import Testing

/// Groups, registration tokens, and delegates that are prepared, disabled or unused: the contract of every storage.
struct GroupContractTests {
    private func credential(_ scope: Credential.Scope, label: String = "") -> NewCredential {
        NewCredential(for: scope, label: label, allowedNetworks: .all, created: Samples.start)
    }

    private func name(_ label: String) throws -> DomainName { try DomainName("\(label).d.example") }

    private func enrol(_ storage: any DelegateStorage, _ labels: String...) async throws {
        for label in labels {
            try await storage.commit(.enrol(with: credential(.delegate(try name(label))).credential), at: Samples.start)
        }
    }

    private func by(_ credential: NewCredential) -> Actor {
        Actor(.credential(credential.username), from: Samples.client)
    }

    // MARK: Groups

    @Test(arguments: StorageKind.allCases)
    func `a group's key publishes at its members, and does nothing else`(_ kind: StorageKind) async throws {
        let group = try OperatorLabel("mail")
        let key = credential(.group(group))
        let (inside, outside) = (try name("a"), try name("b"))
        try await kind.withStorage { storage in
            await #expect(throws: Refusal.noSuchGroup) {
                try await storage.commit(.addCredential(key.credential, maximum: 2), at: Samples.start)
            }
            try await storage.commit(.makeGroup(group), at: Samples.start)
            await #expect(throws: Refusal.groupTaken) { try await storage.commit(.makeGroup(group), at: Samples.start) }
            try await enrol(storage, "a", "b")
            try await storage.commit(.addMember(inside, group: group), at: Samples.start)
            try await storage.commit(.addCredential(key.credential, maximum: 2), at: Samples.start)
            #expect(try await storage.credential(of: key.username) == key.credential)
            #expect(try await storage.members(of: group) == [inside])
            #expect(try await storage.member("A", of: group) == inside)
            #expect(try await storage.member("b", of: group) == nil)
            #expect(try await storage.groups(with: inside) == [group])

            try await storage.commit(.publish(Samples.value(1), delegate: inside), by: by(key), at: Samples.start)
            let refused: [Change] = [
                .publish(Samples.value(1), delegate: outside), .withdraw(delegate: inside), .delete(delegate: inside),
                .disable(delegate: inside), .addCredential(credential(.delegate(inside)).credential, maximum: 9),
                .addCredential(credential(.group(group)).credential, maximum: 9),
                .editCredential(key.username, CredentialEdit(label: "x")), .revokeCredential(key.username),
                .addMember(outside, group: group),
                .rotate(credential(.group(group)).credential, othersEnd: Samples.start, maximum: 2),
            ]
            for change in refused {
                await #expect(throws: Refusal.notAllowed, "\(change)") {
                    try await storage.commit(change, by: by(key), at: Samples.start)
                }
            }
            let events = try await storage.history(of: inside, before: nil, maximum: 9).map(\.event)
            #expect(events.map(\.kind) == [.published, .usedFromNewNetwork, .memberAdded, .enrolled])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `who leaves a group, or is disabled or deleted, is out of its reach at once`(
        _ kind: StorageKind
    ) async throws {
        let group = try OperatorLabel("mail")
        let key = credential(.group(group))
        let names = try ["a", "b", "c", "d"].map { try name($0) }
        try await kind.withStorage { storage in
            try await storage.commit(.makeGroup(group), at: Samples.start)
            try await storage.commit(.addCredential(key.credential, maximum: 2), at: Samples.start)
            try await enrol(storage, "a", "b", "c", "d")
            for name in names { try await storage.commit(.addMember(name, group: group), at: Samples.start) }
            // Adding a member again makes no other member.
            try await storage.commit(.addMember(names[0], group: group), at: Samples.start)
            #expect(try await storage.groups().map(\.memberCount) == [4])
            try await storage.commit(.removeMember(names[0], group: group), at: Samples.start)
            try await storage.commit(.disable(delegate: names[1]), at: Samples.start)
            try await storage.commit(.delete(delegate: names[2]), at: Samples.start)
            for name in names.prefix(3) {
                await #expect(throws: Refusal.notAllowed) {
                    try await storage.commit(.publish(Samples.value(1), delegate: name), by: by(key), at: Samples.start)
                }
            }
            #expect(try await storage.members(of: group) == [names[1], names[3]])
            try await storage.commit(.publish(Samples.value(1), delegate: names[3]), by: by(key), at: Samples.start)

            try await storage.commit(.deleteGroup(group), at: Samples.start)
            #expect(try await storage.credential(of: key.username) == nil)
            #expect(try await storage.members(of: group) == nil)
            await #expect(throws: Refusal.notAllowed) {
                try await storage.commit(.publish(Samples.value(2), delegate: names[3]), by: by(key), at: Samples.start)
            }
            #expect(try await storage.delegate(names[3])?.state == .active)
        }
    }

    // MARK: Registration tokens

    private func token(
        _ label: String, quota: Int? = nil, expires: Timestamp? = nil
    ) throws -> RegistrationToken {
        return RegistrationToken(
            label: try OperatorLabel(label), digest: APIKey.random().digest, created: Samples.start,
            expires: expires, quota: quota)
    }

    @Test(arguments: StorageKind.allCases)
    func `a token enrols as often as it may, until it ends or is revoked`(_ kind: StorageKind) async throws {
        let end = Samples.start.advanced(by: .seconds(10))
        let (few, short, gone) = (try token("few", quota: 2), try token("short", expires: end), try token("gone"))
        try await kind.withStorage { storage in
            for token in [few, short, gone] { try await storage.commit(.makeToken(token), at: Samples.start) }
            await #expect(throws: Refusal.tokenTaken) { try await storage.commit(.makeToken(few), at: Samples.start) }
            #expect(try await storage.token(with: few.digest) == few)
            func enrol(_ label: String, _ token: RegistrationToken, at time: Timestamp = Samples.start) async throws {
                try await storage.commit(
                    .enrol(with: credential(.delegate(try name(label))).credential),
                    by: Actor(.token(token.label), from: Samples.client), at: time)
            }
            try await enrol("a", few)
            await #expect(throws: Refusal.nameTaken) { try await enrol("a", few) }
            try await enrol("b", few)
            await #expect(throws: Refusal.registrationTokenUsedUp) { try await enrol("c", few) }
            #expect(try await storage.token(with: few.digest)?.used == 2)
            try await enrol("d", short)
            await #expect(throws: Refusal.notAllowed) { try await enrol("e", short, at: end) }
            try await enrol("f", gone)
            try await storage.commit(.revokeToken(gone.label), at: Samples.start)
            await #expect(throws: Refusal.notAllowed) { try await enrol("g", gone) }
            await #expect(throws: Refusal.notAllowed) { try await enrol("h", token("unknown")) }
            let tokens = try await storage.tokens()
            #expect(tokens.map { $0.state(at: end) } == [.usedUp, .revoked, .expired])
            #expect(tokens.map(\.used) == [2, 1, 1])
        }
    }

    /// - Returns: The delegate that was taken over.
    private func claim(_ storage: any DelegateStorage, _ token: RegistrationToken) async throws -> DomainName? {
        let key = credential(.delegate(try name("anything")))
        let actor = Actor(.token(token.label), from: nil)
        let made = try await storage.commit(.claim(key.credential), by: actor, at: Samples.start)
        guard case .claim(let claimed) = made.change else { return nil }
        #expect(try await storage.credential(of: key.username) == claimed)
        return claimed.delegate
    }

    @Test(arguments: StorageKind.allCases)
    func `what was prepared for a token is taken over once, by that token alone`(
        _ kind: StorageKind
    ) async throws {
        let (mine, other) = (try token("mine", quota: 2), try token("other"))
        let (first, second) = (try name("z"), try name("y"))
        try await kind.withStorage { storage in
            await #expect(throws: Refusal.noSuchToken) {
                try await storage.commit(.enrol(NewDelegate(name: first, preparedFor: mine.label)), at: Samples.start)
            }
            for token in [mine, other] { try await storage.commit(.makeToken(token), at: Samples.start) }
            for name in [first, second] {
                try await storage.commit(.enrol(NewDelegate(name: name, preparedFor: mine.label)), at: Samples.start)
            }
            #expect(try await storage.delegate(first)?.state == .prepared)
            await #expect(throws: Refusal.nothingPrepared) { try await claim(storage, other) }
            #expect(try await claim(storage, mine) == first)
            #expect(try await storage.delegate(first)?.state == .unused)
            let events = try await storage.history(of: first, before: nil, maximum: 1).map(\.event)
            #expect(events.map(\.kind) == [.keyMade] && events.map(\.actor) == ["token mine"])
            try await storage.commit(.disable(delegate: second), at: Samples.start)
            await #expect(throws: Refusal.nothingPrepared) { try await claim(storage, mine) }
            // A delegate that has got a key by other means is no longer kept for the token.
            try await storage.commit(.enable(delegate: second), at: Samples.start)
            try await storage.commit(
                .rotate(credential(.delegate(second)).credential, othersEnd: Samples.start, maximum: 2), at: Samples.start)
            await #expect(throws: Refusal.nothingPrepared) { try await claim(storage, mine) }
            try await storage.commit(.revokeToken(mine.label), at: Samples.start)
            await #expect(throws: Refusal.noSuchToken) {
                try await storage.commit(.enrol(NewDelegate(name: try name("x"), preparedFor: mine.label)), at: Samples.start)
            }
            #expect(try await storage.token(with: mine.digest)?.used == 1)
        }
    }

    // MARK: States of delegates

    @Test(arguments: StorageKind.allCases)
    func `a disabled delegate has no values and takes no key, until it is enabled`(
        _ kind: StorageKind
    ) async throws {
        let name = try name("a")
        let key = credential(.delegate(name))
        try await kind.withStorage { storage in
            try await storage.commit(.enrol(with: key.credential), at: Samples.start)
            try await storage.commit(.publish(Samples.value(1), delegate: name), by: by(key), at: Samples.start)
            try await storage.commit(.disable(delegate: name), at: Samples.start)
            #expect(try await storage.delegate(name)?.state == .disabled)
            #expect(try await storage.credential(of: key.username)?.isDisabled == true)
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: name, now: Samples.start) == [])
            let changes: [Change] = [
                .publish(Samples.value(2), delegate: name), .withdraw(delegate: name), .delete(delegate: name),
                .addCredential(credential(.delegate(name)).credential, maximum: 2), .revokeCredential(key.username),
                .editCredential(key.username, CredentialEdit(label: "x")),
            ]
            for change in changes {
                await #expect(throws: Refusal.notAllowed) {
                    try await storage.commit(change, by: by(key), at: Samples.start)
                }
            }
            await #expect(throws: Refusal.delegateDisabled) {
                try await storage.commit(.publish(Samples.value(2), delegate: name), at: Samples.start)
            }
            try await storage.commit(.enable(delegate: name), at: Samples.start)
            try await storage.commit(.publish(Samples.value(3), delegate: name), by: by(key), at: Samples.start)
            #expect(try await storage.delegate(name)?.state == .active)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `only what is old and was never used expires`(_ kind: StorageKind) async throws {
        let later = Samples.start.advanced(by: .seconds(100))
        try await kind.withStorage { storage in
            try await enrol(storage, "unused", "used", "disabled")
            let (unused, used, disabled) = (try name("unused"), try name("used"), try name("disabled"))
            try await storage.commit(.publish(Samples.value(1), delegate: used), at: Samples.start)
            try await storage.commit(.disable(delegate: disabled), at: Samples.start)
            #expect(try await storage.unusedDelegates(enrolledBefore: Samples.start, maximum: 9) == [])
            #expect(try await storage.unusedDelegates(enrolledBefore: later, maximum: 9) == [unused])
            for (name, moment) in [(unused, Samples.start), (used, later), (disabled, later)] {
                await #expect(throws: Refusal.delegateInUse) {
                    try await storage.commit(.expire(delegate: name, enrolledBefore: moment), at: later)
                }
            }
            try await storage.commit(.expire(delegate: unused, enrolledBefore: later), at: later)
            #expect(try await storage.delegate(unused)?.state == .deleted)
            await #expect(throws: Refusal.nameDeleted) { try await enrol(storage, "unused") }
            #expect(try await storage.history(of: unused, before: nil, maximum: 1).map(\.event.kind) == [.expired])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a group has no two members that a label could mean`(_ kind: StorageKind) async throws {
        let group = try OperatorLabel("mail")
        let other = try DomainName("a.other.example")
        try await kind.withStorage { storage in
            try await enrol(storage, "a", "ab")
            try await storage.commit(.enrol(NewDelegate(name: other)), at: Samples.start)
            try await storage.commit(.makeGroup(group), at: Samples.start)
            for label in ["a", "ab"] { try await storage.commit(.addMember(try name(label), group: group), at: Samples.start) }
            await #expect(throws: Refusal.memberLabelTaken) {
                try await storage.commit(.addMember(other, group: group), at: Samples.start)
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `delegates are listed in pages, filtered by state, name and label`(_ kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            for index in 0..<7 {
                let key = credential(.delegate(try name("n\(index)")), label: index == 5 ? "Web server" : "")
                try await storage.commit(.enrol(with: key.credential), at: Samples.start)
            }
            try await storage.commit(.disable(delegate: try name("n3")), at: Samples.start)
            try await storage.commit(.delete(delegate: try name("n4")), at: Samples.start)
            func list(_ filter: DelegateFilter, page: Int = 3) async throws -> [String] {
                var names: [String] = []
                var after: DomainName?
                repeat {
                    let page = try await storage.delegates(filter, after: after, maximum: page)
                    names += page.records.map { String($0.name.withoutFinalDot.prefix(2)) }
                    after = page.next
                } while after != nil
                return names
            }
            #expect(try await list(DelegateFilter()) == ["n0", "n1", "n2", "n3", "n4", "n5", "n6"])
            #expect(try await list(DelegateFilter(), page: 7) == ["n0", "n1", "n2", "n3", "n4", "n5", "n6"])
            #expect(try await list(DelegateFilter(state: .unused)) == ["n0", "n1", "n2", "n5", "n6"])
            #expect(try await list(DelegateFilter(state: .deleted)) == ["n4"])
            #expect(try await list(DelegateFilter(text: "WEB")) == ["n5"])
            #expect(try await list(DelegateFilter(text: "N6.d.ex")) == ["n6"])
        }
    }

    // MARK: What comes from elsewhere

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

    @Test(arguments: StorageKind.allCases)
    func `a group that is full takes no other delegate, and its own again`(_ kind: StorageKind) async throws {
        let group = try OperatorLabel("mail")
        try await kind.withStorage { storage in
            try await storage.commit(.makeGroup(group), at: Samples.start)
            let names = try (0...GroupRecord.maximumMembers).map { try name("d\($0)") }
            for name in names { try await storage.commit(.enrol(NewDelegate(name: name)), at: Samples.start) }
            for name in names.dropLast() { try await storage.commit(.addMember(name, group: group), at: Samples.start) }
            await #expect(throws: Refusal.groupFull) {
                try await storage.commit(.addMember(try #require(names.last), group: group), at: Samples.start)
            }
            try await storage.commit(.addMember(names[0], group: group), at: Samples.start)
        }
    }
}
