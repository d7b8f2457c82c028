import Delegates
import GRDB
import Logging
import Synchronization

/// Commits changes in the order in which they come, those that wait together in one transaction: a disk that takes 5 ms to
/// make a commit durable would otherwise limit all clients together to 200 changes a second.
final class ChangeQueue: Sendable {
    private let database: DatabasePool
    private let logger: Logger
    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    /// More waiting changes than this are refused.
    static let maximumWaiting = 10_000
    /// So many changes share a commit at most.
    private static let maximumBatch = 1_000

    private struct State {
        var waiting: [Waiting] = []
        var isClosed = false
        var lastFailure: String?
        /// Changes are refused; said in the log once until there is room again.
        var isOverloaded = false
    }

    private struct Waiting {
        var change: Change
        var committed: @Sendable (ChangeSequence) -> Void
        var continuation: CheckedContinuation<Result<ChangeSequence, StorageError>, Never>
    }

    init(database: DatabasePool, logger: Logger) {
        self.database = database
        self.logger = logger
        (arrivals, arrived) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Why the last commit failed, if it did.
    var lastFailure: String? { state.withLock(\.lastFailure) }

    /// Returns when the change is durable.
    ///
    /// - Parameter committed: called as soon as the change is durable, whether or not somebody still waits for it.
    func commit(_ change: Change, committed: @escaping @Sendable (ChangeSequence) -> Void) async throws(StorageError) {
        let outcome = await withCheckedContinuation { continuation in
            let refusal: StorageError? = state.withLock { state in
                if state.isClosed { return .unavailable("the storage is closed") }
                guard state.waiting.count < Self.maximumWaiting else {
                    if !state.isOverloaded {
                        logger.error("too many changes wait", metadata: ["storage.changes": "\(state.waiting.count)"])
                    }
                    state.isOverloaded = true
                    return .overloaded
                }
                state.isOverloaded = false
                state.waiting.append(Waiting(change: change, committed: committed, continuation: continuation))
                return nil
            }
            if let refusal {
                continuation.resume(returning: .failure(refusal))
            } else {
                arrived.yield()
            }
        }
        _ = try outcome.get()
    }

    /// Commits what comes until ``close()`` is called, and what had come before that.
    func run() async {
        for await _ in arrivals { await commitWaiting() }
        close()
        await commitWaiting()
    }

    /// Refuses changes from now on.
    func close() {
        state.withLock { $0.isClosed = true }
        arrived.finish()
    }

    private func commitWaiting() async {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.maximumBatch))
                state.waiting.removeFirst(batch.count)
                return batch
            }
            guard !batch.isEmpty else { return }
            let outcomes = await commit(batch.map(\.change))
            for case (let waiting, .success(let sequence)) in zip(batch, outcomes) { waiting.committed(sequence) }
            for (waiting, outcome) in zip(batch, outcomes) { waiting.continuation.resume(returning: outcome) }
        }
    }

    private func commit(_ changes: [Change]) async -> [Result<ChangeSequence, StorageError>] {
        do {
            let outcomes = try await database.write { database in try Self.apply(changes, to: database) }
            state.withLock { $0.lastFailure = nil }
            return outcomes
        } catch {
            let reason = "\(error)"
            logger.error("commit failed", metadata: ["error": "\(reason)", "storage.changes": "\(changes.count)"])
            state.withLock { $0.lastFailure = reason }
            return changes.map { _ in .failure(.unavailable(reason)) }
        }
    }

    private static func apply(
        _ changes: [Change], to database: Database
    ) throws -> [Result<ChangeSequence, StorageError>] {
        var sequence = try database.changeSequence()
        let outcomes = try changes.map { change in
            let next = ChangeSequence(sequence.number + 1)
            return try change.apply(to: database, sequence: next).map {
                sequence = next
                return next
            }
        }
        try database.cachedStatement(sql: "UPDATE change_sequence SET number = ?")
            .execute(arguments: [Int64(clamping: sequence.number)])
        return outcomes
    }
}

extension Database {
    /// The number of the last change.
    func changeSequence() throws -> ChangeSequence {
        let select = try cachedStatement(sql: "SELECT number FROM change_sequence")
        return try ChangeSequence(stored: try Int64.fetchOne(select) ?? -1)
    }
}

extension ChangeSequence {
    /// - Throws: ``StorageError`` if the number cannot have been written by this program.
    init(stored number: Int64) throws(StorageError) {
        guard 0..<Int64.max ~= number else {
            throw .unavailable("the number \(number) of a change cannot be: the file is damaged")
        }
        self.init(UInt64(number))
    }
}
