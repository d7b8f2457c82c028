import Delegates
import GRDB
import Logging
import Synchronization

/// Commits changes in the order in which they come, those that wait together in one transaction: a disk that takes 5 ms to
/// make a commit durable would otherwise limit all clients together to 200 changes a second.
///
/// A disk can also take minutes. A commit cannot be called off, but nobody has to wait for it: see ``StorageDeadlines``.
final class ChangeQueue: Sendable {
    /// A failure is a ``Refusal`` or a ``StorageError``.
    private typealias Outcome = Result<MadeChange, any Error>

    private let database: DatabasePool
    private let deadlines: StorageDeadlines
    private let addresses: AuditedAddresses
    private let place: StoragePlace
    private let room: StorageRoom
    private let feedPlaces: UInt64
    private let logger: Logger
    private let state = Mutex(State())
    let statistics = StorageStatistics()
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    /// More waiting changes than this are refused.
    static let maximumWaiting = 10_000
    /// So many changes share a commit at most.
    private static let maximumBatch = 1_000

    private struct State {
        var waiting: [Waiting] = []
        var follower: @Sendable (FeedEntry) -> Void = { _ in }
        var underWay: UnderWay?
        var closed: ContinuousClock.Instant?
        /// Nothing is committed any more, not even what waits.
        var isLeftBehind = false
        var lastFailure: String?
        /// Changes are refused; said in the log once until there is room again.
        var isOverloaded = false
        /// The commit that is under way stalls, and the log says so.
        var isStalled = false
    }

    private struct Waiting {
        var change: Change
        var actor: Actor
        var time: Timestamp
        var arrived: ContinuousClock.Instant
        var answer: Answer<Outcome>
    }

    private struct UnderWay {
        var batch: [Waiting]
        var began: ContinuousClock.Instant
        /// For ``run()``: whether the commit is over, or left behind.
        var isOver: Answer<Bool>
    }

