import Delegates
import GRDB
import StorageParts

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
