package import Delegates
import Logging
import StorageParts

extension PostgreSQLDelegateStorage {
    package func enrol(imported delegates: [NewDelegate], at time: Timestamp) async throws(StorageError) -> [ImportOutcome] {
        do {
            let (outcomes, end) = try await transactions.write(needs: Self.needs(of: delegates), patience: Self.patience) {
                tables in
                (try tables.enrol(imported: delegates, at: time), tables.sequence)
            }
            following.pass(to: end)
            return outcomes
        } catch {
            let failure = StorageError.database(error)
            logger.error("commit failed", metadata: ["error": "\(failure)", "storage.changes": "\(delegates.count)"])
            throw failure
        }
    }

    package func outcomes(
        ofImporting delegates: [NewDelegate], besides taken: inout ImportedNames
    ) async throws(StorageError) -> [ImportOutcome] {
        let before = taken
        do {
            let (outcomes, after) = try await transactions.look(needs: Self.needs(of: delegates)) { tables in
                var taken = before
                return (try tables.outcomes(ofImporting: delegates, besides: &taken), taken)
            }
            taken = after
            return outcomes
        } catch {
            throw .database(error)
        }
    }

    /// Tens of thousands of delegates at once take seconds, and on a slow disk more.
    private static let patience = Duration.seconds(600)

    private static func needs(of delegates: [NewDelegate]) -> Set<Need> {
        var needs: Set<Need> = []
        for new in delegates {
            needs.insert(.delegate(new.name))
            if let credential = new.credential { needs.insert(.credential(credential.username)) }
        }
        return needs
    }
}
