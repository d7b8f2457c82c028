import Delegates
import Foundation
import SQLiteStorage
import StorageParts
import TestSupport

/// Runs the storage's service around a body, and shuts it down gracefully.
func withSQLite<Outcome: Sendable>(
    in folder: URL, deadlines: StorageDeadlines = StorageDeadlines(), addresses: AuditedAddresses = .full,
    feedPlaces: UInt64 = FeedEntry.keptPlaces, log: CapturedLog = CapturedLog(),
    _ body: (SQLiteDelegateStorage) async throws -> Outcome
) async throws -> Outcome {
    let storage = try SQLiteDelegateStorage(
        path: folder.appending(path: "nuncio.db").path, deadlines: deadlines, auditedAddresses: addresses,
        feedPlaces: feedPlaces, logger: log.logger)
    return try await withService(storage) { try await body(storage) }
}
