package import Delegates
import Foundation
package import Logging
import PostgreSQL
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
        switch configuration.storage.database {
        case .sqlite(let path):
            guard FileManager.default.fileExists(atPath: path) || !isTrial else {
                return try await withTrial(configuration, logger: logger, body)
            }
            return try await withSQLite(path, configuration, isTrial: isTrial, logger: logger, body)
        case .postgresql(let connection):
            if isTrial, try await !hasTables(connection) {
                return try await withTrial(configuration, logger: logger, body)
            }
            return try await withPostgreSQL(connection, configuration, logger: logger, body)
        }
    }

    /// Makes a storage among the temporary files.
    private static func withTrial<Outcome: Sendable>(
        _ configuration: Configuration, logger: Logger, _ body: (StorageSession) async throws -> Outcome
    ) async throws -> Outcome {
        let folder = FilePath.temporaryFolder(environment: ProcessInfo.processInfo.environment) + "/nuncio-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await withSQLite(folder + "/nuncio.db", configuration, isTrial: false, logger: logger, body)
    }

    private static func withSQLite<Outcome: Sendable>(
        _ path: String, _ configuration: Configuration, isTrial: Bool, logger: Logger,
        _ body: (StorageSession) async throws -> Outcome
    ) async throws -> Outcome {
        // The whole session runs as the owner, because it opens files at any time.
        let owner = try FolderOwner(of: path)
        return try await owner.act {
            // Opening the storage would bring it up to date, and the version that made it could not open it any more.
            if isTrial { try SQLiteDelegateStorage.checkIsUpToDate(path) }
            let storage = try SQLiteDelegateStorage(
                path: path, auditedAddresses: configuration.audit.addresses, reserve: nil, logger: logger)
            return try await run(storage, logger: logger, body)
        }
    }

    /// Other nodes may run meanwhile: they load again what comes by an import.
    private static func withPostgreSQL<Outcome: Sendable>(
        _ connection: ConnectionString, _ configuration: Configuration, logger: Logger,
        _ body: (StorageSession) async throws -> Outcome
    ) async throws -> Outcome {
        var settings = PostgreSQLDelegateStorage.Settings(connection: connection)
        settings.auditedAddresses = configuration.audit.addresses
        return try await run(try await PostgreSQLDelegateStorage.open(settings, logger: logger), logger: logger, body)
    }

    /// Whether a database has the tables of a storage (`Schema` in PostgreSQLStorage). Opening the storage would make them.
    private static func hasTables(_ string: ConnectionString) async throws(StorageError) -> Bool {
        do {
            let connection = try await PostgreSQLConnection.open(string, name: "nuncio", preparesStatements: false)
            defer { connection.close() }
            let look = Statement("SELECT to_regclass('schema_state') IS NOT NULL")
            let results = try await connection.run([look], until: .now.advanced(by: .seconds(60)))
            return try results.first?.first?.boolean(0) ?? false
        } catch {
            throw .unavailable("the PostgreSQL database (\(string)) cannot be used: \(error)")
        }
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
