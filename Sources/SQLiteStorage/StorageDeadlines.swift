/// How long the storage may take before clients are told so.
package struct StorageDeadlines: Hashable, Sendable {
    /// A commit or a read that takes longer is a stall: until it comes through, others are refused at once. A read that stalls
    /// is waited for no longer, and a stop waits no longer than this for what is under way.
    package var stall = Duration.seconds(5)
    /// A client waits no longer for its change to be committed.
    package var commit = Duration.seconds(10)
    /// A commit waits no longer for another process that has locked the file. Shorter than ``stall``: it is no stall.
    package var lock = Duration.seconds(3)

    package init() {}

    /// How often deadlines are looked at, and so how late one may be noticed.
    var precision: Duration { stall / 5 }
}
