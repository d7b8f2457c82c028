import DNS
import Delegates
import Foundation
import GRDB
import Logging
import SQLiteStorage
import TestSupport
import Testing

/// The behaviour that only a storage in a file has.
struct SQLiteFileTests {
    private let credential: Credential
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        credential = Credential(
            username: UniqueID.random(), keyDigest: APIKey.random().digest,
            delegate: try DomainName("a.d.example"), allowedNetworks: .all, created: Samples.start)
    }

    @Test func `commits are made durable with synchronous FULL`() async throws {
        try await withTemporaryFolder { folder in
            let setting = try await withSQLite(in: folder) { try $0.synchronousSetting() }
            #expect(setting == 2)
        }
    }

    @Test func `a storage that was closed is one file`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                _ = try await storage.enrol(credential, at: Samples.start)
                // So that read-only connections have been open.
                #expect(try await storage.credential(of: credential.username) == credential)
            }
            #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["nuncio.db", "nuncio.db.lock"])
        }
    }

    @Test func `everything is there after it was closed and opened again`() async throws {
        try await withTemporaryFolder { folder in
            let last = try await withSQLite(in: folder) { storage in
                _ = try await storage.enrol(credential, at: Samples.start)
                return try await storage.publish(Samples.value(1), at: credential.name, at: Samples.start)
            }
            try await withSQLite(in: folder) { storage in
                #expect(try await storage.credential(of: credential.username) == credential)
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                #expect(table.values(at: credential.name, now: Samples.start) == [Samples.value(1).recordData])
                #expect(try await storage.publish(Samples.value(2), at: credential.name, at: Samples.start) > last)
            }
        }
    }

    @Test func `a second process is told that the file is in use`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { _ in
                do {
                    _ = try SQLiteDelegateStorage(path: folder.appending(path: "nuncio.db").path, logger: quiet)
                    Issue.record("it was opened twice")
                } catch {
                    #expect("\(error)".contains("another nuncio has it open"))
                }
            }
            // The file is free again when the first storage has stopped.
            try await withSQLite(in: folder) { _ in }
        }
    }

    @Test func `a file that is no database is named with the reason`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "nuncio.db")
            try Data(repeating: 120, count: 5000).write(to: path)
            do {
                _ = try SQLiteDelegateStorage(path: path.path, logger: quiet)
                Issue.record("it was opened")
            } catch {
                #expect("\(error)".contains(path.path) && "\(error)".contains("not a database"))
            }
        }
    }

    @Test func `a file of a newer version is left alone`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { _ in }
            let path = folder.appending(path: "nuncio.db").path
            try await DatabaseQueue(path: path).write {
                try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 something new')")
            }
            do {
                _ = try SQLiteDelegateStorage(path: path, logger: quiet)
                Issue.record("it was opened")
            } catch {
                #expect("\(error)".contains("newer version"))
            }
        }
    }

    @Test func `only the file's owner can read it, and its folder is made`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "new/deeper/nuncio.db").path
            _ = try SQLiteDelegateStorage(path: path, logger: quiet)
            let folderMode = try FileManager.default.attributesOfItem(atPath: folder.appending(path: "new/deeper").path)
            #expect(folderMode[.posixPermissions] as? Int == 0o700)
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `changes fail while the file cannot be written, and work again after that`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                _ = try await storage.enrol(credential, at: Samples.start)
                var configuration = GRDB.Configuration()
                configuration.allowsUnsafeTransactions = true
                let path = folder.appending(path: "nuncio.db").path
                let intruder = try DatabaseQueue(path: path, configuration: configuration)
                try await intruder.writeWithoutTransaction { database in
                    try database.execute(sql: "BEGIN EXCLUSIVE")
                }
                await #expect(throws: StorageError.self) {
                    try await storage.publish(Samples.value(1), at: credential.name, at: Samples.start)
                }
                await #expect(throws: StorageError.self) { try await storage.checkHealth() }
                // Committed data can still be read.
                #expect(try await storage.credential(of: credential.username) == credential)

                try await intruder.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
                try await storage.checkHealth()
                _ = try await storage.publish(Samples.value(1), at: credential.name, at: Samples.start)
            }
        }
    }

    @Test func `old values do not pile up in the file`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                _ = try await storage.enrol(credential, at: Samples.start)
                for index in 0..<70 {
                    _ = try await storage.publish(Samples.value(index), at: credential.name, at: Samples.start)
                }
                let later = Samples.start.advanced(by: .seconds(3600))
                let reader = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path)
                let count = "SELECT count(*) FROM challenge_value"
                #expect(try await reader.read { try Int.fetchOne($0, sql: count) } == 64)
                _ = try await storage.publish(Samples.value(99), at: credential.name, at: later)
                #expect(try await reader.read { try Int.fetchOne($0, sql: count) } == 2)
            }
        }
    }

    @Test func `changes after closing are refused, none is left waiting`() async throws {
        try await withTemporaryFolder { folder in
            let storage = try await withSQLite(in: folder) { storage in
                _ = try await storage.enrol(credential, at: Samples.start)
                return storage
            }
            await #expect(throws: StorageError.unavailable("the storage is closed")) {
                try await storage.publish(Samples.value(1), at: credential.name, at: Samples.start)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a lock file that is a link is not followed`(isThere: Bool) async throws {
        try await withTemporaryFolder { folder in
            let other = folder.appending(path: "other")
            if isThere { try Data().write(to: other) }
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "nuncio.db.lock").path, withDestinationPath: other.path)
            await #expect(throws: StorageError.self) { try await withSQLite(in: folder) { _ in } }
            #expect(FileManager.default.fileExists(atPath: other.path) == isThere)
        }
    }
}
