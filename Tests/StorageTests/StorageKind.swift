import Delegates
import Logging
import PostgreSQL
import PostgreSQLStorage
import ServiceLifecycle
import TestSupport
import Testing

/// The storages that must keep the contract.
enum StorageKind: CaseIterable, CustomTestStringConvertible {
    case memory
    case sqlite
    case postgresql

    var testDescription: String { "\(self)" }

    func withStorage(
        feedPlaces: UInt64 = FeedEntry.keptPlaces, _ body: (any ImportStorage) async throws -> Void
    ) async throws {
        switch self {
        case .memory: try await body(MemoryStorage(feedPlaces: feedPlaces))
        case .sqlite:
            try await withTemporaryFolder { try await withSQLite(in: $0, feedPlaces: feedPlaces) { try await body($0) } }
        case .postgresql: try await withPostgreSQL(feedPlaces: feedPlaces) { try await body($0) }
        }
    }
}
