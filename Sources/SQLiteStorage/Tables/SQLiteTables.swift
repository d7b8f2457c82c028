import Delegates
import Foundation
import GRDB
import StorageParts

/// The tables inside one transaction.
///
/// The sequence and the end of the audit log are read once, and the sequence is written by ``finish()``.
struct SQLiteTables: ChangeTables {
    let database: Database
    var sequence: ChangeSequence
    var shownSequence: ChangeSequence
    private(set) var auditEnd: AuditPlace

    init(in database: Database) throws {
        self.database = database
        sequence = try database.changeSequence()
        shownSequence = try database.shownSequence()
        let last = try database.cachedStatement(
            sql: """
                SELECT number, time, digest FROM audit_entry UNION ALL SELECT number, 0, digest FROM audit_beginning
                ORDER BY number DESC LIMIT 1
                """)
        guard let row = try Row.fetchOne(last) else {
            throw StorageError.damaged("the audit log has no beginning")
        }
        auditEnd = AuditPlace(row: row)
    }

    /// Writes what is written only once in a transaction.
    func finish() throws {
        try database.keepSequence(sequence, shown: shownSequence)
    }

    func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func isFound(_ sql: String, _ arguments: StatementArguments) throws -> Bool {
        try database.firstRow(sql, arguments) { _ in true } ?? false
    }

    func count(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        try Int.fetchOne(try database.cachedStatement(sql: sql), arguments: arguments) ?? 0
    }
}

extension Database {
    /// Reads the first row of a query in place: a copy of it would cost more than the query.
    func firstRow<Value>(
        _ sql: String, _ arguments: StatementArguments, _ read: (Row) throws -> Value
    ) throws -> Value? {
        let rows = try Row.fetchCursor(try cachedStatement(sql: sql), arguments: arguments)
        // A row is gone with its cursor.
        return try withExtendedLifetime(rows) { try rows.next().map(read) }
    }
}

/// The audit log.
extension SQLiteTables {
    mutating func insert(_ entry: AuditEntry) throws {
        let event = entry.event
        try execute(
            """
            INSERT INTO audit_entry (number, time, kind, actor, address, delegate, detail, digest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                Int64(clamping: entry.number), event.time.secondsSinceEpoch, event.kind.rawValue, event.actor, event.address,
                event.delegate?.storedText, event.detail, Data(entry.digest.octets),
            ])
        auditEnd = AuditPlace(number: entry.number, time: event.time, digest: entry.digest)
    }

    func oldestAuditEntries(_ maximum: Int) throws -> [AuditPlace] {
        try Row.fetchAll(
            database, sql: "SELECT number, time, digest FROM audit_entry ORDER BY number LIMIT ?", arguments: [maximum]
        ).map { AuditPlace(row: $0) }
    }

    mutating func deleteAuditEntries(through last: AuditPlace) throws {
        let number = Int64(clamping: last.number)
        try execute("UPDATE audit_beginning SET number = ?, digest = ?", [number, Data(last.digest.octets)])
        try execute("DELETE FROM audit_entry WHERE number <= ?", [number])
    }
}

extension AuditPlace {
    fileprivate init(row: Row) {
        self.init(
            number: UInt64(clamping: row[0] as Int64), time: Timestamp(secondsSinceEpoch: row[1]),
            digest: AuditDigest(octets: Array(row[2] as Data)))
    }
}
