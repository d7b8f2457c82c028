import DNS
import Delegates
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

/// Restoring over a storage that cannot be read, or only in part, or not at the moment.
struct DamagedStorageTests: SampleBackup {
    /// A storage with a backup from before the delegate “deleted” was deleted.
    private func withDeleted(_ body: (URL, NewCredential) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let key = try #require(try await prepare(folder)["deleted"])
            _ = try await withSQLite(in: folder) { try await $0.commit(.delete(delegate: key.delegate), at: Samples.start) }
            try await body(folder, key)
        }
    }

    private func change(_ folder: URL, _ sql: String) throws {
        let database = try DatabaseQueue(path: path(folder, "nuncio.db"))
        try database.write { try $0.execute(sql: sql) }
        try database.close()
    }

    private func expectDeleted(_ key: NewCredential, in folder: URL) async throws {
        try await withSQLite(in: folder) { storage in
            let record = try await storage.delegate(key.delegate)
            #expect(record?.state == .deleted)
        }
    }

    @Test func `a storage that cannot be read is given up only if that is said`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await prepare(folder)
            let file = folder.appending(path: "nuncio.db")
            try Data("no database".utf8).write(to: file)
            do {
                _ = try restore(folder)
                Issue.record("it was forgotten")
            } catch {
                #expect("\(error)".contains("it is not known which names must never be given out again"))
            }
            #expect(try Data(contentsOf: file) == Data("no database".utf8))
            let outcome = try restore(folder, existing: .forget)
            #expect(try Data(contentsOf: URL(fileURLWithPath: try #require(outcome.replaced))) == Data("no database".utf8))
            try await withSQLite(in: folder) { storage in
                let kept = try await storage.delegate(try name("kept"))
                #expect(kept != nil)
            }
        }
    }

    @Test(arguments: [StorageRestore.Existing.replace, .forget])
    func `an audit log that was tampered with is no reason to forget deleted names`(
        _ existing: StorageRestore.Existing
    ) async throws {
        try await withDeleted { folder, key in
            try change(folder, "UPDATE audit_entry SET actor = 'x' WHERE number = 2")
            #expect(try restore(folder, existing: existing).isComplete)
            try await expectDeleted(key, in: folder)
        }
    }

    @Test(arguments: [StorageRestore.Existing.replace, .forget])
    func `a storage of an older version is whole, and not forgotten`(_ existing: StorageRestore.Existing) async throws {
        try await withDeleted { folder, key in
            let identifier = try await DatabaseQueue(path: path(folder, "nuncio.db")).read {
                try String.fetchOne($0, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid DESC LIMIT 1")
            }
            let last = try #require(identifier)
            try change(folder, "DELETE FROM grdb_migrations WHERE identifier = '\(last)'")
            do {
                _ = try restore(folder, existing: existing)
                Issue.record("it was replaced")
            } catch {
                #expect("\(error)".contains("start this version of nuncio with it once"))
            }
            try change(folder, "INSERT INTO grdb_migrations VALUES ('\(last)')")
            try await expectDeleted(key, in: folder)
        }
    }

    @Test(arguments: [StorageRestore.Existing.replace, .forget])
    func `a storage from which somebody reads is not forgotten`(_ existing: StorageRestore.Existing) async throws {
        try await withDeleted { folder, key in
            let writer = try DatabasePool(path: path(folder, "nuncio.db"))
            let reader = try DatabasePool(path: path(folder, "nuncio.db")).makeSnapshot()
            try await reader.read { _ = try Int.fetchOne($0, sql: "SELECT count(*) FROM delegate") }
            try await writer.write { try $0.execute(sql: "UPDATE delegate SET prepared_for = prepared_for") }
            #expect(throws: StorageError.self) { try restore(folder, existing: existing) }
            try reader.close()
            try writer.close()
            try await expectDeleted(key, in: folder)
        }
    }

    @Test(arguments: ["audit_entry", "registration_token", "group_member", "challenge_value", "credential", "delegate"])
    func `of a damaged storage counts what can be read, and the audit log says that there may be more`(
        _ table: String
    ) async throws {
        try await withDeleted { folder, key in
            let database = try DatabaseQueue(path: path(folder, "nuncio.db"))
            let (page, size) = try await database.read { database in
                (
                    try Int.fetchOne(database, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [table])
                        ?? 0,
                    try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
                )
            }
            try database.close()
            let file = try FileHandle(forUpdating: folder.appending(path: "nuncio.db"))
            try file.seek(toOffset: UInt64((page - 1) * size))
            try file.write(contentsOf: Data(repeating: 0xFF, count: 64))
            try file.close()
            #expect(throws: StorageError.self) { try restore(folder) }
            let outcome = try restore(folder, existing: .forget)
            #expect(!outcome.isComplete && outcome.replaced != nil)
            // Its key has ended, whichever of the two tables can be read.
            #expect(outcome.keysEndedSince == 1)
            #expect(outcome.deletedSince == (table == "delegate" ? 0 : 1))
            if table != "delegate" { try await expectDeleted(key, in: folder) }
            try await withSQLite(in: folder) { storage in
                let last = try await storage.history(of: nil, before: nil, maximum: 1)
                #expect(last.first?.event.detail?.hasSuffix("; more is not known") == true)
            }
        }
    }

    @Test func `what cannot be put in its place leaves everything where it was`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await prepare(folder)
            let contents = ["nuncio.db": Data("no database".utf8), "nuncio.db-wal": Data("and no WAL".utf8)]
            for (name, data) in contents { try data.write(to: folder.appending(path: name)) }
            // In the place to which the journal would go.
            let taken = "nuncio.db.before-restore-\(Samples.start.secondsSinceEpoch)-journal"
            try Data().write(to: folder.appending(path: "nuncio.db-journal"))
            try FileManager.default.createDirectory(at: folder.appending(path: taken), withIntermediateDirectories: true)
            let files = try Set(FileManager.default.contentsOfDirectory(atPath: folder.path))
            #expect(throws: StorageError.self) { try restore(folder, existing: .forget) }
            // SQLite makes an index to read the WAL with, which says nothing that the WAL does not.
            let left = try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)).subtracting(["nuncio.db-shm"])
            #expect(left == files)
            for (name, data) in contents { #expect(try Data(contentsOf: folder.appending(path: name)) == data) }
        }
    }
}
