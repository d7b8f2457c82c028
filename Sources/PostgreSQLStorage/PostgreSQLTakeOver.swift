package import Delegates
import Foundation
package import PostgreSQL
package import StorageParts

/// Lets a restored database know what was revoked since the backup, from the database that it replaces.
///
/// PostgreSQL's own programs have restored it. Until this is done, ended keys in it are valid, and names that were deleted since can be given out
/// again.
package struct PostgreSQLTakeOver: Sendable {
    private let restored: ConnectionString
    private let replaced: any CopySource
    private let now: Timestamp

    /// What was taken over.
    package typealias Outcome = [TakeOver.Count: Int]

    private static let pageSize = 10_000
    /// A statement over a million delegates takes minutes on a slow machine.
    private static let patience = Duration.seconds(3_600)

    /// - Parameters:
    ///   - replaced: the storage as it was before the restore.
    ///   - restored: the database that was restored.
    package init(from replaced: any CopySource, into restored: ConnectionString, now: Timestamp) {
        self.replaced = replaced
        self.restored = restored
        self.now = now
    }

    /// - Parameter show: called with the number of rows of the replaced storage that were read, and with the number of all.
    /// - Throws: ``StorageError/unavailable(_:)``. Then the restored database is as it was.
    package func run(show: (Int, Int) -> Void) async throws -> Outcome {
        let target = try await PostgreSQLCopy.writing(restored)
        target.close()
        let connection = try await PostgreSQLConnection.open(
            restored, name: "nuncio", preparesStatements: false, refusesPgpool: true)
        defer { connection.close() }
        do {
            return try await run(on: connection, show: show)
        } catch {
            throw StorageError.database(error)
        }
    }

    private func run(on connection: PostgreSQLConnection, show: (Int, Int) -> Void) async throws -> Outcome {
        @discardableResult
        func run(_ statements: [Statement]) async throws -> [ResultRows] {
            try await connection.run(statements, until: .now.advanced(by: Self.patience))
        }
        try await run([Statement("BEGIN"), Statement("SELECT number FROM change_sequence FOR UPDATE")])
        let tables = StoredTable.all.filter { TakeOver.tables.contains($0.name) }
        var total = 0
        for table in tables { total += try await replaced.count(of: table) }
        var done = 0
        for table in tables {
            // It is gone with the connection.
            try await run([
                Statement(
                    "CREATE TEMPORARY TABLE former_\(table.name) AS SELECT \(table.columnList) FROM \(table.name) WHERE false")
            ])
            var key: [StoredValue]?
            repeat {
                let rows = try await replaced.rows(of: table, after: key, maximum: Self.pageSize)
                if !rows.isEmpty { try await run([table.insertion(of: rows, into: "former_\(table.name)")]) }
                done += rows.count
                show(done, total)
                key =
                    rows.count < Self.pageSize || table.key.isEmpty
                    ? nil : rows.last.map { row in table.keyPlaces.map { row[$0] } }
            } while key != nil
            try await run([Statement("ANALYZE former_\(table.name)")])
        }
        var outcome: Outcome = [:]
        for step in TakeOver(.postgresql, now: now).parts.joined() {
            let changed = try await run([Statement(step.sql)])[0].changedCount
            if let count = step.count { outcome[count, default: 0] += changed }
        }
        if let secrets = try await (replaced as? PostgreSQLCopy)?.sharedSecrets() {
            // Nodes sign with the keys of now: those of the backup can be several changes of keys away.
            try await run(secrets.map(\.takeOver))
        }
        try await end(outcome, run)
        return outcome
    }

    /// Notes in the audit log that this is an older state, and begins another feed: nodes load everything again. Its serials stand for no
    /// zone that anybody has seen, so they rise at the start.
    private func end(_ outcome: Outcome, _ run: ([Statement]) async throws -> [ResultRows]) async throws {
        let last = try await run([
            Statement(
                """
                (SELECT number, time, digest FROM audit_entry ORDER BY number DESC LIMIT 1)
                UNION ALL SELECT number, 0, digest FROM audit_beginning
                ORDER BY number DESC LIMIT 1
                """)
        ])[0].first
        guard let last else { throw StorageError.damaged("the audit log has no beginning") }
        var tables = PostgreSQLTables(
            sequence: ChangeSequence(0), shown: ChangeSequence(0), lastDelegateID: 0, auditEnd: try AuditPlace(row: last))
        let detail =
            "\(outcome[.deletedSince] ?? 0) names stay deleted, \(outcome[.enrolledSince] ?? 0) stay taken, "
            + "\(outcome[.keysEndedSince] ?? 0) keys stay ended"
        try tables.append(
            AuditEvent(
                .restored, at: now, by: Actor(.operator, from: nil).auditText, from: nil, delegate: nil, detail: detail))
        _ = try await run(
            tables.auditWrites + [
                Statement("UPDATE zone_serial SET content_sha256 = ''"), Statement("DELETE FROM change_feed"),
                Statement("UPDATE feed SET name = $1", [.text(UniqueID.random().description)]), Statement("COMMIT"),
            ])
    }
}

extension SharedSecret {
    /// Puts the content in the place of the restored one.
    fileprivate var takeOver: Statement {
        Statement(
            """
            INSERT INTO shared_secret (name, content, sequence) SELECT $1, $2, number FROM change_sequence
            ON CONFLICT (name) DO UPDATE SET content = excluded.content, sequence = excluded.sequence
            """, [.text(name), .text(content)])
    }
}
