package import Delegates
import GRDB
import Logging

extension SQLiteDelegateStorage {
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

    package func outcomes(
        ofImporting delegates: [NewDelegate], besides taken: inout ImportedNames
    ) async throws(StorageError) -> [ImportOutcome] {
        let before = taken
        let (outcomes, after) = try await readWithoutDeadline { database in
            var taken = before
            let outcomes = try SQLiteTables(in: database).outcomes(ofImporting: delegates, besides: &taken)
            return (outcomes, taken)
        }
        taken = after
        return outcomes
    }
}
