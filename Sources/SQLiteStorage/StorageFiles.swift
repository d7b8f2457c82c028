import Delegates
import Dispatch
import Foundation
import GRDB
import Glibc
import Synchronization
import SystemErrors

/// The file operations of backups and restores.
enum StorageFiles {
    /// A path that SQLite takes for a file's and nothing else: it would take “file:x.db” for a URI and “:memory:” for no file.
    static func plain(_ path: String) -> String {
        FilePath.absolute(path)
    }

    /// The same for reading, or a URI. A storage that was closed properly is one file, and SQLite makes others beside it even to
    /// read it. Where it may make none, the file is read as one that never changes.
    private static func nameToRead(_ path: String) -> String {
        let real = FilePath.resolved(path)
        guard !FileManager.default.fileExists(atPath: real + "-wal"),
            SystemError.obstacle(toFilesIn: FilePath.folder(of: real)) != nil,
            let escaped = real.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
        else { return plain(path) }
        return "file:\(escaped)?immutable=1"
    }

    /// Opens a file that must exist, and writes nothing to it.
    ///
    /// - Throws: ``DamagedStorage`` if it is no storage for any reader; ``StorageError/unavailable(_:)`` if it cannot be read now,
    ///   or not by this version.
    static func openToRead(_ path: String) throws -> DatabaseQueue {
        if let obstacle = SystemError.obstacle(to: .reading, path) {
            throw StorageError.unavailable("“\(path)” cannot be read: \(obstacle)")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "storage"
        let database: DatabaseQueue
        do {
            database = try DatabaseQueue(path: nameToRead(path), configuration: configuration)
            guard try database.read({ try $0.tableExists("change_sequence") }) else {
                throw DamagedStorage(description: "“\(path)” is an SQLite file, but not a storage of nuncio")
            }
            guard try !database.read(Schema.migrator.hasBeenSuperseded) else {
                throw StorageError.unavailable("“\(path)” was written by a newer version of nuncio")
            }
        } catch let error as DatabaseError {
            let text = "“\(path)” cannot be read: \(DatabaseProblem.text(error, path: path))"
            throw DamagedStorage.isProved(by: error) ? DamagedStorage(description: text) : StorageError.unavailable(text)
        }
        return database
    }

    /// - Throws: ``StorageError/unavailable(_:)`` if a server would bring it up to date first.
    static func checkIsUpToDate(_ database: DatabaseQueue, _ path: String) throws {
        guard try database.read(Schema.migrator.hasCompletedMigrations) else {
            throw StorageError.unavailable(
                "“\(path)” is from an older version: start this version of nuncio with it once to bring it up to date")
        }
    }

    /// Copies a storage as it is at one moment, whatever is written to it meanwhile, into a single file that must not exist.
    ///
    /// - Parameter progress: called with the number of copied pages, and with the number of all pages.
    static func copy(
        _ source: DatabaseQueue, to path: String, progress: @escaping (Int, Int) -> Void
    ) throws -> DatabaseQueue {
        // SQLite would make the file readable for others, whatever the source is.
        guard let descriptor = try make(path) else { throw StorageError.unavailable("there is already a “\(path)”") }
        Glibc.close(descriptor)
        let copy = try DatabaseQueue(path: plain(path))
        try source.read { database in
            try copy.writeWithoutTransaction { copy in
                try database.backup(to: copy, pagesPerStep: 2_000) { progress($0.completedPageCount, $0.totalPageCount) }
            }
        }
        // A single file, without a WAL beside it.
        try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL") }
        return copy
    }

    /// Reads and checks all of a storage.
    ///
    /// - Parameter other: another connection to the same file. The pages and the audit log are checked at the same time.
    /// - Returns: the last entry of its audit log.
    /// - Throws: ``DamagedStorage`` or ``StorageError/unavailable(_:)``, which says what is not as it was written.
    static func verify(_ database: DatabaseQueue, _ other: DatabaseQueue, of path: String) throws -> NotedEntry {
        let pages = Mutex(Result<Void, any Error>.success(()))
        let rows = Mutex(Result<NotedEntry?, any Error>.success(nil))
        DispatchQueue.concurrentPerform(iterations: 2) { part in
            if part == 0 {
                let outcome = Result { try database.read { try checkPages($0, of: path) } }
                pages.withLock { $0 = outcome }
            } else {
                let outcome = Result { try other.read { try checkRows($0, of: path) as NotedEntry? } }
                rows.withLock { $0 = outcome }
            }
        }
        try pages.withLock { $0 }.get()
        // Files that are older than the audit log have none.
        return try rows.withLock { $0 }.get() ?? NotedEntry(number: 0, digest: AuditDigest.origin.description)
    }

    /// - Returns: the last entry of the audit log; `nil` if there is no audit log.
    private static func checkRows(_ database: Database, of path: String) throws -> NotedEntry? {
        try checkReferences(database, of: path)
        guard try database.tableExists("audit_entry") else { return nil }
        switch try AuditLog.verify(in: database, noted: nil) {
        case .whole(_, let last, let digest): return NotedEntry(number: last, digest: digest.description)
        case .broken(let number):
            throw StorageError.unavailable("the audit log of “\(path)” is not whole: see its entry \(number)")
        case .notedEntryGone: throw StorageError.unavailable("the audit log of “\(path)” lacks an entry")
        }
    }

    /// - Throws: ``DamagedStorage`` if SQLite cannot read all of it, or if a row refers to a missing one.
    static func checkIntegrity(_ database: Database, of path: String) throws {
        try checkPages(database, of: path)
        try checkReferences(database, of: path)
    }

    private static func checkPages(_ database: Database, of path: String) throws {
        let damage = try String.fetchAll(database, sql: "PRAGMA integrity_check(1)")
        guard damage == ["ok"] else { throw DamagedStorage(description: "“\(path)” is damaged: \(damage.first ?? "")") }
    }

    private static func checkReferences(_ database: Database, of path: String) throws {
        guard try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") == nil else {
            throw DamagedStorage(description: "“\(path)” is damaged: a row in it refers to a missing one")
        }
    }

