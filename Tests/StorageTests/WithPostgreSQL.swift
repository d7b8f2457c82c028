import Delegates
import Logging
import PostgreSQL
import PostgreSQLStorage
import ServiceLifecycle
import StorageParts
import TestSupport

/// Runs the storage's service over a database around a body, and shuts it down gracefully.
///
/// - Parameter database: the connection string; `nil` for an empty database.
func withPostgreSQL<Outcome: Sendable>(
    _ database: String? = nil, node: NodeSettings? = nil, deadlines: StorageDeadlines = .patient,
    feedPlaces: UInt64 = FeedEntry.keptPlaces, log: CapturedLog = CapturedLog(),
    _ body: (PostgreSQLDelegateStorage) async throws -> Outcome
) async throws -> Outcome {
    var settings = PostgreSQLDelegateStorage.Settings(
        connection: try ConnectionString(try database ?? PostgreSQLServer.shared.makeDatabase()), node: node)
    settings.deadlines = deadlines
    settings.feedPlaces = feedPlaces
    let storage = try await PostgreSQLDelegateStorage.open(settings, logger: log.logger)
    return try await withService(storage) { try await body(storage) }
}

/// Runs a service around a body, and shuts it down gracefully.
func withService<Outcome: Sendable>(_ service: any Service, _ body: () async throws -> Outcome) async throws -> Outcome {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [service], logger: logger))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        do {
            let outcome = try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return outcome
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
    }
}

extension StorageDeadlines {
    /// On a machine with many tests, a transaction can wait for its turn longer than a client would.
    static var patient: StorageDeadlines {
        var deadlines = StorageDeadlines()
        (deadlines.stall, deadlines.commit, deadlines.lock) = (.seconds(120), .seconds(300), .seconds(60))
        return deadlines
    }
}
