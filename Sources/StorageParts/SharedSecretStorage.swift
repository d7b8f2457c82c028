package import Delegates

/// A storage that several servers share, as the place of what they keep secret from it.
package protocol SharedSecretStorage: Sendable {
    func sharedSecrets() async throws(StorageError) -> [SharedSecret]

    /// Puts a content in the place of another one, as a change with a number: each server takes it up before its place goes on.
    ///
    /// - Parameters:
    ///   - former: the change that put the content there that this one replaces; `nil` if there is none.
    ///   - waits: whether this returns only when all servers that are alive have it. Before the storage runs, it cannot hear of them.
    /// - Returns: whether it is there now; it is not if another content is in that place meanwhile.
    func keep(
        _ content: String, named name: String, after former: ChangeSequence?, at time: Timestamp, waits: Bool
    ) async throws(StorageError) -> Bool
}
