import DNS
import Delegates
import GRDB
import StorageParts

/// Delegates, their values, and the serials of zones.
extension SQLiteTables {
    func delegate(_ name: DomainName) throws -> DelegateRow? {
        try database.firstRow(
            """
            SELECT id, name, enrolled_at, first_published_at, disabled_at, deleted_at, prepared_for, enrolled_from
            FROM delegate WHERE name = ?
            """, [name.storedText]
        ) { try DelegateRow(row: $0, name: name) }
    }

    func firstPrepared(for token: OperatorLabel) throws -> DomainName? {
        try database.firstRow(
            "SELECT name FROM delegate WHERE prepared_for = ? AND disabled_at IS NULL ORDER BY id LIMIT 1", [token.description]
        ) { try DomainName($0[0] as String) }
    }

    func delegateCount(from network: IPNetwork, maximum: Int) throws -> Int {
        try count(
            "SELECT count(*) FROM (SELECT 1 FROM delegate WHERE enrolled_from = ? LIMIT ?)", [network.description, maximum])
    }

    mutating func insert(_ row: DelegateRow) throws -> Int64 {
        try execute(
            """
            INSERT INTO delegate (name, enrolled_at, first_published_at, disabled_at, deleted_at, prepared_for, enrolled_from)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                row.name.storedText, row.enrolled.secondsSinceEpoch, row.firstPublished?.secondsSinceEpoch,
                row.disabled?.secondsSinceEpoch, row.deleted?.secondsSinceEpoch, row.preparedFor?.description,
                row.origin?.description,
            ])
        return database.lastInsertedRowID
    }

    mutating func update(_ row: DelegateRow) throws {
        try execute(
            """
            UPDATE delegate SET first_published_at = ?, disabled_at = ?, deleted_at = ?, prepared_for = ?, enrolled_from = ?
            WHERE id = ?
            """,
            [
                row.firstPublished?.secondsSinceEpoch, row.disabled?.secondsSinceEpoch, row.deleted?.secondsSinceEpoch,
                row.preparedFor?.description, row.origin?.description, row.id,
            ])
    }

    // MARK: Values

    func values(of delegate: Int64) throws -> [ValueRow] {
        let select = try database.cachedStatement(
            sql: "SELECT sequence, published_at FROM challenge_value WHERE delegate_id = ? ORDER BY sequence")
        let rows = try Row.fetchCursor(select, arguments: [delegate])
        var values: [ValueRow] = []
        while let row = try rows.next() {
            values.append(
                ValueRow(sequence: try ChangeSequence(stored: row[0]), published: Timestamp(secondsSinceEpoch: row[1])))
        }
        return values
    }

    mutating func put(_ value: ChallengeValue, _ row: ValueRow, of delegate: Int64) throws {
        try execute(
            """
            INSERT INTO challenge_value (delegate_id, value, sequence, published_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (delegate_id, value) DO UPDATE
            SET sequence = excluded.sequence, published_at = excluded.published_at
            """,
            [delegate, value.text, Int64(clamping: row.sequence.number), row.published.secondsSinceEpoch])
    }

    mutating func deleteValues(of delegate: Int64, before sequence: ChangeSequence?) throws {
        if let sequence {
            try execute(
                "DELETE FROM challenge_value WHERE delegate_id = ? AND sequence < ?",
                [delegate, Int64(clamping: sequence.number)])
        } else {
            try execute("DELETE FROM challenge_value WHERE delegate_id = ?", [delegate])
        }
    }

    // MARK: Serials

    func serial(of zone: DomainName) throws -> SerialRecord? { try database.serial(of: zone) }

    mutating func put(_ record: SerialRecord) throws { try database.put(record) }
}

extension DelegateRow {
    fileprivate init(row: Row, name: DomainName) throws {
        func moment(_ column: Int) -> Timestamp? {
            (row[column] as Int64?).map { Timestamp(secondsSinceEpoch: $0) }
        }
        self.init(
            id: row[0], name: name, enrolled: Timestamp(secondsSinceEpoch: row[2]), firstPublished: moment(3),
            disabled: moment(4), deleted: moment(5),
            preparedFor: try (row[6] as String?).map { text throws(StorageError) in try OperatorLabel(stored: text) },
            origin: try (row[7] as String?).map { text throws(StorageError) in try IPNetwork(stored: text) })
    }
}