    init(
        database: DatabasePool, deadlines: StorageDeadlines, addresses: AuditedAddresses, place: StoragePlace,
        room: StorageRoom, feedPlaces: UInt64, logger: Logger
    ) {
        self.database = database
        self.deadlines = deadlines
        self.addresses = addresses
        self.place = place
        self.room = room
        self.feedPlaces = feedPlaces
        self.logger = logger
        (arrivals, arrived) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Why the last commit failed, if it did.
    var lastFailure: String? { state.withLock(\.lastFailure) }

    var waitingCount: Int { state.withLock { $0.waiting.count + ($0.underWay?.batch.count ?? 0) } }

    /// Why a change would be refused now.
    var refusal: StorageError? { state.withLock { refusal($0, now: .now) } }

    /// Tells a follower what is durable, as soon as it is, whether or not somebody still waits for it.
    func follow(_ follower: @escaping @Sendable (FeedEntry) -> Void) {
        state.withLock { $0.follower = follower }
    }

    /// Returns when the change is durable and the follower knows it, or throws when its client has waited for long enough.
    ///
    /// - Returns: the change as it was made.
    /// - Throws: a ``Refusal`` or a ``StorageError``.
    func commit(_ change: Change, by actor: Actor, at time: Timestamp) async throws -> MadeChange {
        let outcome = await Answer<Outcome>.awaited { answer in
            let refusal = enqueue(
                Waiting(change: change, actor: actor, time: time, arrived: .now, answer: answer))
            if let refusal {
                answer.give(.failure(refusal))
            } else {
                arrived.yield()
            }
        }
        return try outcome.get()
    }

    private func enqueue(_ waiting: Waiting) -> StorageError? {
        state.withLock { state in
            if let refusal = refusal(state, now: waiting.arrived) { return refusal }
            guard state.waiting.count < Self.maximumWaiting else {
                if !state.isOverloaded {
                    logger.error("too many changes wait", metadata: ["storage.changes": "\(state.waiting.count)"])
                }
                state.isOverloaded = true
                return .overloaded
            }
            state.isOverloaded = false
            state.waiting.append(waiting)
            return nil
        }
    }

    private func refusal(_ state: State, now: ContinuousClock.Instant) -> StorageError? {
        if state.closed != nil { return .unavailable("the storage is closed") }
        if let problem = place.problem { return problem }
        guard let began = state.underWay?.began, began.duration(to: now) >= deadlines.stall else { return nil }
        return .unfinished("commit", for: began.duration(to: now))
    }

    // MARK: Committing

    /// Commits what comes until ``close()`` is called, and what had come before that.
    ///
    /// - Returns: whether all commits are over. If not, one was left behind, and the database is in use.
    func run() async -> Bool {
        for await _ in arrivals {
            guard await commitWaiting() else { return false }
        }
        close()
        return await commitWaiting()
    }

    /// Refuses changes from now on.
    func close() {
        state.withLock { $0.closed = $0.closed ?? .now }
        arrived.finish()
    }

    private func commitWaiting() async -> Bool {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.maximumBatch))
                state.waiting.removeFirst(batch.count)
                return batch
            }
            guard !batch.isEmpty else { return true }
            guard await commit(batch) else { return false }
        }
    }

    private func commit(_ batch: [Waiting]) async -> Bool {
        await Answer<Bool>.awaited { isOver in
            let isLeftBehind = state.withLock { state in
                state.underWay = UnderWay(batch: batch, began: .now, isOver: isOver)
                return state.isLeftBehind
            }
            guard !isLeftBehind else { return leaveBehind() }
            // With a callback: a task would have to be waited for.
            write(batch, began: .now, isOver: isOver)
        }
    }

    private func write(_ batch: [Waiting], began: ContinuousClock.Instant, isOver: Answer<Bool>) {
        database.asyncWrite { [self] database in
            // Here it may take as long as the disk likes.
            try place.check()
            return try apply(batch, to: database)
        } completion: { [self] _, result in
            statistics.count(batch.count, duration: began.duration(to: .now), result)
            if Self.isDiskFull(result), room.giveUp() { return write(batch, began: .now, isOver: isOver) }
            finish(batch, result)
            isOver.give(true)
        }
    }

    private static func isDiskFull(_ result: Result<[Outcome], any Error>) -> Bool {
        guard case .failure(let error as DatabaseError) = result else { return false }
        return DatabaseProblem.isDiskFull(error)
    }

    private func finish(_ batch: [Waiting], _ result: Result<[Outcome], any Error>) {
        let outcomes: [Outcome]
        let failure: String?
        switch result {
        case .success(let made):
            outcomes = made
            failure = nil
        case .failure(let error):
            let reason = DatabaseProblem.text(error)
            // Of a storage that is not in its place the log has been told.
            if !(error is Displacement) {
                logger.error("commit failed", metadata: ["error": "\(reason)", "storage.changes": "\(batch.count)"])
            }
            outcomes = batch.map { _ in .failure(StorageError.unavailable(reason)) }
            failure = reason
        }
        let follower = state.withLock(\.follower)
        for case .success(let made) in outcomes { follower(made.entry) }
        let ended = state.withLock { state in
            defer {
                state.underWay = nil
                state.isStalled = false
                state.lastFailure = failure
            }
            return state.isStalled ? state.underWay : nil
        }
        if let ended {
            logger.notice(
                "commit no longer stalled",
                metadata: ["storage.seconds": "\(ended.began.duration(to: .now).components.seconds)"])
        }
        for (waiting, outcome) in zip(batch, outcomes) { waiting.answer.give(outcome) }
    }

    private func apply(_ batch: [Waiting], to database: Database) throws -> [Outcome] {
        var tables = try SQLiteTables(in: database)
        let outcomes = try batch.map { waiting in
            do {
                return Outcome.success(
                    try tables.make(waiting.change, by: waiting.actor, at: waiting.time, addresses: addresses))
            } catch let refusal as Refusal {
                // It leaves the others in the transaction alone.
                return .failure(refusal)
            }
        }
        if room.isGivenUp, let time = batch.map(\.time).max() { try tables.makeRoom(for: batch.count, at: time) }
        try tables.shortenFeed(keeping: feedPlaces)
        try tables.finish()
        return outcomes
    }

    // MARK: Deadlines

    /// Answers those who have waited for long enough. What has no transaction yet is dropped; what has one may come through.
    func checkDeadlines(now: ContinuousClock.Instant) {
        let (expired, error, stalled, leftBehind) = state.withLock { state in
            func isExpired(_ waiting: Waiting) -> Bool { waiting.arrived.duration(to: now) >= deadlines.commit }
            let age = state.underWay?.began.duration(to: now) ?? .zero
            // They have come in the order of their deadlines.
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

    /// Ends ``run()`` now, though a commit may be under way. It may come through, but nobody is told.
    func leaveBehind() {
        close()
        let (abandoned, isOver) = state.withLock { state in
            state.isLeftBehind = true
            defer { state.waiting = [] }
            return ((state.underWay?.batch ?? []) + state.waiting, state.underWay?.isOver)
        }
        for waiting in abandoned { waiting.answer.give(.failure(StorageError.unavailable("the storage is closed"))) }
        isOver?.give(false)
    }
}

extension StorageError {
    /// Something that was begun is not over yet.
    static func unfinished(_ what: String, for age: Duration) -> StorageError {
        .unavailable("the storage has not finished a \(what) for \(age.components.seconds) s")
    }
}
