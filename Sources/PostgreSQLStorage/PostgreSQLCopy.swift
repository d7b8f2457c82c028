package import Delegates
import Foundation
package import PostgreSQL
package import StorageParts

/// A PostgreSQL storage that is copied, or to which another one is copied.
package struct PostgreSQLCopy: CopyTarget {
    package let description: String
    private let connection: PostgreSQLConnection
    private let sequence: Int64

    /// A page takes this long at most.
    private static let patience = Duration.seconds(120)

    /// Connects to a storage to read it. No node may run.
    ///
    /// - Throws: ``StorageError/unavailable(_:)``.
    package static func reading(_ string: ConnectionString) async throws(StorageError) -> PostgreSQLCopy {
        try await open(string, makesTables: false)
    }

    /// Connects to a database to write to it, and makes its tables.
    ///
    /// - Throws: ``StorageError/unavailable(_:)``.
    package static func writing(_ string: ConnectionString) async throws(StorageError) -> PostgreSQLCopy {
        try await open(string, makesTables: true)
    }

    private static func open(
        _ string: ConnectionString, makesTables: Bool
    ) async throws(StorageError) -> PostgreSQLCopy {
        do {
            let connection = try await PostgreSQLConnection.open(
                string, name: "nuncio", preparesStatements: false, refusesPgpool: true)
            let deadline = ContinuousClock.now.advanced(by: patience)
            if makesTables {
                try await Schema.current.migrate(connection, until: deadline)
            } else {
                let isThere = try await connection.run(
                    [Statement("SELECT to_regclass('schema_state') IS NOT NULL")], until: deadline)
                guard try isThere[0].first?.boolean(0) == true else {
                    throw StorageError.unavailable("there is no storage of nuncio in it")
                }
                try await Schema.state(connection, until: deadline).check(program: .current)
            }
            try await checkHasNoNodes(connection)
            let rows = try await connection.run([Statement("SELECT number FROM change_sequence")], until: deadline)
            return PostgreSQLCopy(
                description: "the PostgreSQL database (\(string))", connection: connection,
                sequence: try rows[0].first?.integer(0) ?? 0)
        } catch {
            throw .unavailable("the PostgreSQL database (\(string)) cannot be used: \(StorageError.database(error))")
        }
    }

    /// - Throws: ``StorageError/unavailable(_:)`` if a node renews its lease.
    private static func checkHasNoNodes(_ connection: PostgreSQLConnection) async throws {
        func beats() async throws -> [String: Int64] {
            let rows = try await connection.run(
                [Statement("SELECT name, beat FROM node")], until: .now.advanced(by: patience))[0]
            return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.text(0), try $0.integer(1)) })
        }
        let before = try await beats()
        guard !before.isEmpty else { return }
        try await Task.sleep(for: .seconds(3))
        let running = try await beats().filter { before[$0.key] != $0.value }.keys.sorted()
        guard running.isEmpty else {
            throw StorageError.unavailable("nodes run on it: stop \(running.joined(separator: ", "))")
        }
    }

    package func close() { connection.close() }

    /// What nodes share besides the tables that each storage has.
    package func sharedSecrets() async throws -> [SharedSecret] {
        try await run([Statement(SharedSecret.select + "ORDER BY name")])[0].map { try SharedSecret(row: $0) }
    }

    private func run(_ statements: [Statement]) async throws -> [ResultRows] {
        do {
            return try await connection.run(statements, until: .now.advanced(by: Self.patience))
        } catch {
            throw StorageError.database(error)
        }
    }

    // MARK: Reading

    package func count(of table: StoredTable) async throws -> Int {
        Int(try await run([Statement("SELECT count(*) FROM \(table.name)")])[0].first?.integer(0) ?? 0)
    }

    package func rows(
        of table: StoredTable, after key: [StoredValue]?, maximum: Int
    ) async throws -> [[StoredValue]] {
        let columns = table.key.joined(separator: ", ")
        let places = table.key.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let condition = key == nil || table.key.isEmpty ? "" : "WHERE (\(columns)) > (\(places))"
        let order = table.key.isEmpty ? "" : "ORDER BY \(columns)"
        let parameters = table.key.isEmpty ? [] : (key ?? []).map(\.parameter)
        let rows = try await run([
            Statement(
                "SELECT \(table.columnList) FROM \(table.name) \(condition) \(order) LIMIT \(maximum)", parameters)
        ])[0]
        return try rows.map { row in
            try table.columns.enumerated().map { place, column in try row.stored(place, column.kind) }
        }
    }

    package func checkIsUnchanged() async throws {
        let now = try await run([Statement("SELECT number FROM change_sequence")])[0].first?.integer(0)
        guard now == sequence else {
            throw StorageError.unavailable("\(description) was changed meanwhile: stop all nodes, and begin again")
        }
    }

    // MARK: Writing

    package func progress() async throws -> CopyProgress? {
        let results = try await run([
            Statement("SELECT to_regclass('\(Self.table)') IS NOT NULL"),
            Statement("SELECT count(*) FROM audit_entry"),
        ])
        guard try results[0].first?.boolean(0) == true else {
            guard sequence == 0, try results[1].first?.integer(0) == 0 else {
                throw StorageError.unavailable("there is a storage in \(description) already: give an empty database")
            }
            return nil
        }
        let text = try await run([Statement("SELECT progress FROM \(Self.table)")])[0].first?.text(0) ?? ""
        return try JSONDecoder().decode(CopyProgress.self, from: Data(text.utf8))
    }

    package func begin(_ progress: CopyProgress) async throws {
        _ = try await run([
            Statement("CREATE TABLE \(Self.table) (progress text NOT NULL)"),
            Statement("INSERT INTO \(Self.table) VALUES ($1)", [.text(try Self.text(progress))]),
        ])
    }

    package func insert(_ rows: [[StoredValue]], into table: StoredTable, _ progress: CopyProgress) async throws {
        let write: Statement
        if table.key.isEmpty {
            let assignments = table.columns.enumerated().map { "\($0.element.name) = $\($0.offset + 1)" }
            write = Statement(
                "UPDATE \(table.name) SET \(assignments.joined(separator: ", "))", rows.first?.map(\.parameter) ?? [])
        } else {
            write = table.insertion(of: rows, into: table.name)
        }
        // Two copies into one database would otherwise take turns.
        let note = Statement(
            "UPDATE \(Self.table) SET progress = $1 WHERE progress <> $1", [.text(try Self.text(progress))])
        _ = try await run([Statement("SELECT progress FROM \(Self.table) FOR UPDATE"), write, note])
    }

    package func finish() async throws {
        _ = try await run([
            Statement("UPDATE change_sequence SET last_delegate_id = (SELECT coalesce(max(id), 0) FROM delegate)"),
            Statement("DROP TABLE \(Self.table)"),
        ])
        // Without statistics, the first plans would be bad ones.
        _ = try await run([Statement("ANALYZE")])
    }

    /// The table that says how far the copy has come. No node uses a storage that has it.
    static let table = "storage_copy"

    private static func text(_ progress: CopyProgress) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(progress), as: UTF8.self)
    }
}

