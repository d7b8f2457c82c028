import GRDB
import GRDBSQLite

/// A row of a query, read from SQLite without copies. It is valid until the cursor that returned it reads the next one.
@safe
struct StatementRow: DatabaseValueConvertible, StatementColumnConvertible {
    private let statement: SQLiteStatement

    /// - Parameter index: the first column, which must not be `NULL`.
    init?(sqliteStatement: SQLiteStatement, index: CInt) {
        unsafe statement = sqliteStatement
    }

    func number(_ column: CInt) -> Int64 { unsafe sqlite3_column_int64(statement, column) }

    func isNull(_ column: CInt) -> Bool { unsafe sqlite3_column_type(statement, column) == SQLITE_NULL }

    /// A text, or the octets of a BLOB as one.
    func text(_ column: CInt) -> String {
        withText(column) { octets in String(decoding: octets.indices.map { octets[$0] }, as: UTF8.self) }
    }

    /// The octets of a BLOB.
    func octets(_ column: CInt) -> [UInt8] {
        let octets = unsafe sqlite3_column_blob(statement, column)
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        return unsafe octets.map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: count)) } ?? []
    }

    /// Calls `body` with a text's octets.
    func withText<Outcome>(_ column: CInt, _ body: (Span<UInt8>) throws -> Outcome) rethrows -> Outcome {
        // The text first: SQLite may convert it, and the count is that of the outcome.
        let text = unsafe sqlite3_column_text(statement, column)
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        return try body(unsafe UnsafeBufferPointer(start: text, count: text == nil ? 0 : count).span)
    }

    // Cursors read the statement itself. A row cannot be made of one value.
    var databaseValue: DatabaseValue { .null }
    static func fromDatabaseValue(_ value: DatabaseValue) -> StatementRow? { nil }
}
