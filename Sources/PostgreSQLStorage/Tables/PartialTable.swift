/// The rows of a table that a transaction knows: what it has read, and what it has written since.
struct PartialTable<Key: Hashable & Sendable, Row: Sendable>: Sendable {
    private var read: [Key: Row?] = [:]
    private var written: [Key: Row?] = [:]

    /// Notes what the database has at a key; `nil` for no row.
    mutating func note(_ row: Row?, at key: Key) { read.updateValue(row, forKey: key) }

    /// - Returns: the row as it is now; `nil` if there is none.
    /// - Throws: ``MissingRow`` if that is not known.
    func row(at key: Key, _ need: @autoclosure () -> Need) throws(MissingRow) -> Row? {
        if let row = written[key] { return row }
        guard let row = read[key] else { throw MissingRow(need: need()) }
        return row
    }

    /// The row as it is now; `nil` if there is none, or that is not known.
    func rowIfKnown(at key: Key) -> Row? { written[key] ?? read[key] ?? nil }

    func isKnown(_ key: Key) -> Bool { written.keys.contains(key) || read.keys.contains(key) }

    /// Writes a row; `nil` for its end.
    mutating func write(_ row: Row?, at key: Key) { written.updateValue(row, forKey: key) }

    /// The rows that are known to be there now.
    var known: [(key: Key, row: Row)] {
        let unchanged = read.compactMap { key, row in written.keys.contains(key) ? nil : row.map { (key, $0) } }
        return unchanged + written.compactMap { key, row in row.map { (key, $0) } }
    }

    /// What was written, with what was there before.
    var writes: [(key: Key, former: Row?, row: Row?)] {
        written.map { key, row in (key, read[key] ?? nil, row) }
    }
}

/// A row that a transaction has to read before the rules can go on.
struct MissingRow: Error {
    var need: Need
}