extension ResultRow {
    fileprivate func stored(_ column: Int, _ kind: StoredTable.Kind) throws -> StoredValue {
        switch kind {
        case .integer: try integerIfAny(column).map { .integer($0) } ?? .null
        case .text: try textIfAny(column).map { .text($0) } ?? .null
        case .octets: try octetsIfAny(column).map { .octets($0) } ?? .null
        case .boolean: .integer(try boolean(column) ? 1 : 0)
        }
    }
}

extension StoredValue {
    fileprivate var parameter: Statement.Parameter {
        switch self {
        case .null: .text(nil)
        case .integer(let number): .integer(number)
        case .text(let text): .text(text)
        case .octets(let octets): .octets(octets)
        }
    }
}

extension StoredTable {
    /// A statement that inserts rows into a table of the same columns.
    func insertion(of rows: [[StoredValue]], into name: String) -> Statement {
        let arrays = columns.enumerated().map { "$\($0.offset + 1)::\($0.element.kind.arrayType)" }
        return Statement(
            "INSERT INTO \(name) (\(columnList)) SELECT * FROM unnest(\(arrays.joined(separator: ", ")))",
            columns.enumerated().map { place, column in column.kind.array(of: rows.map { $0[place] }) })
    }
}

extension StoredTable.Kind {
    fileprivate var arrayType: String {
        switch self {
        case .integer: "bigint[]"
        case .text: "text[]"
        case .octets: "bytea[]"
        case .boolean: "boolean[]"
        }
    }

    fileprivate func array(of values: [StoredValue]) -> Statement.Parameter {
        switch self {
        case .integer: .integers(values.map { if case .integer(let number) = $0 { number } else { nil } })
        case .text: .texts(values.map { if case .text(let text) = $0 { text } else { nil } })
        case .octets: .octetStrings(values.map { if case .octets(let octets) = $0 { octets } else { nil } })
        case .boolean: .booleans(values.map { $0 == .integer(1) })
        }
    }
}