    /// Makes the folder as the server would.
    static func makeFolder(of path: String) throws(StorageError) {
        do {
            try DurableFolder.make(at: FilePath.folder(of: path))
        } catch {
            throw .unavailable("the folder of “\(path)” \(error.problem)")
        }
    }

    /// Makes a file for its owner alone. No link is followed (`O_EXCL`).
    ///
    /// - Returns: its descriptor; `nil` if the name is taken.
    static func make(_ path: String) throws(StorageError) -> CInt? {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            guard errno != EEXIST else { return nil }
            throw .file(path, "cannot be made")
        }
        return descriptor
    }

    /// Gives a complete file its name in the same folder, as ``DurableFolder/put(_:as:)`` does.
    static func put(_ temporary: String, at path: String) throws(DurableFolder.Failure) {
        try DurableFolder(at: FilePath.folder(of: path)).put(FilePath.name(of: temporary), as: FilePath.name(of: path))
    }

    static func removeIfThere(_ path: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { unsafe unlink(path + suffix) }
    }
}

extension StorageError {
    /// The error that the system has just reported for a file.
    static func file(_ path: String, _ problem: String) -> StorageError {
        .unavailable("“\(path)” \(problem): \(SystemError.last)")
    }

    /// - Parameter undone: what was not done because of the error.
    init(_ error: any Error, undone: String) {
        switch error {
        case let error as StorageError: self = error
        case let error as DamagedStorage: self = .unavailable(error.description)
        case let error as DurableFolder.Failure: self = .unavailable(error.description)
        default: self = .unavailable("\(undone): \(DatabaseProblem.text(error))")
        }
    }
}
