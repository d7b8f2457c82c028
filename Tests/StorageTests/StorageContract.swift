import DNS
import Delegates
import TestSupport

/// A suite of the contract of every storage, with the names and keys that such suites share.
protocol StorageContract {}

extension StorageContract {
    func name(_ label: String) throws -> DomainName { try DomainName("\(label).d.example") }

    func credential(_ label: String = "a", networks: [String] = []) throws -> Credential {
        return Credential(
            username: UniqueID.random(), keyDigest: APIKey.random().digest,
            delegate: try DomainName("\(label).d.example"), allowedNetworks: try AllowedNetworks(networks),
            created: Samples.start)
    }

    func credential(_ scope: Credential.Scope, label: String = "") -> NewCredential {
        NewCredential(for: scope, label: label, allowedNetworks: .all, created: Samples.start)
    }

    func by(_ credential: NewCredential) -> Actor {
        Actor(.credential(credential.username), from: Samples.client)
    }

    func enrol(_ storage: any DelegateStorage, _ labels: String...) async throws {
        for label in labels {
            try await storage.commit(.enrol(with: credential(.delegate(try name(label))).credential), at: Samples.start)
        }
    }

    /// The number of values that a table would have after a load.
    func values(of delegate: DomainName, in storage: any DelegateStorage) async throws -> Int? {
        let table = DelegateTable()
        try await storage.load(into: table, now: Samples.start)
        return table.values(at: delegate, now: Samples.start)?.count
    }
}
