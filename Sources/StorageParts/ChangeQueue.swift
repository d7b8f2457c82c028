package import Delegates
package import Logging
import Synchronization

/// Commits changes in the order of their arrival. Changes that wait together share a transaction: a disk that takes 5 ms to make a
/// commit durable would otherwise limit all clients together to 200 changes a second.
///
/// A disk can also take minutes. A commit cannot be cancelled, but nobody has to wait for it: see ``StorageDeadlines``.
package final class ChangeQueue: Sendable {
    private let committer: any ChangeCommitter
    private let deadlines: StorageDeadlines
    private let logger: Logger
    private let state = Mutex(State())
    package let statistics = StorageStatistics()

    /// The limit on waiting changes; more are refused.
    static let maximumWaiting = 10_000
    /// The limit on changes in one commit.
    package static let maximumBatch = 1_000

    private struct State {
        var waiting: [Waiting] = []
        var follower: @Sendable (FeedEntry) -> Void = { _ in }
        var underWay: UnderWay?
        /// Tells ``ChangeQueue/run()`` whether all commits are over; `false` if one was abandoned. `nil` before it runs.
        var isOver: Answer<Bool>?
        var closed: ContinuousClock.Instant?
        /// Nothing is committed any more, not even waiting changes.
        var isLeftBehind = false
        var lastFailure: String?
        /// Changes are refused, which is logged once until there is room again.
        var isOverloaded = false
        /// The commit under way stalls, which has been logged.
        var isStalled = false
    }

    private struct Waiting {
        var submitted: SubmittedChange
        var arrived: ContinuousClock.Instant
        var answer: Answer<ChangeOutcome>
    }

    private struct UnderWay {
        var batch: [Waiting]
        var began: ContinuousClock.Instant
    }

    /// What is to be done next.
    private enum Step {
        case wait
        case write(UnderWay)
        case end(Answer<Bool>, isOver: Bool)
    }

    package init(committer: any ChangeCommitter, deadlines: StorageDeadlines, logger: Logger) {
        self.committer = committer
        self.deadlines = deadlines
        self.logger = logger
    }

    /// Why the last commit failed; `nil` if it did not.
    package var lastFailure: String? { state.withLock(\.lastFailure) }

    package var waitingCount: Int { state.withLock { $0.waiting.count + ($0.underWay?.batch.count ?? 0) } }

    /// Why a change would be refused now; `nil` if it would not.
    package var refusal: StorageError? { state.withLock { refusal($0, now: .now) } }

    /// Sets the follower. It learns of each change as soon as it is durable, whether or not a client still waits for it.
    package func follow(_ follower: @escaping @Sendable (FeedEntry) -> Void) {
        state.withLock { $0.follower = follower }
    }

    /// Commits a change. Returns when the change is durable and the follower knows it, or throws when the client has waited long
    /// enough.
    ///
    /// - Returns: the change as it was made.
    /// - Throws: a ``Refusal`` or a ``StorageError``.
    package func commit(_ change: Change, by actor: Actor, at time: Timestamp) async throws -> MadeChange {
        let outcome = await Answer<ChangeOutcome>.awaited { answer in
            do {
                perform(
                    try enqueue(
                        Waiting(
                            submitted: SubmittedChange(change: change, actor: actor, time: time), arrived: .now,
                            answer: answer)))
            } catch {
                answer.give(.failure(error))
            }
        }
        return try outcome.get()
    }

    private func enqueue(_ waiting: Waiting) throws(StorageError) -> Step {
        try state.withLock { state throws(StorageError) in
            if let refusal = refusal(state, now: waiting.arrived) { throw refusal }
            guard state.waiting.count < Self.maximumWaiting else {
                if !state.isOverloaded {
                    logger.error("too many changes wait", metadata: ["storage.changes": "\(state.waiting.count)"])
                }
                state.isOverloaded = true
                throw .overloaded
            }
            state.isOverloaded = false
            state.waiting.append(waiting)
            return next(&state)
        }
    }

    private func refusal(_ state: State, now: ContinuousClock.Instant) -> StorageError? {
        if state.closed != nil { return .unavailable("the storage is closed") }
        if let refusal = committer.refusal { return refusal }
        guard let began = state.underWay?.began, began.duration(to: now) >= deadlines.stall else { return nil }
        return .unfinished("commit", for: began.duration(to: now))
    }

    // MARK: Committing

    /// Commits changes until ``close()`` is called, including those that came before the call.
    ///
    /// - Returns: whether all commits are over. If not, one was abandoned, and the database is in use.
    package func run() async -> Bool {
        await Answer<Bool>.awaited { isOver in
            perform(
                state.withLock { state in
                    state.isOver = isOver
                    return next(&state)
                })
        }
    }

    /// Refuses changes from now on.
    package func close() {
        perform(
            state.withLock { state in
                state.closed = state.closed ?? .now
                return next(&state)
            })
    }

    /// The next step: a commit of what waits, unless one is under way.
    private func next(_ state: inout State) -> Step {
        guard let isOver = state.isOver, state.underWay == nil else { return .wait }
        if state.isLeftBehind { return .end(isOver, isOver: false) }
        guard !state.waiting.isEmpty else { return state.closed == nil ? .wait : .end(isOver, isOver: true) }
        let batch = Array(state.waiting.prefix(Self.maximumBatch))
        state.waiting.removeFirst(batch.count)
        let underWay = UnderWay(batch: batch, began: .now)
        state.underWay = underWay
        return .write(underWay)
    }

    /// Performs a step, outside of the lock.
    private func perform(_ step: Step) {
        switch step {
        case .wait: break
        case .write(let underWay): write(underWay)
        case .end(let answer, let isOver): answer.give(isOver)
        }
    }

    private func write(_ commit: UnderWay) {
        committer.commit(commit.batch.map(\.submitted)) { [self] result in
            statistics.count(commit.batch.count, duration: commit.began.duration(to: .now), result)
            finish(commit.batch, result)
        }
    }

    private func finish(_ batch: [Waiting], _ result: Result<[ChangeOutcome], CommitFailure>) {
        let outcomes: [ChangeOutcome]
        let failure: String?
        switch result {
        case .success(let made):
            outcomes = made
            failure = nil
        case .failure(let error):
            if !error.isLogged {
                // Once for as long as the reason is the same: clients try again.
                let isNew = state.withLock { $0.lastFailure != error.reason }
                logger.log(
                    level: isNew ? .error : .debug, "commit failed",
                    metadata: ["error": "\(error.reason)", "storage.changes": "\(batch.count)"])
            }
            outcomes = batch.map { _ in .failure(StorageError.unavailable(error.reason)) }
            failure = error.reason
        }
        let follower = state.withLock(\.follower)
        for case .success(let made) in outcomes where made.entry.placeCount > 0 { follower(made.entry) }
        let (ended, step) = state.withLock { state in
            let ended = state.isStalled ? state.underWay : nil
            state.underWay = nil
            state.isStalled = false
            state.lastFailure = failure
            return (ended, next(&state))
        }
        if let ended {
            logger.notice(
                "commit no longer stalled",
                metadata: ["storage.seconds": "\(ended.began.duration(to: .now).components.seconds)"])
        }
        perform(step)
        for (waiting, outcome) in zip(batch, outcomes) { waiting.answer.give(outcome) }
    }

    // MARK: Deadlines

    /// Answers clients that have waited long enough. A change without a transaction is dropped; one with a transaction may still
    /// come through.
    package func checkDeadlines(now: ContinuousClock.Instant) {
        let (expired, error, stalled, leftBehind) = state.withLock { state in
            func isExpired(_ waiting: Waiting) -> Bool { waiting.arrived.duration(to: now) >= deadlines.commit }
            let age = state.underWay?.began.duration(to: now) ?? .zero
            // Changes wait in the order of their deadlines.
            let dropped = Array(state.waiting.prefix(while: isExpired))
            state.waiting.removeFirst(dropped.count)
            let begins = age >= deadlines.stall && !state.isStalled
            if begins { state.isStalled = true }
            let isLeftBehind = age >= deadlines.stall && state.closed.map { $0.duration(to: now) >= deadlines.stall } ?? false
            return (
                (state.underWay?.batch.filter(isExpired) ?? []) + dropped, StorageError.unfinished("commit", for: age),
                begins ? state.underWay : nil, isLeftBehind
            )
        }
        if let stalled {
            logger.error("commit stalls: changes are refused", metadata: ["storage.changes": "\(stalled.batch.count)"])
        }
        for waiting in expired { waiting.answer.give(.failure(error)) }
        if leftBehind { leaveBehind() }
    }

    /// Ends ``run()`` now, even if a commit is under way. The commit may still come through: its clients were told 503, so
    /// it does not matter whether the WAL has it.
    package func leaveBehind() {
        close()
        let (abandoned, isOver) = state.withLock { state in
            state.isLeftBehind = true
            defer { state.waiting = [] }
            return ((state.underWay?.batch ?? []) + state.waiting, state.isOver)
        }
        for waiting in abandoned { waiting.answer.give(.failure(StorageError.unavailable("the storage is closed"))) }
        isOver?.give(false)
    }
}

extension StorageError {
    /// The error for an operation that has begun and is not over yet.
    package static func unfinished(_ what: String, for age: Duration) -> StorageError {
        .unavailable("the storage has not finished a \(what) for \(age.components.seconds) s")
    }
}
