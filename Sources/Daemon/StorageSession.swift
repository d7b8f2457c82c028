package import Delegates
import Foundation
package import Logging
import SQLiteStorage
import ServiceLifecycle
import SystemErrors

/// A storage that a command uses by itself, while no server does.
package struct StorageSession: Sendable {
    package let storage: any ImportStorage

    /// Opens the storage, and creates it if it is not there; closes it in good order at the end.
    ///
    /// - Parameter isTrial: whether a storage that is not there is created elsewhere, and removed at the end.
    /// - Throws: ``StorageError/unavailable(_:)`` if it cannot be opened, and what `body` throws.
    package static func with<Outcome: Sendable>(
        _ configuration: Configuration, isTrial: Bool, logger: Logger, _ body: (StorageSession) async throws -> Outcome
    ) async throws -> Outcome {
        var path = configuration.storage.sqlitePath
        var folder: String?
        if isTrial, !FileManager.default.fileExists(atPath: path) {
            let temporary = FilePath.temporaryFolder(environment: ProcessInfo.processInfo.environment) + "/nuncio-\(UUID())"
            path = temporary + "/nuncio.db"
            folder = temporary
        }
        // The whole session runs as the owner, because it opens files at any time.
        let owner = try FolderOwner(of: path)
        return try await owner.act { try await with(configuration, isTrial: isTrial, path, folder, logger: logger, body) }
    }

    private static func with<Outcome: Sendable>(
        _ configuration: Configuration, isTrial: Bool, _ path: String, _ folder: String?, logger: Logger,
        _ body: (StorageSession) async throws -> Outcome
    ) async throws -> Outcome {
        // Opening the storage would bring it up to date, and the version that made it could not open it any more.
        if isTrial, folder == nil { try SQLiteDelegateStorage.checkIsUpToDate(path) }
        defer { if let folder { try? FileManager.default.removeItem(atPath: folder) } }
        let storage = try SQLiteDelegateStorage(
            path: path, auditedAddresses: configuration.audit.addresses, reserve: nil, logger: logger)
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [storage], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Result<Outcome, any Error>
            do {
                outcome = .success(try await body(StorageSession(storage: storage)))
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try outcome.get()
        }
    }
}
