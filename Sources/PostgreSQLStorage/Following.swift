import DNS
import Delegates
import PostgreSQL
import StorageParts
import Synchronization

/// What this node has told its follower, and the changes that come after.
final class Following: Sendable {
    private let connections: ConnectionPool
    /// Held while the follower takes changes: they come once and in order, whoever has read them.
    private let followers: Mutex<Followers>
    private let state: Mutex<FeedPlace>
    private let lacksSecret = Atomic(false)

    enum Failure: Error, CustomStringConvertible {
        /// The feed does not reach back to this node's place.
        case beyondHorizon
        case otherFeed
        /// What the servers share cannot be taken from a change.
        case secretNotTaken

        var description: String {
            switch self {
            case .beyondHorizon: "the feed of changes does not reach back to what this node has"
            case .otherFeed: "the database is another one than before"
            case .secretNotTaken: "what nodes share cannot be read"
            }
        }
    }

    private struct Followers {
        var ofChanges: @Sendable (FeedEntry) -> Void = { _ in }
        /// Returns whether it has taken the secret.
        var ofSecrets: @Sendable (SharedSecret) -> Bool = { _ in true }
    }

    /// The channel on which nodes tell each other the number of the last change.
    static let channel = "nuncio_change"
    /// The number of changes that are read at once.
    static let pageSize = 1_000

    init(connections: ConnectionPool, place: FeedPlace) {
        self.connections = connections
        followers = Mutex(Followers())
        state = Mutex(place)
    }

    /// The last change that the follower knows. A follower that takes its time makes nobody wait for this.
    var place: FeedPlace { state.withLock(\.self) }

    /// Whether this cannot get on until what the servers share can be taken from the next change.
    var isBlocked: Bool { lacksSecret.load(ordering: .relaxed) }

    func follow(_ follower: @escaping @Sendable (FeedEntry) -> Void) { followers.withLock { $0.ofChanges = follower } }

    func followSecrets(_ follower: @escaping @Sendable (SharedSecret) -> Bool) {
        followers.withLock { $0.ofSecrets = follower }
    }

    // MARK: Telling

    /// Tells the follower of changes, in order, and passes over those that it knows.
    ///
    /// - Parameter others: those that were made before the entries, as far as they were read.
    func take(_ others: [FeedEntry], _ entries: [FeedEntry]) async throws {
        try tell(others)
        try tell(entries)
        if let last = entries.last, place.sequence < last.lastPlace { try await catchUp() }
    }

    /// - Throws: ``Failure/secretNotTaken``
    private func tell(_ entries: [FeedEntry]) throws {
        try followers.withLock { followers in
            for entry in entries where entry.lastPlace > place.sequence {
                // After a gap, nothing: the missing ones are read first.
                guard entry.sequence.number <= place.sequence.number + 1 else { return }
                let isTaken = entry.secrets.allSatisfy(followers.ofSecrets)
                lacksSecret.store(!isTaken, ordering: .relaxed)
                guard isTaken else { throw Failure.secretNotTaken }
                followers.ofChanges(entry)
                pass(to: entry.lastPlace)
            }
        }
    }

    /// Reads and tells changes until there are no more.
    ///
    /// - Throws: ``Failure/beyondHorizon``
    func catchUp() async throws {
        while true {
            let before = place
            let (page, feed) = try await readPage(after: before, maximum: Self.pageSize)
            guard feed == before.feed else { throw Failure.otherFeed }
            switch page {
            case .entries(let entries):
                try tell(entries)
                if entries.isEmpty { return }
                guard place.sequence > before.sequence else { throw Failure.beyondHorizon }
            case .beyondHorizon: throw Failure.beyondHorizon
            }
        }
    }

    /// Passes over changes that are not in the feed: those of an import.
    func pass(to sequence: ChangeSequence) {
        state.withLock { $0.sequence = max($0.sequence, sequence) }
    }

    // MARK: Reading the feed

    /// The place of a feed's end.
    static func place(_ connection: PostgreSQLConnection, until deadline: ContinuousClock.Instant) async throws -> FeedPlace {
        let row = try await connection.run([lastPlace], until: deadline)[0].first
        return try FeedPlace(row: row)
    }

    static let lastPlace = Statement("SELECT name, number FROM feed, change_sequence")

    static func entries(after sequence: ChangeSequence, maximum: Int) -> Statement {
        // A change has several rows, which are read together. One with several places can begin before the given one, and end after it.
        Statement(
            """
            SELECT number, places, time, kind, name, detail FROM change_feed
            WHERE number >= coalesce((SELECT max(number) FROM change_feed WHERE number <= $1), 0)
                AND number < coalesce(
                    (SELECT number FROM change_feed WHERE number > $1 AND part = 0 ORDER BY number OFFSET $2 LIMIT 1),
                    9223372036854775807)
                AND number + places - 1 > $1
            ORDER BY number, part
            """, [.integer(Int64(clamping: sequence.number)), .integer(Int64(maximum))])
    }

    static func entries(_ rows: ResultRows) throws -> [FeedEntry] {
        var entries: [FeedEntry] = []
        for index in 0..<rows.count {
            let row = rows[index]
            let sequence = try ChangeSequence(stored: row.integer(0))
            if entries.last?.sequence != sequence {
                entries.append(
                    FeedEntry(
                        sequence: sequence, placeCount: UInt64(clamping: try row.integer(1)), time: try row.moment(2),
                        effects: []))
            }
            guard let kind = try row.textIfAny(3) else { continue }
            let stored = StoredEffect(
                kind: StoredEffect.Kind(rawValue: kind), name: try row.textIfAny(4), detail: try row.textIfAny(5))
            guard let effect = stored.effect else {
                throw StorageError.damaged("the change \(sequence.number) cannot be read")
            }
            entries[entries.count - 1].effects.append(effect)
        }
        return entries
    }

    func page(after place: FeedPlace, maximum: Int) async throws -> FeedPage {
        try await readPage(after: place, maximum: maximum).page
    }

    /// - Returns: the page, and the name of the feed that the database has.
    private func readPage(after place: FeedPlace, maximum: Int) async throws -> (page: FeedPage, feed: UniqueID) {
        let results = try await connections.read(
            [
                Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
                Statement("SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"), Self.lastPlace,
                Statement("SELECT coalesce(min(number), 0) FROM change_feed"),
                Self.entries(after: place.sequence, maximum: maximum), Statement("COMMIT"),
            ], within: .seconds(2))
        let end = try FeedPlace(row: results[2].first)
        guard place.feed == end.feed, place.sequence <= end.sequence else { return (.beyondHorizon, end.feed) }
        guard place.sequence < end.sequence else { return (.entries([]), end.feed) }
        let first = try results[3].first?.integer(0) ?? 0
        let entries = try Self.entries(results[4])
        guard first > 0, try ChangeSequence(stored: first).number <= place.sequence.number + 1, let next = entries.first,
            next.sequence.number <= place.sequence.number + 1
        else { return (.beyondHorizon, end.feed) }
        return (.entries(entries), end.feed)
    }
}

extension FeedPlace {
    init(row: ResultRow?) throws {
        guard let row, let feed = UniqueID(try row.text(0)) else { throw StorageError.damaged("the feed has no name") }
        self.init(feed: feed, sequence: try ChangeSequence(stored: row.integer(1)))
    }
}
