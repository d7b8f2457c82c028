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

    /// Enrols a delegate and stores its first credential.
    ///
    /// - Throws: ``StorageError/nameTaken`` if the name was ever enrolled.
    func enrol(
        _ credential: Credential, at time: Timestamp, committed: @escaping @Sendable (ChangeSequence) -> Void
    ) async throws(StorageError)

    /// Publishes a value at a delegate, or refreshes it if it is published already.
    ///
    /// - Throws: ``StorageError/noSuchDelegate`` if the name is not enrolled.
    func publish(
        _ value: ChallengeValue, at delegate: DomainName, at time: Timestamp,
        committed: @escaping @Sendable (ChangeSequence) -> Void
    ) async throws(StorageError)

    func credential(of username: UniqueID) async throws(StorageError) -> Credential?

    /// Returns if a change could be committed now as far as can be told without making one.
    func checkHealth() async throws(StorageError)
}
