import DNS

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

    /// Finds out the outcomes that ``enrol(imported:at:)`` would have, and only reads.
    ///
    /// No deadline applies.
    ///
    /// - Parameters:
    ///   - delegates: as many as an import would enrol in one call.
    ///   - taken: the names that the calls before would have taken. Gets those of these delegates.
    /// - Returns: the outcomes, in the order of the delegates.
    func outcomes(
        ofImporting delegates: [NewDelegate], besides taken: inout ImportedNames
    ) async throws(StorageError) -> [ImportOutcome]
}

/// The names that the delegates of an import take: an import gives out each of them once.
package struct ImportedNames: Sendable {
    var delegates: Set<DomainName> = []
    /// The scopes of credentials, by their user names.
    var scopes: [UniqueID: Credential.Scope] = [:]

    package init() {}
}

/// The outcome of an import for one delegate.
package enum ImportOutcome: Hashable, Sendable {
    case enrolled
    /// The same delegate is there already, with a credential of the same user name.
    case present
    case refused(Refusal)
}
