package import Delegates
import Foundation
import GRDB
package import Logging
package import StorageParts

/// An SQLite storage that is copied, or to which another one is copied.
package struct SQLiteCopy: CopyTarget {
    package let description: String
    private let storage: SQLiteDelegateStorage

    /// Opens a file that is there and up to date, to read it. No server may have it.
    ///
    /// - Throws: ``StorageError/unavailable(_:)``.
    package init(reading path: String, logger: Logger) throws(StorageError) {
        try SQLiteDelegateStorage.checkIsUpToDate(path)
        description = "“\(path)”"
        storage = try SQLiteDelegateStorage(path: path, reserve: nil, logger: logger)
    }

    /// Opens a file to write to it, or makes it.
    ///
    /// - Throws: ``StorageError/unavailable(_:)``.
    package init(writing path: String, logger: Logger) throws(StorageError) {
        description = "“\(path)”"
        storage = try SQLiteDelegateStorage(path: path, reserve: nil, takesCopy: true, logger: logger)
    }

    /// Writes all to the file itself, and closes it.
    package func close() throws { try storage.closeNow() }

    // MARK: Reading

    package func count(of table: StoredTable) async throws -> Int {
        try await storage.readWithoutDeadline { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table.name)") ?? 0 }
    }

    package func rows(
        of table: StoredTable, after key: [StoredValue]?, maximum: Int
    ) async throws -> [[StoredValue]] {
        let columns = table.key.joined(separator: ", ")
        let places = table.key.map { _ in "?" }.joined(separator: ", ")
        let condition = key == nil || table.key.isEmpty ? "" : "WHERE (\(columns)) > (\(places))"
        let order = table.key.isEmpty ? "" : "ORDER BY \(columns)"
        let sql = "SELECT \(table.columnList) FROM \(table.name) \(condition) \(order) LIMIT \(maximum)"
        let arguments = table.key.isEmpty ? [] : (key ?? []).map(\.databaseValue)
        return try await storage.readWithoutDeadline { database in
            var rows: [[StoredValue]] = []
            let cursor = try Row.fetchCursor(database, sql: sql, arguments: StatementArguments(arguments))
            while let row = try cursor.next() {
                rows.append(row.databaseValues.map { StoredValue($0) })
            }
            return rows
        }
    }

    /// Nothing else can change it: this process has its lock.
    package func checkIsUnchanged() async throws {}

    // MARK: Writing

    package func progress() async throws -> CopyProgress? {
        try await storage.readWithoutDeadline { database in
            guard try database.tableExists(Self.table) else {
                guard try database.changeSequence().number == 0,
                    try Int.fetchOne(database, sql: "SELECT count(*) FROM audit_entry") == 0
                else { throw StorageError.unavailable("there is a storage at \(description) already: give another path") }
                return nil
            }
            let text = try String.fetchOne(database, sql: "SELECT progress FROM \(Self.table)") ?? ""
            return try JSONDecoder().decode(CopyProgress.self, from: Data(text.utf8))
        }
    }

    package func begin(_ progress: CopyProgress) async throws {
        let text = try Self.text(progress)
        try await storage.database.write { database in
            try database.execute(sql: "CREATE TABLE \(Self.table) (progress TEXT NOT NULL) STRICT")
            try database.execute(sql: "INSERT INTO \(Self.table) VALUES (?)", arguments: [text])
        }
    }

    package func insert(_ rows: [[StoredValue]], into table: StoredTable, _ progress: CopyProgress) async throws {
        let text = try Self.text(progress)
        let places = table.columns.map { _ in "?" }.joined(separator: ", ")
        let assignments = table.columns.map { "\($0.name) = ?" }.joined(separator: ", ")
        let sql =
            table.key.isEmpty
            ? "UPDATE \(table.name) SET \(assignments)" : "INSERT INTO \(table.name) (\(table.columnList)) VALUES (\(places))"
        try await storage.database.write { database in
            let insert = try database.cachedStatement(sql: sql)
            for row in rows { try insert.execute(arguments: StatementArguments(row.map(\.databaseValue))) }
            try database.execute(sql: "UPDATE \(Self.table) SET progress = ?", arguments: [text])
        }
    }

    package func finish() async throws {
        try await storage.database.write { try $0.execute(sql: "DROP TABLE \(Self.table)") }
    }

    /// The table that says how far the copy has come. No server uses a storage that has it.
    static let table = "storage_copy"

    private static func text(_ progress: CopyProgress) throws -> String {
        String(decoding: try JSONEncoder().encode(progress), as: UTF8.self)
    }
}

extension StoredValue {
    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .integer(Int64(number))
        case .string(let text): self = .text(text)
        case .blob(let data): self = .octets(Array(data))
        }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .octets(let octets): Data(octets).databaseValue
        }
    }
}
