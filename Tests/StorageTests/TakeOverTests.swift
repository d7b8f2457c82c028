import DNS
import Delegates
import PostgreSQL
import PostgreSQLStorage
import StorageParts
import TestSupport
import Testing

/// A PostgreSQL database that was restored from a backup, and what was revoked since.
struct TakeOverTests: StorageContract {
    @Test func `what was revoked since the backup stays so in the restored database`() async throws {
        let server = try PostgreSQLServer.shared
        let before = try server.makeDatabase()
        let name = try #require(try ConnectionString(before)["dbname"])
        let (ended, kept, endedToken) = (
            credential(.delegate(try self.name("a"))), credential(.delegate(try self.name("a"))), try OperatorLabel("ended")
        )
        try await withPostgreSQL(before) { storage in
            try await storage.commit(.enrol(with: ended.credential), at: Samples.start)
            try await storage.commit(.addCredential(kept.credential, maximum: 2), at: Samples.start)
            try await enrol(storage, "deleted", "disabled")
            for label in ["ended", "good"] {
                let token = RegistrationToken(
                    label: try OperatorLabel(label), digest: APIKey.random().digest, created: Samples.start)
                try await storage.commit(.makeToken(token), at: Samples.start)
            }
            _ = try await storage.publish(Samples.value(1), at: try self.name("a"), at: Samples.start)
        }
        try await withPostgreSQL(before) { storage in
            _ = try await storage.keep("old", named: "keys", after: nil, at: Samples.start, waits: true)
        }
        try server.execute("CREATE DATABASE \(name)_restored TEMPLATE \(name)", in: "postgres")
        let restored = before.replacing("dbname=\(name)", with: "dbname=\(name)_restored")
        var last = ChangeSequence(0)
        try await withPostgreSQL(before) { storage in
            try await storage.commit(.revokeCredential(ended.credential.username), at: Samples.start)
            try await storage.commit(.delete(delegate: try self.name("deleted")), at: Samples.start)
            try await storage.commit(.disable(delegate: try self.name("disabled")), at: Samples.start)
            try await storage.commit(.withdraw(delegate: try self.name("a")), at: Samples.start)
            try await storage.commit(.revokeToken(endedToken), at: Samples.start)
            let kept = try await storage.sharedSecrets().first?.sequence
            let outcome = try await storage.keep("new", named: "keys", after: kept, at: Samples.start, waits: true)
            #expect(outcome == .kept)
            try await enrol(storage, "new")
            last = try await storage.load(into: DelegateTable(), now: Samples.start).sequence
        }
        let source = try await PostgreSQLCopy.reading(try ConnectionString(before))
        let outcome = try await PostgreSQLTakeOver(
            from: source, into: try ConnectionString(restored), now: Samples.start
        ).run { _, _ in }
        source.close()
        #expect(
            outcome == [
                .deletedSince: 1, .enrolledSince: 1, .keysEndedSince: 2, .membershipsEndedSince: 0, .disabledSince: 1,
                .tokensRevokedSince: 1,
            ])
        try await withPostgreSQL(restored) { storage in
            #expect(try await storage.credential(of: ended.credential.username) == nil)
            #expect(try await storage.credential(of: kept.credential.username) != nil)
            for (label, refusal) in [("deleted", Refusal.nameDeleted), ("new", .nameTaken)] {
                await #expect(throws: refusal) { try await enrol(storage, label) }
            }
            #expect(try await storage.delegate(try self.name("disabled"))?.state == .disabled)
            #expect(try await values(of: try self.name("a"), in: storage) == 0)
            #expect(try await storage.tokens().filter { $0.revoked != nil }.map(\.label) == [endedToken])
            #expect(try await storage.load(into: DelegateTable(), now: Samples.start).sequence > last)
            guard case .whole = try await storage.verifyAuditLog() else {
                Issue.record("the audit log is broken")
                return
            }
            #expect(try await storage.history(of: nil, before: nil, maximum: 1).first?.event.kind == .restored)
            #expect(try await storage.sharedSecrets().map(\.content) == ["new"], "The keys of now sign.")
            // New delegates get ids of their own.
            try await enrol(storage, "after")
        }
    }
}
