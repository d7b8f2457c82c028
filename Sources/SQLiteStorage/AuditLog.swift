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
        let first = UInt64(clamping: beginning[0] as Int64)
        var number = first
        var digest = AuditDigest(octets: Array(beginning[1] as Data))
        // The digest that the log has at the place of the noted entry. The place before the first entry is such a place too.
        var found = noted?.number == first ? digest : nil
        // Where the log begins, as its own entries say.
        var shortenedTo: UInt64 = 0
        let rows = try Row.fetchCursor(database, sql: AuditEntry.select + "ORDER BY number")
        while let row = try rows.next() {
            number += 1
            // The texts as they are stored: a million names take seconds to read.
            let kind: String = row[2]
            let next = AuditDigest(
                number: number, time: Timestamp(secondsSinceEpoch: row[1]), kind: kind, actor: row[3], address: row[4],
                delegate: row[5], detail: row[6], after: digest)
            guard row[0] as Int64 == Int64(clamping: number), AuditEvent.Kind(rawValue: kind) != nil,
                next.octets.elementsEqual(row[7] as Data)
            else { return .broken(number: number) }
            if kind == AuditEvent.Kind.shortened.rawValue { shortenedTo = (row[6] as String?).flatMap { UInt64($0) } ?? 0 }
            digest = next
            if noted?.number == number { found = digest }
        }
        guard first == shortenedTo else { return .broken(number: shortenedTo + 1) }
        if let noted, let absence = absence(of: noted, found: found, first: first, last: number) {
            return .notedEntryGone(absence)
        }
        return .whole(count: Int(clamping: number - first), last: number, digest: digest)
    }

    private static func absence(
        of noted: NotedEntry, found: AuditDigest?, first: UInt64, last: UInt64
    ) -> NotedEntry.Absence? {
        // The noted log was empty, as every log once was.
        if noted.number == 0, noted.digest == AuditDigest.origin.description { return nil }
        if noted.number > last { return .erased(last: last) }
        if noted.number < first { return .shortened(to: first) }
        return found?.description == noted.digest ? nil : .replaced
    }
}
