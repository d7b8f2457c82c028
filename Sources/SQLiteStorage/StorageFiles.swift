import Delegates
import Foundation
import GRDB
import Glibc

/// What backing up and restoring do with files.
enum StorageFiles {
    /// Opens a file that must be there, and writes nothing to it.
    ///
    /// - Throws: ``StorageError/unavailable(_:)`` unless it is a storage that this version can read.
    static func openToRead(_ path: String) throws -> DatabaseQueue {
        guard FileManager.default.fileExists(atPath: path) else { throw StorageError.unavailable("there is no file “\(path)”") }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "storage"
        let database: DatabaseQueue
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            guard try database.read({ try $0.tableExists("change_sequence") }) else {
                throw StorageError.unavailable("“\(path)” is an SQLite file, but no storage of nuncio")
            }
            guard try !database.read(Schema.migrator.hasBeenSuperseded) else {
                throw StorageError.unavailable("“\(path)” was written by a newer version of nuncio")
            }
        } catch let error as DatabaseError {
            throw StorageError.unavailable("“\(path)” cannot be read: \(error.message ?? "\(error.resultCode)")")
        }
        return database
    }

    /// Copies a storage as it is at one moment, whatever is written to it meanwhile, into a single file that must not be there.
    ///
    /// - Parameter progress: is told pages that were copied, and all of them.
    static func copy(
        _ source: DatabaseQueue, to path: String, progress: @escaping (Int, Int) -> Void
    ) throws -> DatabaseQueue {
        // SQLite would make it readable for others, whatever the source is.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StorageError.unavailable("“\(path)” cannot be made: \(unsafe String(cString: strerror(errno)))")
        }
        Glibc.close(descriptor)
        let copy = try DatabaseQueue(path: path)
        try source.read { database in
            try copy.writeWithoutTransaction { copy in
                try database.backup(to: copy, pagesPerStep: 2_000) { progress($0.completedPageCount, $0.totalPageCount) }
            }
        }
        // One file, without a WAL beside it.
        try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL") }
        return copy
    }

    /// Reads all of a storage.
    ///
    /// - Throws: ``StorageError/unavailable(_:)`` that says what is not as it was written.
    static func verify(_ database: Database, of path: String) throws -> AuditVerdict {
        let damage = try String.fetchAll(database, sql: "PRAGMA integrity_check(1)")
        guard damage == ["ok"] else { throw StorageError.unavailable("“\(path)” is damaged: \(damage.first ?? "")") }
        guard try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") == nil else {
            throw StorageError.unavailable("“\(path)” is damaged: something in it belongs to nothing")
        }
        // Files from before there was one have no audit log.
        guard try database.tableExists("audit_entry") else { return .whole(count: 0, last: 0, digest: .origin) }
        let verdict = try AuditLog.verify(in: database, noted: nil)
        if case .broken(let number) = verdict {
            throw StorageError.unavailable("the audit log of “\(path)” is not whole: see its entry \(number)")
        }
        return verdict
    }

    /// Gives a file that is complete its name: durably, and all at once.
    static func put(_ temporary: String, at path: String) throws {
        try synchronize(temporary)
        guard unsafe rename(temporary, path) == 0 else {
            throw StorageError.unavailable("“\(path)” cannot be made: \(unsafe String(cString: strerror(errno)))")
        }
        try synchronize(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    private static func synchronize(_ path: String) throws {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { Glibc.close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw StorageError.unavailable("“\(path)” cannot be made durable: \(unsafe String(cString: strerror(errno)))")
        }
    }

    static func removeIfThere(_ path: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { unsafe unlink(path + suffix) }
    }
}
