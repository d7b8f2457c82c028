import Delegates
import GRDB

extension Database {
    /// The number of the last change.
    func changeSequence() throws -> ChangeSequence {
        let select = try cachedStatement(sql: "SELECT number FROM change_sequence")
        return try ChangeSequence(stored: try Int64.fetchOne(select) ?? -1)
    }

    /// The number of the last change that DNS shows: see ``FeedEntry/isShown``.
    func shownSequence() throws -> ChangeSequence {
        let select = try cachedStatement(sql: "SELECT shown_number FROM change_sequence")
        return try ChangeSequence(stored: try Int64.fetchOne(select) ?? -1)
    }

    func keepSequence(_ sequence: ChangeSequence, shown: ChangeSequence) throws {
        try cachedStatement(sql: "UPDATE change_sequence SET number = ?, shown_number = ?")
            .execute(arguments: [Int64(clamping: sequence.number), Int64(clamping: shown.number)])
    }
}

extension ChangeSequence {
    /// - Throws: ``StorageError`` if the number cannot have been written by this program.
    init(stored number: Int64) throws(StorageError) {
        guard 0..<Int64.max ~= number else {
            throw .unavailable("a change cannot have the number \(number): the file is damaged")
        }
        self.init(UInt64(number))
    }
}
