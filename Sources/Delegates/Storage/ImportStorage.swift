/// A storage into which delegates come from another server, while nobody follows it.
///
/// An import has commits of its own because three indices are in random order: most of the work is for their pages, of which the accounts of
/// a small commit share few. The commits of an import are large, and in the order of each index.
package protocol ImportStorage: DelegateStorage {
    /// Enrols delegates with their credentials and values, in one commit, which is durable when this returns. What is there already
    /// stays as it is.
    ///
    /// The follower is not told, and a place in the feed from before is beyond its horizon afterwards. No deadline applies.
    ///
    /// - Parameter delegates: tens of thousands a call are fastest. An import of more is a series of calls.
    /// - Returns: the outcomes, in the order of the delegates.
    func enrol(imported delegates: [NewDelegate], at time: Timestamp) async throws(StorageError) -> [ImportOutcome]
}

/// The outcome of an import for one delegate.
package enum ImportOutcome: Hashable, Sendable {
    case enrolled
    /// The same delegate is there already, with a credential of the same user name.
    case present
    case refused(Refusal)
}
