package import Delegates
package import StorageParts

extension PostgreSQLDelegateStorage: SharedSecretStorage {
    package var secrets: (any SharedSecretStorage)? { self }

    package func sharedSecrets() async throws(StorageError) -> [SharedSecret] {
        try await read(SharedSecret.select + "ORDER BY name") { try SharedSecret(row: $0) }
    }

    package func followSecrets(_ follower: @escaping @Sendable (SharedSecret) -> Bool) { following.followSecrets(follower) }

    package func keep(
        _ content: String, named name: String, after former: ChangeSequence?, at time: Timestamp, waits: Bool
    ) async throws(StorageError) -> SecretOutcome {
        let deadline = ContinuousClock.now.advanced(by: settings.deadlines.commit)
        let place: ChangeSequence?
        do {
            place = try await transactions.write(needs: [.secret(name)]) { tables in
                try tables.keep(content, named: name, after: former, at: time) ? tables.sequence : nil
            }
        } catch {
            throw .database(error)
        }
        guard let place else { return .overtaken }
        guard waits else { return .kept }
        do {
            try await nodes?.confirm(place, until: deadline)
            return .kept
        } catch {
            return .unconfirmed(error)
        }
    }
}
