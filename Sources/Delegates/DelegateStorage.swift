package import DNS

/// Where delegates, credentials and values are kept.
///
/// A change that returns is committed durably. One that throws was not made, or it is not known to be: a commit that nobody
/// waits for any longer can still come through. What follows from a commit is therefore done in `committed`, which is called
/// with the change's place as soon as the change is committed, whoever still waits, and before the change returns; never for a
/// change that was not committed. Each conforming type passes the same contract tests.
package protocol DelegateStorage: Sendable {
    /// Fills an empty table with all that is enrolled and published.
    func load(into table: DelegateTable, now: Timestamp) async throws(StorageError)

    /// Makes a change, and writes it into the audit log. One that is made with a credential is also its last use.
    ///
    /// - Throws: ``StorageError/nameTaken`` if a name is to be enrolled that ever was; ``StorageError/noSuchDelegate`` if there is no such
    ///   delegate, or none any more; ``StorageError/noSuchCredential`` and ``StorageError/tooManyCredentials``.
    func commit(
        _ change: Change, by actor: Actor, at time: Timestamp, committed: @escaping @Sendable (ChangeSequence) -> Void
    ) async throws(StorageError)

    func credential(of username: UniqueID) async throws(StorageError) -> Credential?

    /// In the order in which they were made.
    func credentials(of delegate: DomainName) async throws(StorageError) -> [Credential]

    /// When a delegate was enrolled; nothing if there is none of this name, or none any more.
    func enrolmentTime(of delegate: DomainName) async throws(StorageError) -> Timestamp?

    /// What happened to a delegate, the newest first.
    ///
    /// - Parameters:
    ///   - number: of the entry before which to begin; nothing for the end of the log.
    ///   - maximum: of entries.
    func history(of delegate: DomainName, before number: UInt64?, maximum: Int) async throws(StorageError) -> [AuditEntry]

    /// When the oldest entry of the audit log was written; nothing if there is none.
    func beginningOfAudit() async throws(StorageError) -> Timestamp?

    /// Returns if a change could be committed now as far as can be told without making one.
    func checkHealth() async throws(StorageError)
}
