import Delegates
import Logging
import PostgreSQL
import PrometheusMetrics
import StorageParts
import Synchronization

/// This node among those that share the database: it follows the changes of all, and tells how far it is; its own changes wait until all
/// others have them.
final class Nodes: Sendable {
    let settings: NodeSettings
    let connections: ConnectionPool
    let following: Following
    let instance = UniqueID.random().description
    let started: Timestamp
    let logger: Logger
    let state: Mutex<State>
    /// Tells that there may be changes to read.
    let changes: AsyncStream<Void>
    let changed: AsyncStream<Void>.Continuation
    let confirmations = Histogram(bounds: Histogram.seconds)
    let lostChanges = Atomic<UInt64>(0)

    struct State {
        var members: Members
        var waiting: [Waiting] = []
        /// The place that the database has of this node.
        var toldPlace = ChangeSequence(0)
        /// The last renewal that succeeded; `nil` before the first, and after the lease was lost.
        var renewal: Renewal?
        /// The number of the last change when this node came, or came back: it answers only with all changes up to that.
        var joined = ChangeSequence(0)
        /// The highest beat that this node has written: a database that lost some must not show one of them again.
        var beat: Int64 = 0
        /// When this node has got further the last time, and how far.
        var progress: (place: ChangeSequence, at: ContinuousClock.Instant)?
        /// Whether everything is being read again. The node counts for nobody meanwhile.
        var isReloading = false
        /// Whether the database is another one than that from which the tables come.
        var isForeign = false
        /// What others said since then.
        var looks: PeerLooks?
        /// The last change in the database, as it was read last.
        var end = ChangeSequence(0)
        var trouble: String?
        /// Whether notifications come; `nil` before that is known.
        var isListening: Bool?
        /// The notifications to itself that have come back.
        var greetings = 0
    }

    /// A renewal of the lease, by the moment at which it began: nobody can have seen it earlier.
    struct Renewal: Hashable, Sendable {
        var began: ContinuousClock.Instant
        /// The same moment by the gate's clock.
        var gateTime: UInt64
    }

    struct Waiting {
        var place: ChangeSequence
        var began: ContinuousClock.Instant
        var deadline: ContinuousClock.Instant
        var answer: Answer<StorageError?>
    }

    /// The channel on which nodes tell their places.
    static let channel = "nuncio_place"

    init(_ settings: NodeSettings, connections: ConnectionPool, following: Following, logger: Logger) {
        self.settings = settings
        self.connections = connections
        self.following = following
        self.logger = logger
        started = settings.started
        state = Mutex(State(members: Members(own: settings.name)))
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes this node's name. From then on, the changes of others wait for it: so its tables are read afterwards.
    ///
    /// - Throws: ``StorageError/unavailable(_:)`` if another process has the name.
    func join() async throws {
        let deadline = ContinuousClock.now.advanced(by: settings.lease * 2 + .seconds(2))
        // A process that was killed has its lease a little longer.
        while try await !takeName() {
            guard ContinuousClock.now < deadline else {
                throw StorageError.unavailable(
                    "another node is named “\(settings.name)”: give each one its own “node.name”")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// - Returns: whether the name is this process's now.
    func takeName() async throws -> Bool {
        let renewal = beginRenewal()
        let place = following.place.sequence
        // Durable as changes are: a row that is lost with a crash would let a change pass that this node lacks.
        let rows = try await write(
            isDurable: true,
            [
                // Under the lock of the sequence: each change comes before this, or waits for this node.
                Statement("SELECT number FROM change_sequence FOR UPDATE"),
                Members.Row.select,
                Statement(
                    """
                    INSERT INTO node (name, instance, version, addresses, beat, lease_milliseconds, place, started_at)
                    VALUES ($1, $2, $3, $4, $9, $5, $6, $7)
                    ON CONFLICT (name) DO UPDATE SET instance = excluded.instance, version = excluded.version,
                        addresses = excluded.addresses, beat = greatest(node.beat + 1, excluded.beat), lease_milliseconds = excluded.lease_milliseconds,
                        place = excluded.place, started_at = excluded.started_at
                    WHERE node.instance = $2 OR node.instance = $8
                    RETURNING beat
                    """,
                    [
                        .text(settings.name), .text(instance), .text(settings.version), .text(settings.address),
                        .integer(Int64(settings.lease / .milliseconds(1))), .integer(Int64(clamping: place.number)),
                        .integer(started.secondsSinceEpoch), .text(expiredInstance ?? ""),
                        .integer(state.withLock(\.beat) + 1),
                    ]),
                Following.lastPlace,
            ])
        let number = try ChangeSequence(stored: rows[0].first?.integer(0) ?? 0)
        guard try rows[3].first?.text(0) == following.place.feed.description else {
            await becomeForeign()
            return false
        }
        let (members, isTaken) = (try rows[1].map { try Members.Row(row: $0) }, rows[2].count == 1)
        note(members, began: renewal.began, end: number)
        guard isTaken else { return false }
        let beat = try rows[2].first?.integer(0) ?? 0
        state.withLock { state in
            state.toldPlace = place
            state.joined = max(number, place)
            state.beat = max(state.beat, beat)
            state.renewal = renewal
            state.looks = nil
        }
        try await compare(place, with: number)
        return true
    }

    /// Whether this process has ever had the name.
    var hasJoined: Bool { state.withLock { $0.beat > 0 } }

    /// The process that has this node's name, and whose lease is over.
    var expiredInstance: String? {
        state.withLock { state in state.members.all[settings.name].flatMap { $0.isOut ? $0.row.instance : nil } }
    }

    /// Gives the name back: nobody waits for this node any more.
    func leave() async {
        settings.gate.close()
        _ = try? await write([
            Statement("DELETE FROM node WHERE name = $1 AND instance = $2", [.text(settings.name), .text(instance)])
        ])
    }
}
