import CPostgreSQL

/// The rows that a statement has returned, in the binary format.
package final class ResultRows: Sendable {
    /// The address of libpq's result, which nobody changes.
    private let address: UInt
    package let count: Int
    private let columnCount: Int

    /// Takes a result over.
    init(_ result: OpaquePointer) {
        address = UInt(bitPattern: result)
        count = unsafe Int(PQntuples(result))
        columnCount = unsafe Int(PQnfields(result))
    }

    deinit { unsafe PQclear(result) }

    private var result: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }

    package subscript(_ row: Int) -> ResultRow { ResultRow(rows: self, index: row) }

    package var first: ResultRow? { count == 0 ? nil : self[0] }

    package func map<Value>(_ transform: (ResultRow) throws -> Value) rethrows -> [Value] {
        try (0..<count).map { try transform(self[$0]) }
    }

    /// The number of rows that an INSERT, UPDATE or DELETE has changed.
    package var changedCount: Int {
        guard let text = unsafe PQcmdTuples(result) else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    /// Calls a function with a field's octets; with `nil` for null.
    ///
    /// - Throws: ``PostgreSQLError`` if there is no such field.
    fileprivate func withOctets<Value>(_ row: Int, _ column: Int, _ body: (Span<UInt8>?) throws -> Value) throws -> Value {
        guard 0..<count ~= row, 0..<columnCount ~= column else {
            throw PostgreSQLError("a result has no column \(column) in a row \(row)")
        }
        let (row, column) = (Int32(row), Int32(column))
        guard unsafe PQgetisnull(result, row, column) == 0, let octets = unsafe PQgetvalue(result, row, column) else {
            return try body(nil)
        }
        let count = unsafe Int(PQgetlength(result, row, column))
        return try unsafe octets.withMemoryRebound(to: UInt8.self, capacity: count) { octets in
            try unsafe body(UnsafeBufferPointer(start: octets, count: count).span)
        }
    }
}

package struct ResultRow {
    fileprivate let rows: ResultRows
    fileprivate let index: Int

    /// Calls a function with a field's octets in place; with `nil` for null.
    package func withOctets<Value>(_ column: Int, _ body: (Span<UInt8>?) throws -> Value) throws -> Value {
        try rows.withOctets(index, column, body)
    }

    package func octetsIfAny(_ column: Int) throws -> [UInt8]? {
        try withOctets(column) { span in
            guard let span else { return nil }
            return span.indices.map { span[$0] }
        }
    }

    package func octets(_ column: Int) throws -> [UInt8] { try present(octetsIfAny(column), column) }

    package func textIfAny(_ column: Int) throws -> String? {
        try octetsIfAny(column).map { String(decoding: $0, as: UTF8.self) }
    }

    package func text(_ column: Int) throws -> String { try present(textIfAny(column), column) }

    /// The value of a `smallint`, `integer` or `bigint`.
    package func integerIfAny(_ column: Int) throws -> Int64? {
        try withOctets(column) { span in
            guard let span else { return nil }
            guard [2, 4, 8].contains(span.count) else {
                throw PostgreSQLError("the column \(column) of a result is no integer")
            }
            var number: Int64 = span[0] & 0x80 == 0 ? 0 : -1
            for index in span.indices { number = number << 8 | Int64(span[index]) }
            return number
        }
    }

    package func integer(_ column: Int) throws -> Int64 { try present(integerIfAny(column), column) }

    package func boolean(_ column: Int) throws -> Bool {
        try withOctets(column) { span in
            guard let span, span.count == 1 else { throw PostgreSQLError("the column \(column) of a result is no boolean") }
            return span[0] != 0
        }
    }

    private func present<Value>(_ value: Value?, _ column: Int) throws -> Value {
        guard let value else { throw PostgreSQLError("the column \(column) of a result is null") }
        return value
    }
}
