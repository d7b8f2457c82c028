import Delegates
import GRDB
import Logging
import Synchronization

/// Reads the database, and waits for no read beyond its deadline. A read that has begun cannot be cancelled: it goes on, and is
/// counted, until the disk has answered.
final class DatabaseReads: Sendable {
    private let database: any DatabaseReader
    private let deadlines: StorageDeadlines
    private let logger: Logger
    private let state = Mutex(State())

    /// The limit on reads at a time; more are refused.
    static let maximumPending = 10_000

    private struct State {
        var pending: [UInt64: Pending] = [:]
        var nextNumber: UInt64 = 0
        /// A read takes too long, which has been logged.
        var isStalled = false
    }

    private struct Pending {
        var began: ContinuousClock.Instant
        var giveUp: @Sendable (StorageError) -> Void
    }

    init(database: any DatabaseReader, deadlines: StorageDeadlines, logger: Logger) {
        self.database = database
        self.deadlines = deadlines
        self.logger = logger
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageError) -> Value {
        let outcome = await Answer<Result<Value, StorageError>>.awaited { answer in
            let number: UInt64
            do throws(StorageError) {
                number = try begin { answer.give(.failure($0)) }
            } catch {
                answer.give(.failure(error))
                return
            }
            // A callback, because a task would have to be awaited.
            database.asyncRead { [self] result in
                // After a stall, an abandoned read costs nothing.
                let outcome = answer.isAwaited ? Result { try body(result.get()) } : nil
                finish(number)
                if let outcome { answer.give(outcome.mapError(failure)) }
            }
        }
        return try outcome.get()
    }

    private func failure(_ error: any Error) -> StorageError {
        let reason = DatabaseProblem.text(error)
        logger.error("read failed", metadata: ["error": "\(reason)"])
        return error as? StorageError ?? .unavailable(reason)
    }

    private func begin(giveUp: @escaping @Sendable (StorageError) -> Void) throws(StorageError) -> UInt64 {
        try state.withLock { state throws(StorageError) in
            guard !state.isStalled else { throw .unfinished("read", for: deadlines.stall) }
            guard state.pending.count < Self.maximumPending else { throw .overloaded }
            state.nextNumber += 1
            state.pending[state.nextNumber] = Pending(began: .now, giveUp: giveUp)
            return state.nextNumber
        }
    }

    private func finish(_ number: UInt64) {
        let now = ContinuousClock.now
        let isStallOver = state.withLock { state in
            state.pending[number] = nil
            guard state.isStalled else { return false }
            state.isStalled = state.pending.values.contains { isStalled($0, now: now) }
            return !state.isStalled
        }
        if isStallOver { logger.notice("reads no longer stalled") }
    }

    private func isStalled(_ pending: Pending, now: ContinuousClock.Instant) -> Bool {
        pending.began.duration(to: now) >= deadlines.stall
    }

    /// Answers callers that have waited long enough.
    func checkDeadlines(now: ContinuousClock.Instant) {
        let (stalled, begins) = state.withLock { state in
            let stalled = state.pending.values.filter { isStalled($0, now: now) }
            defer { state.isStalled = !stalled.isEmpty }
            return (stalled, !stalled.isEmpty && !state.isStalled)
        }
        if begins { logger.error("reads stall: requests are refused", metadata: ["storage.reads": "\(stalled.count)"]) }
        for pending in stalled { pending.giveUp(.unfinished("read", for: pending.began.duration(to: now))) }
    }
}
