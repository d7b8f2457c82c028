package import Delegates
import Foundation
import GRDB

/// A copy of a storage at one moment, whether or not a server uses the storage.
///
/// Backing up and restoring use the file itself: they must work when the server does not. SQLite lets another process read while one
/// writes.
package struct StorageBackup: Sendable {
    /// In octets.
    package var size: Int
    /// The number of delegates, deleted ones included.
    package var delegateCount: Int
    /// The number of the last change.
    package var changes: UInt64
    /// The last entry of the audit log; number 0 if there is none.
    package var lastAuditEntry: NotedEntry

    /// Writes a backup: it is copied, read through and checked, made durable, and only then given its name.
    ///
    /// - Parameters:
    ///   - path: the path of the storage.
    ///   - file: the path of the backup. An older backup there is replaced at the end, and nothing else is. A link is not followed.
    ///   - progress: called with the amount that is done, and with the whole amount.
    /// - Throws: ``StorageError/unavailable(_:)``. Then nothing new remains, and a file at that path is as it was.
    package static func write(
        of path: String, to file: String, progress: @escaping (Int, Int) -> Void
    ) throws(StorageError) -> StorageBackup {
        let temporary = file + ".partial"
        do {
            // Each folder is used as its owner: see FolderOwner.
            let (reader, writer) = (try FolderOwner(of: path), try FolderOwner(of: file, followsLast: false))
            try writer.act {
                for name in [file, temporary] {
                    try OwnFiles.checkIsFree(name, of: path)
                    try OwnFiles.checkIsBackup(name, orBeginningOfOne: name == temporary)
                }
            }
            let source = try reader.act { try StorageFiles.openToRead(path) }
            defer { try? reader.act { try source.close() } }
            return try writer.act {
                do {
                    return try write(source, to: file, through: temporary, progress)
                } catch {
                    StorageFiles.removeIfThere(temporary)
                    throw error
                }
            }
        } catch {
            throw StorageError(error, undone: "the backup “\(file)” was not made")
        }
    }

    private static func write(
        _ source: DatabaseQueue, to file: String, through temporary: String, _ progress: @escaping (Int, Int) -> Void
    ) throws -> StorageBackup {
        StorageFiles.removeIfThere(temporary)
        let copy = try StorageFiles.copy(source, to: temporary, progress: progress)
        let other = try StorageFiles.openToRead(temporary)
        let lastAuditEntry = try StorageFiles.verify(copy, other, of: temporary)
        try other.close()
        var backup = try copy.read { database in
            StorageBackup(
                size: 0, delegateCount: try Int.fetchOne(database, sql: "SELECT count(*) FROM delegate") ?? 0,
                changes: try database.changeSequence().number, lastAuditEntry: lastAuditEntry)
        }
        try copy.close()
        backup.size = try FileManager.default.attributesOfItem(atPath: temporary)[.size] as? Int ?? 0
        try StorageFiles.put(temporary, at: file)
        return backup
    }
}
