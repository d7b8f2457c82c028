package import Delegates
import Foundation
import GRDB
import Glibc
import StorageParts
import SystemErrors

/// Replaces a storage with a backup, without forgetting what must never be forgotten: the names that were given out and those that
/// ended, and what was revoked since: keys, memberships in groups, registration tokens, delegates that were disabled. Whatever is
/// allowed afterwards is allowed by both the backup and the replaced storage.
package struct StorageRestore: Sendable {
    /// Names in the backup that were deleted since: they stay deleted.
    package var deletedSince = 0
    /// Names that were enrolled since: they stay taken, without keys, so that nobody else gets them.
    package var enrolledSince = 0
    /// Keys in the backup that ended since: they do not come back.
    package var keysEndedSince = 0
    /// Memberships in groups in the backup that ended since: they do not come back.
    package var membershipsEndedSince = 0
    /// Delegates that were disabled since: they stay disabled.
    package var disabledSince = 0
    /// Registration tokens that were revoked or made since: they are revoked.
    package var tokensRevokedSince = 0
    /// Living delegates without a key. Those that are prepared for a token are not counted.
    package var withoutKeys = 0
    /// Whether everything that was revoked since is known: there was a storage, and all of it could be read.
    package var isComplete = false
    /// The path of the replaced storage; `nil` if there was none.
    package var replaced: String?
    /// Why a power cut may undo the restore; `nil` if it is durable.
    package var durabilityProblem: String?

    /// What to do if there is a storage already.
    package enum Existing: Sendable {
        case refuse
        /// Replaces it, and takes over what must not be forgotten.
        case replace
        /// Replaces it even if not all of it can be read: deleted names in the unreadable part are given out again, and ended keys
        /// in it come back.
        case forget
    }

    /// - Parameters:
    ///   - file: the path of the backup.
    ///   - path: the path of the storage. No server may run with it.
    ///   - now: the time for the audit log, and for the name of the replaced storage.
    /// - Throws: ``StorageError/unavailable(_:)``. Then the storage is as it was.
    package static func restore(
        _ file: String, to path: String, existing: Existing, now: Timestamp, progress: @escaping (Int, Int) -> Void
    ) throws(StorageError) -> StorageRestore {
        do {
            // Each folder is used as its owner: see FolderOwner.
            let (reader, writer) = (try FolderOwner(of: file), try FolderOwner(of: path))
            try OwnFiles.checkIsOther(file, than: path)
            let backup = try reader.act {
                let backup = try StorageFiles.openToRead(file)
                let other = try StorageFiles.openToRead(file)
                defer { try? other.close() }
                _ = try StorageFiles.verify(backup, other, of: file)
                return backup
            }
            defer { try? reader.act { try backup.close() } }
            return try writer.act { try restore(backup, to: path, existing, now, progress) }
        } catch {
            throw StorageError(error, undone: "nothing was restored to “\(path)”")
        }
    }

    private static func restore(
        _ backup: DatabaseQueue, to path: String, _ existing: Existing, _ now: Timestamp,
        _ progress: @escaping (Int, Int) -> Void
    ) throws -> StorageRestore {
        // The storage is the same file, whatever links lead to it.
        let path = FilePath.resolved(path)
        do throws(StorageError) {
            try OwnFiles.checkIsPlace(path)
        } catch {
            throw StorageError.unavailable("there can be no storage at “\(path)”: \(error)")
        }
        try StorageFiles.makeFolder(of: path)
        let lock = try FileLock(path: path + ".lock")
        defer { lock.release() }
        let temporary = path + ".restoring"
        do {
            let isThere = FileManager.default.fileExists(atPath: path)
            if isThere, existing == .refuse { throw StorageError.unavailable("there is already a storage at “\(path)”") }
            StorageFiles.removeIfThere(temporary)
            let copy = try StorageFiles.copy(backup, to: temporary, progress: progress)
            try Schema.migrator.migrate(copy)
            var outcome = StorageRestore()
            if isThere { outcome = try takeOver(path, existing, into: copy, at: now) }
            outcome.withoutKeys = try copy.write { try finish($0, outcome, at: now) }
            try copy.close()
            try replace(path, by: temporary, isThere: isThere, now: now, outcome: &outcome)
            return outcome
        } catch {
            StorageFiles.removeIfThere(temporary)
            throw error
        }
    }

    /// - Throws: an error if the storage cannot be read now, whatever `existing` is, or if it is damaged, unless `existing` is
    ///   `forget`.
    private static func takeOver(
        _ path: String, _ existing: Existing, into copy: DatabaseQueue, at now: Timestamp
    ) throws -> StorageRestore {
        do {
            // Its audit log may have been tampered with: that is no reason to forget the rest of it.
            let current = try StorageFiles.openToRead(path)
            try current.read { try StorageFiles.checkIntegrity($0, of: path) }
            try StorageFiles.checkIsUpToDate(current, path)
            try current.close()
            try makeOneFile(path)
        } catch  where DamagedStorage.isProved(by: error) {
            guard existing == .forget else {
                throw StorageError.unavailable(
                    "the storage at “\(path)” cannot be read, so it is not known which names must never be given out again: "
                        + DatabaseProblem.text(error, path: path))
            }
            return try takeOverWhatCanBeRead(path, into: copy, at: now)
        }
        var outcome = try TakeOver(.sqlite, now: now).run(from: path, into: copy) { throw $0 }
        outcome.isComplete = true
        return outcome
    }

    private static func takeOverWhatCanBeRead(
        _ path: String, into copy: DatabaseQueue, at now: Timestamp
    ) throws -> StorageRestore {
        func pass(_ error: any Error) throws {
            guard DamagedStorage.couldCause(error) else { throw error }
        }
        do {
            // SQLite would delete the files beside one that is no storage at all.
            try StorageFiles.openToRead(path).close()
            do { try makeOneFile(path) } catch { try pass(error) }
            return try TakeOver(.sqlite, now: now).run(from: path, into: copy, failed: pass)
        } catch {
            try pass(error)
            return StorageRestore()
        }
    }

    /// Moves what is in the WAL into the storage itself.
    private static func makeOneFile(_ path: String) throws {
        let database = try DatabaseQueue(path: StorageFiles.plain(path))
        try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try database.close()
    }

    /// Notes in the audit log that this is an older state. Its serials stand for no zone that anybody has seen, so they rise at the
    /// start.
    ///
    /// - Returns: the number of delegates without a key.
    private static func finish(_ database: Database, _ outcome: StorageRestore, at now: Timestamp) throws -> Int {
        try database.execute(sql: "UPDATE zone_serial SET content_sha256 = zeroblob(0)")
        var tables = try SQLiteTables(in: database)
        let detail =
            "\(outcome.deletedSince) names stay deleted, \(outcome.enrolledSince) stay taken, "
            + "\(outcome.keysEndedSince) keys stay ended" + (outcome.isComplete ? "" : "; more is not known")
        try tables.append(
            AuditEvent(
                .restored, at: now, by: Actor(.operator, from: nil).auditText, from: nil, delegate: nil, detail: detail))
        // The feed tells of changes that were not made in this state: a follower has to reload.
        try tables.beginFeed()
        return try Int.fetchOne(
            database,
            sql: """
                SELECT count(*) FROM delegate WHERE deleted_at IS NULL AND prepared_for IS NULL
                    AND NOT EXISTS (SELECT 1 FROM credential WHERE delegate_id = delegate.id)
                """) ?? 0
    }

    /// Puts a file in the place of the storage. The storage first gets a second name, so that its first name is never without a
    /// file. The files beside it move with it: SQLite would take them for the new file's own.
    ///
    /// - Throws: ``StorageError/unavailable(_:)``. Then all is as it was.
    private static func replace(
        _ path: String, by temporary: String, isThere: Bool, now: Timestamp, outcome: inout StorageRestore
    ) throws(StorageError) {
        let first = "\(path).before-restore-\(now.secondsSinceEpoch)"
        let further = (2...99).map { "\(first)-\($0)" }
        let kept = ([first] + further).first { !FileManager.default.fileExists(atPath: $0) } ?? first
        if isThere, unsafe link(path, kept) != 0 { throw .file(kept, "cannot be made") }
        var moved: [String] = []
        do throws(StorageError) {
            for suffix in ["-wal", "-journal"] where FileManager.default.fileExists(atPath: path + suffix) {
                guard unsafe rename(path + suffix, kept + suffix) == 0 else { throw .file(kept + suffix, "cannot be made") }
                moved.append(suffix)
            }
            outcome.durabilityProblem = try put(temporary, at: path)
        } catch {
            for suffix in moved { unsafe rename(kept + suffix, path + suffix) }
            if isThere { unsafe unlink(kept) }
            throw error
        }
        unsafe unlink(path + "-shm")
        if isThere { outcome.replaced = kept }
    }

    /// - Returns: why a power cut may undo it; `nil` if it is durable.
    private static func put(_ temporary: String, at path: String) throws(StorageError) -> String? {
        do {
            try StorageFiles.put(temporary, at: path)
            return nil
        } catch  where error.isInPlace {
            return error.description
        } catch {
            throw .unavailable(error.description)
        }
    }
}
