import DNS
package import Delegates
import Foundation
import GRDB

/// The end of the audit log, for a transaction that writes to it.
struct AuditLog {
    private var number: Int64
    private var digest: AuditDigest

    init(in database: Database) throws {
        let last = try database.cachedStatement(
            sql: """
                SELECT number, digest FROM audit_entry UNION ALL SELECT number, digest FROM audit_beginning
                ORDER BY number DESC LIMIT 1
                """)
        guard let row = try Row.fetchOne(last) else {
            throw StorageError.unavailable("the audit log has no beginning: the file is damaged")
        }
        number = row[0]
        digest = AuditDigest(octets: Array(row[1] as Data))
    }

    mutating func append(_ event: AuditEvent, to database: Database) throws {
        number += 1
        digest = AuditDigest(of: event, number: UInt64(clamping: number), after: digest)
        try database.cachedStatement(
            sql: """
                INSERT INTO audit_entry (number, time, kind, actor, address, delegate, detail, digest)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            number, event.time.secondsSinceEpoch, event.kind.rawValue, event.actor, event.address,
            event.delegate?.storedText, event.detail, Data(digest.octets),
        ])
    }
}

extension AuditLog {
    /// Takes the oldest entries away, and writes that down; what is left begins after them, and goes on to be checked from there.
    ///
    /// - Parameters:
    ///   - oldest: entries from before that moment go.
    ///   - keeping: older ones than the last of this number go, too.
    ///   - maximum: of entries that go now.
    mutating func forget(
        before oldest: Timestamp, keeping: Int, maximum: Int, at time: Timestamp, in database: Database
    ) throws {
        let first = try Row.fetchAll(
            database, sql: "SELECT number, time, digest FROM audit_entry ORDER BY number LIMIT ?", arguments: [maximum])
        let end = number - Int64(clamping: keeping)
        let old = first.prefix { ($0[0] as Int64) <= end || ($0[1] as Int64) < oldest.secondsSinceEpoch }
        guard let last = old.last else { return }
        let number: Int64 = last[0]
        try database.execute(
            sql: "UPDATE audit_beginning SET number = ?, digest = ?", arguments: [number, last[2] as Data])
        try database.execute(sql: "DELETE FROM audit_entry WHERE number <= ?", arguments: [number])
        try append(
            AuditEvent(
                .shortened, at: time, by: Actor(.server, from: nil).auditText, from: nil, delegate: nil, detail: String(number)),
            to: database)
    }
}

extension AuditLog {
    /// This many entries are kept even if the disk is full.
    static let minimumCount: Int64 = 1000
    /// So many free pages of the file are enough for changes where the disk has no room.
    private static let enoughFreePages = 500

    /// On a full disk, takes the oldest entries away so that the file need not grow: their pages are used for what comes.
    ///
    /// - Parameter count: of entries at most.
    mutating func makeRoom(_ count: Int, at time: Timestamp, in database: Database) throws {
        guard try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0 < Self.enoughFreePages,
            let beginning = try Int64.fetchOne(database, sql: "SELECT number FROM audit_beginning")
        else { return }
        let keeping = max(Self.minimumCount, number - beginning - Int64(count))
        try forget(
            before: Timestamp(secondsSinceEpoch: .min), keeping: Int(keeping), maximum: count, at: time, in: database)
    }
}

extension AuditEntry {
    static let select = "SELECT number, time, kind, actor, address, delegate, detail, digest FROM audit_entry "

    init(row: Row) throws {
        let kind: String = row[2]
        guard let kind = AuditEvent.Kind(rawValue: kind) else {
            throw StorageError.unavailable("“\(kind)” is no event of the audit log: the file is damaged, or of a newer version")
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
    /// Reads the whole audit log.
    ///
    /// - Parameter noted: an entry that must be in it.
    package func verifyAuditLog(noted: NotedEntry? = nil) async throws(StorageError) -> AuditVerdict {
        try await readInitially { try AuditLog.verify(in: $0, noted: noted) }
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
        // What the log has at the place of the noted entry. What the first entry follows is such a place, too.
        var found = noted?.number == first ? digest : nil
        // What the log itself says of where it begins.
        var shortenedTo: UInt64 = 0
        let rows = try Row.fetchCursor(database, sql: AuditEntry.select + "ORDER BY number")
        while let row = try rows.next() {
            number += 1
            guard let entry = try? AuditEntry(row: row), entry.number == number,
                entry.digest == AuditDigest(of: entry.event, number: number, after: digest)
            else { return .broken(number: number) }
            if entry.event.kind == .shortened { shortenedTo = entry.event.detail.flatMap { UInt64($0) } ?? 0 }
            digest = entry.digest
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
        // An empty log was noted, which every log once was.
        if noted.number == 0, noted.digest == AuditDigest.origin.description { return nil }
        if noted.number > last { return .erased(last: last) }
        if noted.number < first { return .shortened(to: first) }
        return found?.description == noted.digest ? nil : .replaced
    }
}
