import Delegates
import TestSupport
import Testing

/// The contract of every storage: the credentials of delegates, and what they allow.
struct CredentialContractTests: StorageContract {
    @Test(arguments: StorageKind.allCases)
    func `a delegate has several credentials, but not more than it may`(_ kind: StorageKind) async throws {
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

    @Test(arguments: StorageKind.allCases)
    func `what is edited changes, the rest stays`(_ kind: StorageKind) async throws {
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

    @Test(arguments: StorageKind.allCases)
    func `what a credential was last used for is remembered`(_ kind: StorageKind) async throws {
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
    @Test(arguments: StorageKind.allCases)
    func `who may not any more when a change is made does not make it`(_ kind: StorageKind) async throws {
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

    @Test(arguments: StorageKind.allCases)
    func `one that has expired is no other credential`(_ kind: StorageKind) async throws {
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
}
