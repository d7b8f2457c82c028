import DNS
import Delegates
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

/// Copies of a storage.
struct BackupTests: SampleBackup {
    @Test func `a backup is a storage of its own, for its owner alone`() async throws {
        try await withTemporaryFolder { folder in
            let keys = try await prepare(folder)
            let other = folder.appending(path: "other")
            try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
            let attributes = try FileManager.default.attributesOfItem(atPath: path(folder, "backup.db"))
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(!FileManager.default.fileExists(atPath: path(folder, "backup.db.partial")))
            let outcome = try StorageRestore.restore(
                path(folder, "backup.db"), to: path(other, "nuncio.db"), existing: .refuse, now: Samples.start
            ) { _, _ in }
            #expect(!outcome.isComplete)
            let key = try #require(keys["kept"])
            try await withSQLite(in: other) { storage in
                #expect(try await storage.credential(of: key.username)?.check == key.credential.check)
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                #expect(table.values(at: key.delegate, now: Samples.start) == [Samples.value(1).recordData])
                guard case .whole(16, 16, _) = try await storage.verifyAuditLog() else {
                    Issue.record("the audit log is not whole")
                    return
                }
                let last = try await storage.history(of: nil, before: nil, maximum: 1)
                #expect(last.map(\.event.kind) == [.restored])
            }
        }
    }

    @Test func `a backup that cannot be made leaves the old one alone`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await prepare(folder)
            let before = try Data(contentsOf: folder.appending(path: "backup.db"))
            let database = try DatabaseQueue(path: path(folder, "nuncio.db"))
            try await database.write { try $0.execute(sql: "UPDATE audit_entry SET actor = 'nobody' WHERE number = 2") }
            try database.close()
            #expect(throws: StorageError.self) {
                try StorageBackup.write(of: path(folder, "nuncio.db"), to: path(folder, "backup.db")) { _, _ in }
            }
            #expect(throws: StorageError.self) {
                try StorageBackup.write(of: path(folder, "nuncio.db"), to: path(folder, "nuncio.db")) { _, _ in }
            }
            #expect(try Data(contentsOf: folder.appending(path: "backup.db")) == before)
            #expect(!FileManager.default.fileExists(atPath: path(folder, "backup.db.partial")))
        }
    }
}
