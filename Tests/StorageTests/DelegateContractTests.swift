import Delegates
import TestSupport
import Testing

/// The contract of every storage: the delegates, from their enrolment to their end.
struct DelegateContractTests: StorageContract {
    @Test(arguments: StorageKind.allCases)
    func `what was enrolled is found, what was not is not`(_ kind: StorageKind) async throws {
        let credential = try credential(networks: ["192.0.2.1/24", "2001:db8::/32"])
        let other = try self.credential("b")
        try await kind.withStorage { storage in
            #expect(try await storage.credential(of: credential.username) == nil)
            _ = try await storage.enrol(credential, at: Samples.start)
            #expect(try await storage.credential(of: credential.username) == credential)
            #expect(try await storage.credential(of: other.username) == nil)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a name is enrolled once, whatever its case`(_ kind: StorageKind) async throws {
        let first = try credential("Name")
        let second = try credential("nAME")
        try await kind.withStorage { storage in
            _ = try await storage.enrol(first, at: Samples.start)
            await #expect(throws: Refusal.nameTaken) { try await storage.enrol(second, at: Samples.start) }
            #expect(try await storage.credential(of: second.username) == nil)
        }
    }

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
    func `a delegate that was deleted is there for ever, empty, and nobody's`(_ kind: StorageKind) async throws {
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
}
