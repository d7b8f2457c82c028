import Delegates
import Logging
import PostgreSQL
import StorageParts
import Synchronization

/// Following the changes of other nodes.
extension Nodes {
    /// Reads all that this node lacks; if the feed does not reach back that far, everything.
    func catchUp(_ reload: () async throws -> FeedPlace) async throws {
        do {
            try await following.catchUp()
        } catch Following.Failure.beyondHorizon {
            logger.notice("reading everything again: the feed does not reach back far enough")
            try await readAgain(reload)
        } catch Following.Failure.otherFeed {
            await becomeForeign()
            return
        }
        try await tellPlace()
        openGate()
    }

    /// Reads everything. Others do not wait for this node meanwhile: it leaves, and comes back with the next renewal.
    private func readAgain(_ reload: () async throws -> FeedPlace) async throws {
        state.withLock { state in
            state.isReloading = true
            state.renewal = nil
        }
        defer { state.withLock { $0.isReloading = false } }
        await leave()
        following.pass(to: try await reload().sequence)
    }

    /// Another database is in the place of the former one. Its changes cannot be told from those that this node has, so the node
    /// answers for no delegate any more, and counts for nobody.
    func becomeForeign() async {
        let isNew = state.withLock { state in
            defer { (state.isForeign, state.renewal) = (true, nil) }
            return !state.isForeign
        }
        await leave()
        if isNew { logger.critical("the database is another one than before, or was restored: restart this node") }
    }

    /// Reads changes when there are some, and tells how far this node is.
    ///
    /// - Parameter reload: reads everything, and returns its place.
    func follow(reload: () async throws -> FeedPlace) async {
        for await _ in changes {
            do {
                try await catchUp(reload)
            } catch {
                logger.debug("changes not read", metadata: ["error": "\(StorageError.database(error))"])
            }
        }
    }

    /// Listens to other nodes, on a connection of its own, and finds out whether that works: a pooler that gives each transaction another
    /// connection takes LISTEN without a word, and no notification ever comes.
    func listen(
        _ open: (@escaping @Sendable (PostgreSQLConnection.Notification) -> Void) async throws -> PostgreSQLConnection
    ) async {
        while !Task.isCancelled {
            do {
                let connection = try await open { self.take($0) }
                defer { connection.close() }
                _ = try await connection.run(
                    [Statement("LISTEN \(Following.channel)"), Statement("LISTEN \(Self.channel)")],
                    until: .now.advanced(by: .seconds(5)))
                changed.yield()
                while connection.failure == nil {
                    try await tryNotifications()
                    try await Task.sleep(for: Self.notificationCheck)
                }
            } catch {
                logger.debug("not listening to other nodes", metadata: ["error": "\(StorageError.database(error))"])
            }
            state.withLock { $0.isListening = false }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// How often it is tried whether notifications come.
    static let notificationCheck = Duration.seconds(10)
    /// How long a notification may take.
    static let notificationTime = Duration.seconds(1)

    /// Sends this node a notification, and waits for it.
    func tryNotifications() async throws {
        let before = state.withLock(\.greetings)
        _ = try await write([Statement("SELECT pg_notify($1, $2)", [.text(Self.channel), .text(greeting)])])
        let deadline = ContinuousClock.now.advanced(by: Self.notificationTime)
        while state.withLock(\.greetings) == before, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        let (was, isListening) = state.withLock { state in
            defer { state.isListening = state.greetings != before }
            return (state.isListening, state.greetings != before)
        }
        if !isListening, was != false {
            logger.warning(
                """
                no notifications come from the database: a pooler between must give each client a session of its own (session mode); \
                until then other nodes are asked 4 times a second, and updates take longer
                """)
        } else if isListening, was == false {
            logger.notice("notifications come from the database again")
        }
    }

    var greeting: String { "hello \(instance)" }

    func take(_ notification: PostgreSQLConnection.Notification) {
        switch notification.channel {
        case Following.channel:
            if let number = UInt64(notification.payload), number > following.place.sequence.number { changed.yield() }
        case Self.channel where notification.payload == greeting: state.withLock { $0.greetings += 1 }
        case Self.channel:
            let parts = notification.payload.split(separator: " ")
            guard parts.count == 3, let place = UInt64(parts[2]) else { return }
            let shown = following.place.sequence
            state.withLock { state in
                state.members.take(
                    place: ChangeSequence(place), of: String(parts[0]), instance: String(parts[1]), shown: shown, at: .now)
            }
            settle()
        default: break
        }
    }

    func tellPlace() async throws {
        let place = following.place.sequence
        guard state.withLock({ $0.toldPlace < place }) else { return }
        let number = Int64(clamping: place.number)
        _ = try await write([
            Statement(
                "UPDATE node SET place = $1 WHERE name = $2 AND instance = $3",
                [.integer(number), .text(settings.name), .text(instance)]),
            Statement("SELECT pg_notify($1, $2)", [.text(Self.channel), .text("\(settings.name) \(instance) \(number)")]),
        ])
        state.withLock { $0.toldPlace = max($0.toldPlace, place) }
    }

    /// Writes what need not survive the end of the database server: all of it is told again.
    ///
    /// - Parameter isDurable: whether it does need to survive.
    func write(isDurable: Bool = false, _ statements: [Statement]) async throws -> [ResultRows] {
        let durability = isDurable ? "current_setting('synchronous_commit')" : "'off'"
        let settings = Statement(
            """
            SELECT set_config('synchronous_commit', \(durability), true), set_config('lock_timeout', '1500', true),
                set_config('statement_timeout', '2000', true), set_config('idle_in_transaction_session_timeout', '3000', true)
            """)
        let results = try await connections.with { connection throws(PostgreSQLError) in
            try await connection.run(
                [Statement("BEGIN"), settings] + statements + [Statement("COMMIT")], until: .now.advanced(by: .seconds(2)))
        }
        return Array(results[2..<2 + statements.count])
    }
}
