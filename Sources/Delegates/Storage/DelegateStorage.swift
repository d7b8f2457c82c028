package import DNS

/// The storage of delegates, credentials and values.
///
/// A change that returns is durable. One that throws was not made, or is not known to be: a commit whose caller has stopped waiting can
/// still succeed. The consequences of a commit are therefore up to the follower of the storage. Each conforming type passes the same
/// contract tests.
package protocol DelegateStorage: Sendable {
    /// Loads all delegates and values into a table. The table can be in use, and follow already.
    ///
    /// - Returns: the place after which the feed goes on.
    @discardableResult
    func load(into table: DelegateTable, now: Timestamp) async throws(StorageError) -> FeedPlace

    /// Loads all credentials and groups into a table, which follows already.
    ///
    /// - Returns: whether the table is complete now.
    @discardableResult
    func load(into credentials: CredentialTable) async throws(StorageError) -> Bool

    /// Makes a change, and writes it into the audit log. A change with a credential is also that credential's last use.
    ///
    /// - Returns: the change as it was made, with what is decided only then.
    /// - Throws: the ``Refusal`` of a rule, or a ``StorageError``.
    @discardableResult
    func commit(_ change: Change, by actor: Actor, at time: Timestamp) async throws -> MadeChange

    // MARK: The feed

    /// Gives a follower each change that is committed from now on and takes a place in the sequence: once, in order, and before the commit
    /// returns; also changes whose caller has stopped waiting. A storage has one follower: a second one takes the place of the first.
    func follow(_ follower: @escaping @Sendable (FeedEntry) -> Void)

    /// The changes after a place, in the order of the sequence.
    ///
    /// - Parameter maximum: the maximum number of changes.
    func changes(after place: FeedPlace, maximum: Int) async throws(StorageError) -> FeedPage

    // MARK: Delegates and credentials

    func credential(of username: UniqueID) async throws(StorageError) -> Credential?

    /// In the order in which they were made.
    func credentials(of scope: Credential.Scope) async throws(StorageError) -> [Credential]

    /// The delegate of this name, deleted or not; `nil` if there never was one.
    func delegate(_ name: DomainName) async throws(StorageError) -> DelegateRecord?

    /// The delegates that a filter includes, in the order of their names.
    ///
    /// A storage can end a page early, even an empty one, so that one call does not take too long.
    ///
    /// - Parameters:
    ///   - name: the name after which to begin; `nil` for the beginning.
    ///   - maximum: the maximum number of delegates in the page.
    func delegates(
        _ filter: DelegateFilter, after name: DomainName?, maximum: Int
    ) async throws(StorageError) -> DelegatePage

    /// The delegates that were enrolled before a moment and at which nothing was ever published: at most `maximum`, no disabled ones.
    func unusedDelegates(enrolledBefore moment: Timestamp, maximum: Int) async throws(StorageError) -> [DomainName]

    // MARK: Domains

    /// The domains that delegates have declared, in order for each; delegates without any are left out.
    func domains(of delegates: [DomainName]) async throws(StorageError) -> [DomainName: [DomainRecord]]

    /// The declared domains that a filter includes, in the order of the domains and, for each, of its delegates.
    ///
    /// - Parameters:
    ///   - place: the place after which to begin; `nil` for the beginning.
    ///   - maximum: the maximum number of domains in the page.
    func domains(_ filter: DomainFilter, after place: DomainPlace?, maximum: Int) async throws(StorageError) -> DomainPage

    /// The declared domains that were last looked at before a moment, or never; of delegates that are not disabled.
    ///
    /// Those that have waited longest come first: since the last look or, without one, since the declaration. So new domains cannot keep
    /// others from their turn.
    ///
    /// - Parameter maximum: the maximum number of domains.
    func domainsDue(lookedAtBefore moment: Timestamp, maximum: Int) async throws(StorageError) -> [DomainRecord]

    /// The number of declared domains in each state; states without any are left out.
    func domainCounts() async throws(StorageError) -> [DomainState: Int]

    // MARK: Groups and tokens

    /// In the order of their labels.
    func groups() async throws(StorageError) -> [GroupRecord]
    /// The labels of the groups of which a delegate is a member, in order.
    func groups(with member: DomainName) async throws(StorageError) -> [OperatorLabel]
    /// A group's delegates in the order of their names; `nil` if there is no such group.
    func members(of group: OperatorLabel) async throws(StorageError) -> [DomainName]?
    /// The group's delegate with that first label, in any case.
    func member(_ label: String, of group: OperatorLabel) async throws(StorageError) -> DomainName?
    /// In the order of their labels.
    func tokens() async throws(StorageError) -> [RegistrationToken]
    func token(with digest: KeyDigest) async throws(StorageError) -> RegistrationToken?

    // MARK: The audit log

    /// The history of a delegate, or of everything, newest first.
    ///
    /// - Parameters:
    ///   - number: the number of the entry before which to begin; `nil` for the end of the log.
    ///   - maximum: the maximum number of entries.
    func history(of delegate: DomainName?, before number: UInt64?, maximum: Int) async throws(StorageError) -> [AuditEntry]

    /// When the oldest entry of the audit log was written; `nil` if there is none.
    func beginningOfAudit() async throws(StorageError) -> Timestamp?

    func auditEntryCount() async throws(StorageError) -> Int

    // MARK: Serials

    /// In the order of the zones' names.
    func serials() async throws(StorageError) -> [SerialRecord]

    // MARK: The storage itself

    /// Whether there is room for more delegates, besides what the enrolled ones need. The storage checks that regularly, not at each call.
    var hasRoomForDelegates: Bool { get }

    /// Whether this server does what one server does for all that share the storage: it lets values age, ends unused delegates, shortens
    /// the audit log, and looks at domains. Two at a time do no harm.
    var leads: Bool { get }

    /// Returns if a change could be committed now, as far as the storage can tell without making one.
    func checkHealth() async throws(StorageError)
}

extension DelegateStorage {
    package var leads: Bool { true }

    /// Lets tables follow the storage: a change that is committed from now on counts in them before its commit returns.
    package func follow(
        with table: DelegateTable, _ credentials: CredentialTable? = nil, clock: SteadyClock
    ) {
        follow { entry in
            table.apply(entry, now: clock.now)
            credentials?.apply(entry)
            table.setStale(false)
        }
    }
}
