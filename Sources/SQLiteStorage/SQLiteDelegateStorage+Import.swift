package import Delegates
import GRDB
import Logging

extension SQLiteDelegateStorage: ImportStorage {
    package func enrol(
        imported delegates: [NewDelegate], at time: Timestamp
    ) async throws(StorageError) -> [ImportOutcome] {
        do {
            return try await database.write { [place] database in
                try place.check()
                var tables = try SQLiteTables(in: database)
                let outcomes = try tables.enrol(imported: delegates, at: time)
                try tables.finish()
                return outcomes
            }
        } catch {
            let reason = DatabaseProblem.text(error)
            logger.error("commit failed", metadata: ["error": "\(reason)", "storage.changes": "\(delegates.count)"])
            throw error as? StorageError ?? .unavailable(reason)
        }
    }
}

extension SQLiteTables {
    mutating func insert(_ credential: Credential, of delegate: Int64, sequence: ChangeSequence) throws {
        let (digest, hash) = credential.check.stored
        try execute(
            """
            INSERT INTO credential (
                username, delegate_id, key_sha256, key_bcrypt, label, allowed_networks, created_at, expires_at, sequence
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                credential.username.description, delegate, digest, hash, credential.label, credential.allowedNetworks.stored,
                credential.created.secondsSinceEpoch, credential.expires?.secondsSinceEpoch, Int64(clamping: sequence.number),
            ])
    }
}
