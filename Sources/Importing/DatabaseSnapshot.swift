package import PostgreSQL

/// The PostgreSQL database of another server as it is at one moment, for reading: what is written to it meanwhile is not seen. It has one
/// connection, and reads through one cursor.
package final class DatabaseSnapshot: Sendable {
    package let name: SourceName
    private let connection: PostgreSQLConnection

    /// How long a statement may take. The server works all the time, or the connection is found to be dead sooner.
    private static let patience = Duration.seconds(1800)

    /// - Throws: ``SnapshotError``.
    package static func open(_ string: ConnectionString) async throws(SnapshotError) -> DatabaseSnapshot {
        let name = SourceName.server(string.description)
        do throws(PostgreSQLError) {
            // A pooler may give each transaction another of its connections.
            let connection = try await PostgreSQLConnection.open(string, name: "nuncio import", preparesStatements: false)
            let snapshot = DatabaseSnapshot(name: name, connection: connection)
            _ = try await connection.run(beginning, until: .now.advanced(by: patience))
            return snapshot
        } catch {
            throw SnapshotError(.unreachable, name, error)
        }
    }

    private init(name: SourceName, connection: PostgreSQLConnection) {
        self.name = name
        self.connection = connection
    }

    deinit { connection.close() }

    /// The transaction may take as long as the import. Where row security would hide rows, it fails instead.
    private static let beginning = [
        Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        Statement(
            """
            SELECT set_config(name, value, true) FROM (VALUES
                ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'), ('row_security', 'off'),
                ('client_encoding', 'UTF8'), ('synchronize_seqscans', 'off')) AS setting(name, value)
            """),
    ]

    /// The names of a table's columns; empty if there is no such table.
    package func columns(of table: String) async throws(SnapshotError) -> Set<String> {
        let rows = try await rows(
            Statement(
                """
                SELECT attname::text FROM pg_attribute
                WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
                """, [.text(table)]))
        return try reading { Set(try rows.map { try $0.text(0) }) }
    }

    package func rows(_ statement: Statement) async throws(SnapshotError) -> ResultRows {
        let results = try await run([statement])
        return try reading {
            guard let rows = results.first else { throw PostgreSQLError("a statement has no result") }
            return rows
        }
    }

    /// Opens the cursor.
    package func open(_ select: String) async throws(SnapshotError) {
        _ = try await run([Statement("DECLARE account NO SCROLL CURSOR FOR \(select)")])
    }

    /// The next rows of the cursor.
    package func next(_ maximum: Int) async throws(SnapshotError) -> ResultRows {
        try await rows(Statement("FETCH FORWARD \(max(maximum, 0)) FROM account"))
    }

    /// Reads results, whose columns the statements have chosen.
    package func reading<Value>(_ body: () throws -> Value) throws(SnapshotError) -> Value {
        do {
            return try body()
        } catch {
            throw SnapshotError(.unreadable, name, error)
        }
    }

    private func run(_ statements: [Statement]) async throws(SnapshotError) -> [ResultRows] {
        do throws(PostgreSQLError) {
            return try await connection.run(statements, until: .now.advanced(by: Self.patience))
        } catch {
            // “40001”: a standby had to apply a change that the snapshot is from before.
            throw SnapshotError(error.isDisconnected || error.state == "40001" ? .interrupted : .unreadable, name, error)
        }
    }
}

/// Why a ``DatabaseSnapshot`` cannot be read. The description is for the operator that named the database, and contains no password.
package struct SnapshotError: AccountSourceError, Hashable {
    package enum Kind: Hashable, Sendable {
        case unreachable
        case unreadable
        /// The snapshot is lost, and another one can be taken.
        case interrupted
    }

    package let kind: Kind
    package let name: SourceName
    package let reason: String

    fileprivate init(_ kind: Kind, _ name: SourceName, _ error: any Error) {
        self.kind = kind
        self.name = name
        reason = "\(error)"
    }

    package var description: String {
        switch kind {
        case .unreachable: "the \(name) cannot be reached: \(reason)"
        case .unreadable: "the \(name) cannot be read: \(reason)"
        case .interrupted:
            "the \(name) broke the import off: \(reason). What was imported so far stays: start again"
        }
    }
}
