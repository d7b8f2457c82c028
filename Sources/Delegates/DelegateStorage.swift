package import DNS

/// Where delegates, credentials and values are kept.
///
/// A change that returns is committed durably. One that throws was not made, or at least never acknowledged. Each conforming
/// type passes the same contract tests.
package protocol DelegateStorage: Sendable {
    /// Fills an empty table with all that is enrolled and published.
    func load(into table: DelegateTable, now: Timestamp) async throws(StorageError)

    /// Enrols a delegate and stores its first credential.
    ///
    /// - Throws: ``StorageError/nameTaken`` if the name was ever enrolled.
    func enrol(_ credential: Credential, at time: Timestamp) async throws(StorageError) -> ChangeSequence

    /// Publishes a value at a delegate, or refreshes it if it is published already.
    ///
    /// - Throws: ``StorageError/noSuchDelegate`` if the name is not enrolled.
    func publish(
        _ value: ChallengeValue, at delegate: DomainName, at time: Timestamp
    ) async throws(StorageError) -> ChangeSequence

    func credential(of username: UniqueID) async throws(StorageError) -> Credential?

    /// Returns if a change could be committed now as far as can be told without making one.
    func checkHealth() async throws(StorageError)
}
