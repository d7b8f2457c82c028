package import Delegates

/// A node as `nuncio nodes list` shows it.
package struct NodeStatus: Hashable, Sendable {
    package var name: String
    package var version: String
    package var address: String
    package var started: Timestamp
    /// The last change that it answers with.
    package var place: UInt64
    /// The number of changes that it lacks.
    package var lag: UInt64
    package var lease: Duration
    /// How long ago its last renewal was seen.
    package var age: Duration
    /// Whether its lease is over: nobody waits for it any more.
    package var isOut: Bool
    package var isThisNode: Bool

    package init(
        name: String, version: String, address: String, started: Timestamp, place: UInt64, lag: UInt64, lease: Duration,
        age: Duration, isOut: Bool, isThisNode: Bool
    ) {
        self.name = name
        self.version = version
        self.address = address
        self.started = started
        self.place = place
        self.lag = lag
        self.lease = lease
        self.age = age
        self.isOut = isOut
        self.isThisNode = isThisNode
    }
}
