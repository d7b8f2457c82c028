import DNS
import Delegates
import Foundation
import GRDB
import StorageParts

extension Database {
    /// All serials, in the order of their zones' names.
    func serials() throws -> [SerialRecord] {
        try Row.fetchAll(self, sql: SerialRecord.select + "ORDER BY zone").map { try SerialRecord(row: $0) }
    }

    func serial(of zone: DomainName) throws -> SerialRecord? {
        let find = try cachedStatement(sql: SerialRecord.select + "WHERE zone = ?")
        return try Row.fetchOne(find, arguments: [zone.storedText]).map { try SerialRecord(row: $0) }
    }

    /// Inserts a record, or replaces the zone's.
    func put(_ record: SerialRecord) throws {
        try cachedStatement(
            sql: """
                INSERT INTO zone_serial
                    (zone, serial_offset, counts_changes, content_sha256, file_serial, floor, revision)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (zone) DO UPDATE SET serial_offset = excluded.serial_offset,
                    counts_changes = excluded.counts_changes, content_sha256 = excluded.content_sha256,
                    file_serial = excluded.file_serial, floor = excluded.floor, revision = excluded.revision
                """
        ).execute(arguments: [
            record.zone.storedText, Int64(record.serial.offset), record.serial.countsChanges, Data(record.content.octets),
            record.fileSerial.map { Int64($0.value) }, record.floor.map { Int64($0.value) }, record.revision,
        ])
    }
}

extension SerialRecord {
    fileprivate static let select = """
        SELECT zone, serial_offset, counts_changes, content_sha256, file_serial, floor, revision FROM zone_serial

        """

    fileprivate init(row: Row) throws {
        func number(_ column: Int) -> SerialNumber? {
            (row[column] as Int64?).map { SerialNumber(UInt32(truncatingIfNeeded: $0)) }
        }
        self.init(
            zone: try DomainName(row[0] as String),
            serial: ZoneSerial(offset: UInt32(truncatingIfNeeded: row[1] as Int64), countsChanges: row[2]),
            content: ZoneDigest(octets: Array(row[3] as Data)), fileSerial: number(4), floor: number(5), revision: row[6])
    }
}
