package import Delegates
import PostgreSQL

/// This node, and what it can do besides the database.
package struct NodeSettings: Sendable {
    /// The name, which no other node has.
    package var name: String
    package var version: String
    /// When the process was started.
    package var started: Timestamp
    /// Where other nodes ask its name server; empty if they cannot.
    package var address: String
    /// The time after which a node that falls silent does not count any more.
    package var lease: Duration
    /// The gate that keeps DNS answers back.
    package var gate: AnswerGate
    /// The clock that nodes go by, which each renewal of the lease sets right; `nil` if this one goes by another.
    package var clock: DatabaseClock?
    /// Asks another node's name server for its place.
    package var ask: @Sendable (_ address: String) async -> PeerAnswer
    /// The number of the last change that DNS shows here.
    package var shown: @Sendable () -> UInt64
    /// Takes everything again: the feed no longer has the changes that are missing.
    package var reload: @Sendable (PostgreSQLDelegateStorage) async throws(StorageError) -> FeedPlace

    package init(
        name: String, version: String, started: Timestamp, address: String, lease: Duration, gate: AnswerGate,
        clock: DatabaseClock? = nil, ask: @escaping @Sendable (String) async -> PeerAnswer,
        shown: @escaping @Sendable () -> UInt64,
        reload: @escaping @Sendable (PostgreSQLDelegateStorage) async throws(StorageError) -> FeedPlace
    ) {
        self.name = name
        self.version = version
        self.started = started
        self.address = address
        self.lease = lease
        self.gate = gate
        self.clock = clock
        self.ask = ask
        self.shown = shown
        self.reload = reload
    }

    /// How long a node answers without having heard of the database: a little less than others wait for it.
    var ownLease: Duration { lease * 9 / 10 }
    /// How often a node renews its lease.
    var period: Duration { min(.seconds(1), lease / 5) }
}

/// What another node's name server says when it is asked for its place.
package enum PeerAnswer: Hashable, Sendable {
    /// The number of the last change that it shows.
    case shows(UInt64)
    /// Its host says that no name server is there.
    case absent
    case silent
}
