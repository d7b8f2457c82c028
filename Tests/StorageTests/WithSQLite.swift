import Delegates
import Foundation
import Logging
import SQLiteStorage
import ServiceLifecycle
import StorageParts
import TestSupport

/// Runs the storage's service around a body, and shuts it down gracefully.
func withSQLite<Outcome: Sendable>(
    in folder: URL, deadlines: StorageDeadlines = StorageDeadlines(), addresses: AuditedAddresses = .full,
    feedPlaces: UInt64 = FeedEntry.keptPlaces, log: CapturedLog = CapturedLog(),
    _ body: (SQLiteDelegateStorage) async throws -> Outcome
) async throws -> Outcome {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let storage = try SQLiteDelegateStorage(
        path: folder.appending(path: "nuncio.db").path, deadlines: deadlines, auditedAddresses: addresses,
        feedPlaces: feedPlaces, logger: log.logger)
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [storage], logger: logger))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        do {
            let outcome = try await body(storage)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return outcome
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
    }
}
