import Delegates
import GRDB
import StorageParts

/// Writes batches of changes on the database's own thread, which goes on with the next commit: nobody else has to wake up for it.
struct SQLiteCommitter: ChangeCommitter {
    let database: DatabasePool
    let addresses: AuditedAddresses
    let place: StoragePlace
    let room: StorageRoom
    let feedPlaces: UInt64

    var refusal: StorageError? { place.problem }

    func commit(
        _ changes: [SubmittedChange], completion: @escaping @Sendable (Result<[ChangeOutcome], CommitFailure>) -> Void
    ) {
        database.asyncWrite { database in
            // This may take as long as the disk likes.
            try place.check()
            return try apply(changes, to: database)
        } completion: { _, result in
            if case .failure(let error as DatabaseError) = result, DatabaseProblem.isDiskFull(error), room.giveUp() {
                return commit(changes, completion: completion)
            }
            completion(
                result.mapError { error in
                    // A storage that is not in its place has been logged already.
                    CommitFailure(reason: DatabaseProblem.text(error), isLogged: error is Displacement)
                })
        }
    }

    private func apply(_ changes: [SubmittedChange], to database: Database) throws -> [ChangeOutcome] {
        var tables = try SQLiteTables(in: database)
        let outcomes = try tables.make(changes, addresses: addresses)
        if let time = changes.map(\.time).max() {
            if room.isGivenUp { try tables.makeRoom(for: changes.count, at: time) }
            try tables.shortenFeed(keeping: feedPlaces, since: time.advanced(by: .zero - FeedEntry.keptTime))
        }
        try tables.finish()
        return outcomes
    }
}
