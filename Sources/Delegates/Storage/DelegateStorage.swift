package import DNS

/// Where delegates, credentials and values are kept.
///
/// A change that returns is committed durably. One that throws was not made, or it is not known to be: a commit that nobody
/// waits for any longer can still come through. What follows from a commit is therefore done by whoever follows the storage. Each
/// conforming type passes the same contract tests.
package protocol DelegateStorage: Sendable {
    /// Takes all that is enrolled and published into a table. The table can be in use, and follow already.
    func load(into table: DelegateTable, now: Timestamp) async throws(StorageError)

    /// Makes a change, and writes it into the audit log. One that is made with a credential is also its last use.
    ///
    /// - Returns: the change as it was made: with what is decided only then.
    /// - Throws: the ``Refusal`` of a rule, or a ``StorageError``.
    @discardableResult
    func commit(_ change: Change, by actor: Actor, at time: Timestamp) async throws -> MadeChange

    // MARK: The feed

    /// Tells a follower each change that is committed from now on: once, in the order of the sequence, and before the commit returns;
    /// also those that nobody waits for any longer. A storage has one follower at a time.
    func follow(_ follower: @escaping @Sendable (FeedEntry) -> Void)

    /// The changes after a place, in the order of the sequence.
    ///
    /// - Parameter maximum: of changes.
    func changes(after place: ChangeSequence, maximum: Int) async throws(StorageError) -> FeedPage

    // MARK: Delegates and credentials

    func credential(of username: UniqueID) async throws(StorageError) -> Credential?

    /// In the order in which they were made.
    func credentials(of scope: Credential.Scope) async throws(StorageError) -> [Credential]

    /// A delegate of this name, alive or not; nothing if there never was one.
    func delegate(_ name: DomainName) async throws(StorageError) -> DelegateRecord?

    /// Delegates in the order of their names.
    ///
    /// - Parameters:
    ///   - name: behind which to begin; nothing for the beginning.
    ///   - maximum: of those that are looked at, which can be more than the filter includes.
    func delegates(
        _ filter: DelegateFilter, after name: DomainName?, maximum: Int
    ) async throws(StorageError) -> DelegatePage

    /// Delegates that were enrolled before a moment and at which nothing was ever published; so many at most, disabled ones left out.
    func unusedDelegates(enrolledBefore moment: Timestamp, maximum: Int) async throws(StorageError) -> [DomainName]

    // MARK: Groups and tokens

    /// In the order of their labels.
    func groups() async throws(StorageError) -> [GroupRecord]
    /// The labels, in their order, of those of which a delegate is a member.
    func groups(with member: DomainName) async throws(StorageError) -> [OperatorLabel]
    /// A group's delegates in the order of their names; nothing if there is no such group.
    func members(of group: OperatorLabel) async throws(StorageError) -> [DomainName]?
    /// The group's delegate with that first label, in any case.
    func member(_ label: String, of group: OperatorLabel) async throws(StorageError) -> DomainName?
    /// In the order of their labels.
    func tokens() async throws(StorageError) -> [RegistrationToken]
    func token(with digest: KeyDigest) async throws(StorageError) -> RegistrationToken?

    // MARK: The audit log

    /// What happened to a delegate, or at all, the newest first.
    ///
    /// - Parameters:
    ///   - number: of the entry before which to begin; nothing for the end of the log.
    ///   - maximum: of entries.
    func history(of delegate: DomainName?, before number: UInt64?, maximum: Int) async throws(StorageError) -> [AuditEntry]

    /// When the oldest entry of the audit log was written; nothing if there is none.
    func beginningOfAudit() async throws(StorageError) -> Timestamp?

    /// The number of entries that the audit log has.
    func auditEntryCount() async throws(StorageError) -> Int

    // MARK: Serials

    /// In the order of the zones' names.
    func serials() async throws(StorageError) -> [SerialRecord]

    // MARK: The storage itself

    /// Whether there is room for more delegates beside what those that are enrolled need. Looked at regularly, not now.
    var hasRoomForDelegates: Bool { get }

    /// Returns if a change could be committed now as far as can be told without making one.
    func checkHealth() async throws(StorageError)
}

extension DelegateStorage {
    /// Lets a table follow: what is committed from now on is answered before its commit returns.
    package func follow(with table: DelegateTable, clock: SteadyClock) {
        follow { entry in
            table.apply(entry, now: clock.now)
            table.setStale(false)
        }
    }
}
