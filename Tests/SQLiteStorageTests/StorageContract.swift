import DNS
import Delegates
import TestSupport

/// A suite of the contract of every storage, with the names and keys that such suites share.
protocol StorageContract {}

extension StorageContract {
    func credential(_ label: String = "a", networks: [String] = []) throws -> Credential {
        return Credential(
            username: UniqueID.random(), keyDigest: APIKey.random().digest,
            delegate: try DomainName("\(label).d.example"), allowedNetworks: try AllowedNetworks(networks),
            created: Samples.start)
    }

    /// The number of values that a table would have after a load.
    func values(of delegate: DomainName, in storage: any DelegateStorage) async throws -> Int? {
        let table = DelegateTable()
        try await storage.load(into: table, now: Samples.start)
        return table.values(at: delegate, now: Samples.start)?.count
    }
}
