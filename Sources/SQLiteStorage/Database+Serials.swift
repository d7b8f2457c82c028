import DNS
import Delegates
import Foundation
import GRDB

extension Database {
    func serials() throws -> KeptSerials {
        let rows = try Row.fetchAll(self, sql: SerialRecord.select + "ORDER BY zone")
        let moment = try Int64.fetchOne(self, sql: "SELECT aged_until FROM change_sequence") ?? 0
        return KeptSerials(
            records: try rows.map { try SerialRecord(row: $0) }, agedUntil: Timestamp(secondsSinceEpoch: moment))
    }

    /// Keeps those records whose serials are not older than what is kept of their zones.
    func keep(_ records: [SerialRecord]) throws {
        let find = try cachedStatement(sql: SerialRecord.select + "WHERE zone = ?")
        let insert = try cachedStatement(
            sql: """
                INSERT OR REPLACE INTO zone_serial (zone, serial_offset, counts_changes, content_sha256) VALUES (?, ?, ?, ?)
                """)
        for record in records {
            let former = try Row.fetchOne(find, arguments: [record.zone.storedText]).map { try SerialRecord(row: $0) }
            guard former.map(record.replaces) ?? true else { continue }
            try insert.execute(arguments: [
                record.zone.storedText, Int64(record.serial.offset), record.serial.countsChanges, Data(record.content.octets),
            ])
        }
    }

    func keepAged(until moment: Timestamp) throws {
        try execute(
            sql: "UPDATE change_sequence SET aged_until = max(aged_until, ?)", arguments: [moment.secondsSinceEpoch])
    }
}

extension SerialRecord {
    fileprivate static let select = "SELECT zone, serial_offset, counts_changes, content_sha256 FROM zone_serial "

    fileprivate init(row: Row) throws {
        self.init(
            zone: try DomainName(row[0] as String),
            serial: ZoneSerial(offset: UInt32(truncatingIfNeeded: row[1] as Int64), countsChanges: row[2]),
            content: ZoneDigest(octets: Array(row[3] as Data)))
    }
}
