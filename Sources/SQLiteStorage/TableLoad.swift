import DNS
import Delegates
import GRDB
import StorageParts

/// Reads all delegates and their values into a table.
struct TableLoad {
    private var restoring: TableRestoring
    /// The values of one delegate.
    private var values: [DelegateTable.PublishedValue] = []

    /// - Parameter now: the moment of values that were published later, while the system's clock was ahead.
    static func restore(into loading: DelegateTable.Loading, from database: Database, now: Timestamp) throws {
        loading.reserve(try Int.fetchOne(database, sql: "SELECT count(*) FROM delegate") ?? 0)
        let delegates = try StatementRow.fetchCursor(database, sql: "SELECT id, name FROM delegate ORDER BY id")
        let values = try StatementRow.fetchCursor(
            database,
            sql: """
                SELECT delegate_id, value, sequence, published_at FROM challenge_value ORDER BY delegate_id
                """)
        var load = TableLoad(restoring: TableRestoring(loading, now: now))
        // Both are in the order of delegates: each delegate takes its own values.
        var next = try values.next()
        while let delegate = try delegates.next() {
            let id = delegate.number(0)
            load.values.removeAll(keepingCapacity: true)
            while let value = next, value.number(0) == id {
                try load.take(value, of: delegate)
                next = try values.next()
            }
            try delegate.withText(1) { try load.restoring.restore($0, load.values) }
        }
        guard next == nil else { throw StorageError.damaged("there is a value without a delegate") }
    }

    private mutating func take(_ row: StatementRow, of delegate: StatementRow) throws {
        guard let value = row.withText(1, { ChallengeValue($0) }) else {
            let name = delegate.withText(1) { name in String(decoding: name.indices.map { name[$0] }, as: UTF8.self) }
            throw StorageError.damaged("a value of “\(name)” is not valid")
        }
        values.append(
            restoring.value(
                value, sequence: try ChangeSequence(stored: row.number(2)),
                published: Timestamp(secondsSinceEpoch: row.number(3))))
    }
}
