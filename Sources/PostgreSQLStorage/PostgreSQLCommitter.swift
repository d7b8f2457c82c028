import Delegates
import StorageParts

/// Writes batches of changes, one after the other.
final class PostgreSQLCommitter: ChangeCommitter {
    private let transactions: Transactions
    private let addresses: AuditedAddresses
    private let feedPlaces: UInt64
    private let batches: AsyncStream<Batch>
    private let submission: AsyncStream<Batch>.Continuation

    private struct Batch: Sendable {
        var changes: [SubmittedChange]
        var completion: @Sendable (Result<[ChangeOutcome], CommitFailure>) -> Void
    }

    init(transactions: Transactions, addresses: AuditedAddresses, feedPlaces: UInt64) {
        self.transactions = transactions
        self.addresses = addresses
        self.feedPlaces = feedPlaces
        (batches, submission) = AsyncStream.makeStream()
    }

    var refusal: StorageError? { nil }

    func commit(
        _ changes: [SubmittedChange], completion: @escaping @Sendable (Result<[ChangeOutcome], CommitFailure>) -> Void
    ) {
        submission.yield(Batch(changes: changes, completion: completion))
    }

    /// Writes what is submitted, until ``end()`` is called.
    func run() async {
        for await batch in batches {
            do {
                batch.completion(.success(try await write(batch.changes)))
            } catch {
                batch.completion(.failure(CommitFailure(reason: StorageError.database(error).description)))
            }
        }
    }

    func end() { submission.finish() }

    private func write(_ changes: [SubmittedChange]) async throws -> [ChangeOutcome] {
        let needs = changes.reduce(into: Set<Need>([.oldestFeedEntries(maximum: 1)])) { $0.formUnion($1.needs) }
        let time = changes.map(\.time).max()
        return try await transactions.write(needs: needs) { [addresses, feedPlaces] tables in
            let outcomes = try tables.attempt(changes, addresses: addresses)
            if let time { try tables.shortenFeed(keeping: feedPlaces, since: time.advanced(by: .zero - FeedEntry.keptTime)) }
            return outcomes
        }
    }
}

extension PostgreSQLTables {
    /// Makes changes in their order. A refusal does not affect the others.
    ///
    /// - Throws: ``MissingRows`` with the rows that the changes lack, or an error that fails the whole transaction.
    fileprivate mutating func attempt(_ changes: [SubmittedChange], addresses: AuditedAddresses) throws -> [ChangeOutcome] {
        var missing: Set<Need> = []
        let outcomes = try changes.map { submitted -> ChangeOutcome in
            do {
                return .success(
                    try make(submitted.change, by: submitted.actor, at: submitted.time, addresses: addresses))
            } catch let refusal as Refusal {
                return .failure(refusal)
            } catch let row as MissingRow {
                // The other changes go on, to find out what they lack.
                missing.insert(row.need)
                return .failure(row)
            }
        }
        guard missing.isEmpty else { throw MissingRows(needs: missing) }
        return outcomes
    }
}
