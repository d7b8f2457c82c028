import DNS
import Delegates
import TestSupport
import Testing

/// The contract of every storage: groups of delegates, and their keys.
struct GroupContractTests: StorageContract {
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
