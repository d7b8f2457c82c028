/// The time that the storage may take before clients get an error.
package struct StorageDeadlines: Hashable, Sendable {
    /// A commit or a read that takes longer is a stall: until it comes through, others are refused at once. A stalled read is not
    /// waited for any longer, and a stop waits at most this long for what is under way.
    package var stall = Duration.seconds(5)
    /// A client waits at most this long for its change to be committed.
    package var commit = Duration.seconds(10)
    /// A commit waits at most this long for another process that has locked the file. It is shorter than ``stall``, so it is no
    /// stall.
    package var lock = Duration.seconds(3)

    package init() {}

    /// How often deadlines are checked, and so how late an expiry may be noticed.
    package var precision: Duration { stall / 5 }
}
