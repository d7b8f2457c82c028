package import Delegates
package import PrometheusMetrics
package import ServiceLifecycle

/// A storage as a server runs it: changes are committed while ``ServiceLifecycle/Service/run()`` runs.
package protocol ServerStorage: ImportStorage, Service {
    /// Keeps serials before the storage runs.
    func keepInitially(_ records: [SerialRecord]) async throws(StorageError)

    /// Reads and checks the whole audit log.
    ///
    /// - Parameter noted: an entry that must be in it.
    func verifyAuditLog(noted: NotedEntry?) async throws(StorageError) -> AuditVerdict

    /// The servers that share the storage, in the order of their names; empty if it is one server's alone.
    var nodeStatuses: [NodeStatus] { get }

    /// Where the servers that share the storage keep their secrets; `nil` if it is one server's alone.
    var secrets: (any SharedSecretStorage)? { get }

    func writeStatistics(to exposition: inout Exposition)
}

extension ServerStorage {
    package var nodeStatuses: [NodeStatus] { [] }
    package var secrets: (any SharedSecretStorage)? { nil }
}
