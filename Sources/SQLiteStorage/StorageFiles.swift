import Delegates
import Foundation
import GRDB
import Glibc

/// What backing up and restoring do with files.
package enum StorageFiles {
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
    /// - Returns: the last entry of its audit log.
    /// - Throws: ``StorageError/unavailable(_:)`` that says what is not as it was written.
    static func verify(_ database: Database, of path: String) throws -> NotedEntry {
        try checkIntegrity(database, of: path)
        // Files from before there was one have no audit log.
        guard try database.tableExists("audit_entry") else {
            return NotedEntry(number: 0, digest: AuditDigest.origin.description)
        }
        switch try AuditLog.verify(in: database, noted: nil) {
        case .whole(_, let last, let digest): return NotedEntry(number: last, digest: digest.description)
        case .broken(let number):
            throw StorageError.unavailable("the audit log of “\(path)” is not whole: see its entry \(number)")
        }
    }

    /// - Throws: ``StorageError/unavailable(_:)`` if SQLite cannot read all of it.
    static func checkIntegrity(_ database: Database, of path: String) throws {
        let damage = try String.fetchAll(database, sql: "PRAGMA integrity_check(1)")
        guard damage == ["ok"] else { throw StorageError.unavailable("“\(path)” is damaged: \(damage.first ?? "")") }
        guard try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") == nil else {
            throw StorageError.unavailable("“\(path)” is damaged: something in it belongs to nothing")
        }
    }

    /// As the server would.
    static func makeFolder(of path: String) throws(StorageError) {
        do {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw .unavailable("the folder of “\(path)” cannot be made: \(error.localizedDescription)")
        }
    }

    /// Gives what root has made to whom the folder belongs: the server, which could not open it otherwise.
    package static func handOver(_ path: String) {
        var folder = stat()
        let name = URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent().path
        guard geteuid() == 0, unsafe stat(name, &folder) == 0, folder.st_uid != 0 else { return }
        for suffix in ["", ".lock", "-wal", "-shm"] { _ = unsafe lchown(path + suffix, folder.st_uid, folder.st_gid) }
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
