import DNS
package import Delegates
import Foundation
import GRDB
import StorageParts

/// Reads and checks the audit log.
enum AuditLog {
    /// The number of entries that are kept even if the disk is full.
    static let minimumCount = 1000
    /// The number of places of the feed that are kept even if the disk is full.
    fileprivate static let minimumFeed: UInt64 = 1000
    /// The number of free pages in the file that is enough for changes on a full disk.
    fileprivate static let enoughFreePages = 500
}

extension SQLiteTables {
    /// Deletes the oldest entries of the audit log and the feed on a full disk: later changes use their pages, and the file need
    /// not grow.
    ///
    /// - Parameter count: the number of changes that were made.
    mutating func makeRoom(for count: Int, at time: Timestamp) throws {
        guard try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0 < AuditLog.enoughFreePages,
            let beginning = try Int64.fetchOne(database, sql: "SELECT number FROM audit_beginning")
        else { return }
        // An update writes an entry, a value and the use of its key. Shortening the log writes an entry.
        let maximum = 4 * count
        let present = Int(clamping: Int64(clamping: auditEnd.number) - beginning)
        try forgetAudit(
            before: Timestamp(secondsSinceEpoch: .min), keeping: max(AuditLog.minimumCount, present - maximum),
            maximum: maximum,
            at: time)
        try shortenFeed(keeping: AuditLog.minimumFeed, maximum: maximum)
    }
}

extension AuditEntry {
    static let select = "SELECT number, time, kind, actor, address, delegate, detail, digest FROM audit_entry "

    init(row: Row) throws {
        let kind: String = row[2]
        guard let kind = AuditEvent.Kind(rawValue: kind) else {
            throw StorageError.unavailable(
                "“\(kind)” is not an event of the audit log: the file is damaged, or from a newer version")
        }
        let delegate: String? = row[5]
        self.init(
            number: UInt64(clamping: row[0] as Int64),
            event: AuditEvent(
                kind, at: Timestamp(secondsSinceEpoch: row[1]), by: row[3], from: row[4],
                delegate: try delegate.map { try DomainName($0) }, detail: row[6]),
            digest: AuditDigest(octets: Array(row[7] as Data)))
    }
}

extension SQLiteDelegateStorage {
    /// Reads and checks the whole audit log.
    ///
    /// - Parameter noted: an entry that must be in it.
    package func verifyAuditLog(noted: NotedEntry? = nil) async throws(StorageError) -> AuditVerdict {
        try await readWithoutDeadline { try AuditLog.verify(in: $0, noted: noted) }
    }
}

extension AuditLog {
    static func verify(in database: Database, noted: NotedEntry?) throws -> AuditVerdict {
        guard let beginning = try Row.fetchOne(database, sql: "SELECT number, digest FROM audit_beginning") else {
            return .broken(number: 0)
        }
        var verification = AuditVerification(after: beginning[0], digest: Array(beginning[1] as Data), noted: noted)
        let rows = try Row.fetchCursor(database, sql: AuditEntry.select + "ORDER BY number")
        while let row = try rows.next() {
            guard
                verification.take(
                    number: row[0], time: row[1], kind: row[2], actor: row[3], address: row[4], delegate: row[5],
                    detail: row[6], digest: Array(row[7] as Data))
            else { break }
        }
        return verification.verdict
    }
}
