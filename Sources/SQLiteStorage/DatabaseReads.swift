import Delegates
import GRDB
import Logging
import StorageParts
import Synchronization

/// Reads the database, and waits for no read beyond its deadline. A read that has begun cannot be cancelled: it goes on, and is
/// counted, until the disk has answered.
final class DatabaseReads: Sendable {
    private let database: any DatabaseReader
    private let deadlines: StorageDeadlines
    private let logger: Logger
    private let state = Mutex(State())

    /// The limit on reads at a time; more are refused.
    private let maximumPending: Int
    /// Whether reads run one after the other: then those that wait do not stall, unless the one that runs does.
    private let isSerial: Bool

    private struct State {
        var pending: [UInt64: Pending] = [:]
        var nextNumber: UInt64 = 0
        /// A read takes too long, which has been logged.
        var isStalled = false
    }

    private struct Pending {
        /// When the read was asked for or, if reads are serial, began; `nil` if it has not begun.
        var began: ContinuousClock.Instant?
        var giveUp: @Sendable (StorageError) -> Void
    }

    init(
        database: any DatabaseReader, deadlines: StorageDeadlines, maximumPending: Int = 10_000, isSerial: Bool = false,
        logger: Logger
    ) {
        self.maximumPending = maximumPending
        self.isSerial = isSerial
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
                note(beginOf: number)
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
            guard state.pending.count < maximumPending else { throw .overloaded }
            state.nextNumber += 1
            state.pending[state.nextNumber] = Pending(began: isSerial ? nil : .now, giveUp: giveUp)
            return state.nextNumber
        }
    }

    private func note(beginOf number: UInt64) {
        guard isSerial else { return }
        state.withLock { $0.pending[number]?.began = .now }
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
        age(pending, now) >= deadlines.stall
    }

    private func age(_ pending: Pending, _ now: ContinuousClock.Instant) -> Duration {
        pending.began.map { $0.duration(to: now) } ?? .zero
    }

    /// Answers callers that have waited long enough.
    func checkDeadlines(now: ContinuousClock.Instant) {
        let (stalled, begins) = state.withLock { state in
            let stalled = state.pending.values.filter { isStalled($0, now: now) }
            defer { state.isStalled = !stalled.isEmpty }
            // All others wait for it.
            let givenUp = isSerial && !stalled.isEmpty ? Array(state.pending.values) : stalled
            return (givenUp, !stalled.isEmpty && !state.isStalled)
        }
        if begins { logger.error("reads stall: requests are refused", metadata: ["storage.reads": "\(stalled.count)"]) }
        for pending in stalled { pending.giveUp(.unfinished("read", for: max(age(pending, now), deadlines.stall))) }
    }
}
