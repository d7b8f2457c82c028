import DNS
import Delegates
import StorageParts
import TestSupport
import Testing

@testable import PostgreSQLStorage

/// Changes that share a transaction of PostgreSQL: each sees what those before it have done.
struct BatchTests: StorageContract {
    /// Makes changes in one transaction.
    private func make(_ changes: [(Change, Actor)], in storage: PostgreSQLDelegateStorage) async throws {
        let needs = changes.map { SubmittedChange(change: $0.0, actor: $0.1, time: Samples.start).needs }
        try await storage.transactions.write(needs: Set(needs.joined())) { tables in
            for (change, actor) in changes {
                _ = try tables.make(change, by: actor, at: Samples.start, addresses: .full)
            }
        }
    }

    private let operators = Actor(.operator, from: nil)

    @Test func `a group that is deleted and made again has no member of the former one`() async throws {
        let group = try OperatorLabel("web")
        try await withPostgreSQL { storage in
            try await enrol(storage, "a", "b", "c")
            try await storage.commit(.makeGroup(group), at: Samples.start)
            for label in ["a", "b"] {
                try await storage.commit(.addMember(try name(label), group: group), at: Samples.start)
            }
            try await make(
                [
                    (.deleteGroup(group), operators), (.makeGroup(group), operators),
                    (.addMember(try name("b"), group: group), operators), (.addMember(try name("c"), group: group), operators),
                ], in: storage)
            #expect(try await storage.members(of: group) == [name("b"), name("c")])
        }
    }

    @Test func `many holders of a token claim delegates with domains at once`() async throws {
        let token = RegistrationToken(
            label: try OperatorLabel("team"), digest: APIKey.random().digest, created: Samples.start)
        let count = 40
        try await withPostgreSQL { storage in
            try await storage.commit(.makeToken(token), at: Samples.start)
            for index in 0..<count {
                let new = NewDelegate(name: try name("d\(index)"), preparedFor: token.label)
                try await storage.commit(.enrol(new), at: Samples.start)
            }
            let claims = try (0..<count).map { index in
                (
                    Change.claim(
                        credential(.delegate(try name("x"))).credential, domains: [try DeclaredDomain("d\(index).example.com")]),
                    Actor(.token(token.label), from: Samples.client)
                )
            }
            try await make(claims, in: storage)
            for index in 0..<count {
                #expect(try await storage.credentials(of: .delegate(try name("d\(index)"))).count == 1)
                #expect(try await storage.domains(of: [try name("d\(index)")]).count == 1)
            }
        }
    }

    @Test func `a key is made, used and ended in one transaction`() async throws {
        try await withPostgreSQL { storage in
            try await enrol(storage, "a")
            let key = credential(.delegate(try name("a")))
            try await make(
                [
                    (.addCredential(key.credential, maximum: 2), operators),
                    (.publish(Samples.value(1), delegate: try name("a")), by(key)),
                    (.revokeCredential(key.credential.username), operators), (.withdraw(delegate: try name("a")), operators),
                ], in: storage)
            #expect(try await storage.credential(of: key.credential.username) == nil)
            #expect(try await values(of: try name("a"), in: storage) == 0)
            guard case .whole = try await storage.verifyAuditLog() else {
                Issue.record("the audit log is broken")
                return
            }
        }
    }
}
