package import Delegates
import Foundation
import GRDB

/// A copy of a storage at one moment: while a server uses it, or while none does.
package struct StorageBackup: Sendable {
    /// In octets.
    package var size: Int
    /// Those that were deleted counted, too.
    package var delegateCount: Int
    /// The number of the last change.
    package var changes: UInt64
    /// The last entry of the audit log; number 0 if there is none.
    package var lastAuditEntry: NotedEntry

    /// Writes one: copied, read through and checked, made durable, and only then given its name.
    ///
    /// - Parameters:
    ///   - path: of the storage.
    ///   - file: to be made; one of that name is replaced in the end.
    ///   - progress: is told how much is done, of how much.
    /// - Throws: ``StorageError/unavailable(_:)``; then nothing is left behind, and a file of that name is as it was.
    package static func write(
        of path: String, to file: String, progress: @escaping (Int, Int) -> Void
    ) throws(StorageError) -> StorageBackup {
        let temporary = file + ".partial"
        do {
            guard URL(fileURLWithPath: path).resolvingSymlinksInPath() != URL(fileURLWithPath: file).resolvingSymlinksInPath()
            else {
                throw StorageError.unavailable("“\(file)” is the storage itself")
            }
            let source = try StorageFiles.openToRead(path)
            StorageFiles.removeIfThere(temporary)
            let copy = try StorageFiles.copy(source, to: temporary, owner: .maker, progress: progress)
            var backup = try copy.read { database in
                StorageBackup(
                    size: 0, delegateCount: try Int.fetchOne(database, sql: "SELECT count(*) FROM delegate") ?? 0,
                    changes: try database.changeSequence().number,
                    lastAuditEntry: try StorageFiles.verify(database, of: temporary))
            }
            try copy.close()
            backup.size = try FileManager.default.attributesOfItem(atPath: temporary)[.size] as? Int ?? 0
            try StorageFiles.put(temporary, at: file)
            return backup
        } catch {
            StorageFiles.removeIfThere(temporary)
            throw StorageError(error, undone: "no backup was made")
        }
    }
}
