package import Delegates
import Foundation
package import Logging
import PostgreSQLStorage
import SQLiteStorage
import ServiceLifecycle
import StorageParts
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
        guard var path = configuration.storage.sqlitePath else {
            return try await withPostgreSQL(configuration, logger: logger, body)
        }
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
        return try await run(storage, logger: logger, body)
    }

    /// Other nodes may run meanwhile: they load again what comes by an import.
    private static func withPostgreSQL<Outcome: Sendable>(
        _ configuration: Configuration, logger: Logger, _ body: (StorageSession) async throws -> Outcome
    ) async throws -> Outcome {
        guard case .postgresql(let connection) = configuration.storage.database else {
            throw StorageError.unavailable("there is no storage")
        }
        var settings = PostgreSQLDelegateStorage.Settings(connection: connection)
        settings.auditedAddresses = configuration.audit.addresses
        return try await run(try await PostgreSQLDelegateStorage.open(settings, logger: logger), logger: logger, body)
    }

    private static func run<Outcome: Sendable>(
        _ storage: any ServerStorage, logger: Logger, _ body: (StorageSession) async throws -> Outcome
    ) async throws -> Outcome {
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
