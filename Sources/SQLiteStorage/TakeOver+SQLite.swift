import Delegates
import GRDB
import StorageParts

extension TakeOver {
    /// Writes what must not be forgotten of the replaced storage into a copy of the backup.
    ///
    /// - Parameters:
    ///   - path: the path of the replaced storage.
    ///   - failed: called with the error of a part that failed. If it throws, everything ends; otherwise the other parts still run.
    func run(
        from path: String, into copy: DatabaseQueue, failed: (any Error) throws -> Void
    ) throws -> StorageRestore {
        // SQLite requires both outside a transaction.
        try copy.writeWithoutTransaction { database in
            try database.execute(sql: "ATTACH DATABASE ? AS current", arguments: [StorageFiles.plain(path)])
            defer { try? database.execute(sql: "DETACH DATABASE current") }
            var outcome = StorageRestore()
            for part in parts {
                var next = outcome
                do {
                    try database.inTransaction {
                        for step in part {
                            try database.execute(sql: step.sql)
                            next.count(database.changesCount, as: step.count)
                        }
                        return .commit
                    }
                    outcome = next
                } catch {
                    try failed(error)
                }
            }
            return outcome
        }
    }
}

extension StorageRestore {
    fileprivate mutating func count(_ rows: Int, as count: TakeOver.Count?) {
        switch count {
        case .deletedSince: deletedSince += rows
        case .enrolledSince: enrolledSince += rows
        case .keysEndedSince: keysEndedSince += rows
        case .membershipsEndedSince: membershipsEndedSince += rows
        case .disabledSince: disabledSince += rows
        case .tokensRevokedSince: tokensRevokedSince += rows
        case nil: break
        }
    }
}
