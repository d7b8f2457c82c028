package import Delegates

/// A storage that several servers share, as the place of what they keep secret from it.
package protocol SharedSecretStorage: Sendable {
    func sharedSecrets() async throws(StorageError) -> [SharedSecret]

    /// Gives a follower each content from now on, before the change that brings it is told to others: what the table shows says that the rest is
    /// there. The server's place does not go beyond a change that the follower could not take; it is given again.
    ///
    /// - Parameter follower: returns whether it has taken the content.
    func followSecrets(_ follower: @escaping @Sendable (SharedSecret) -> Bool)

    /// Puts a content in the place of another one, as a change with a number: each server takes it up before its place goes on.
    ///
    /// - Parameters:
    ///   - former: the change that put the content there that this one replaces; `nil` if there is none.
    ///   - waits: whether this returns only when all servers that are alive have it. Before the storage runs, it cannot hear of them.
    /// - Throws: why it is not there, as far as is known.
    func keep(
        _ content: String, named name: String, after former: ChangeSequence?, at time: Timestamp, waits: Bool
    ) async throws(StorageError) -> SecretOutcome
}

/// What became of a content that was to be put into a storage.
package enum SecretOutcome: Hashable, Sendable {
    case kept
    /// It is there, but not all servers have said in time that they have it.
    case unconfirmed(StorageError)
    /// Another content is in that place meanwhile.
    case overtaken
}
