import DNS
import Delegates
import PostgreSQLStorage
import Sealing
import Signing
import StorageParts

/// Writes the keys that nodes share into a key folder: for a server that signs alone, or a copy outside of the database.
package struct KeyExport: Sendable {
    private let configuration: Configuration

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// A zone's keys that were written.
    package struct Written: Sendable {
        package var zone: String
        package var tags: [UInt16]
        /// The tags of those whose private keys are not in the database: they are credentials of each node.
        package var withoutPrivateKey: [UInt16]
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// Writes all zones' keys, or none. No node may run: it could change them meanwhile.
    ///
    /// - Parameter folder: is made if it is not there.
    /// - Throws: ``Failure``, ``KeyFolder/Failure`` or a ``StorageError``.
    package func write(to folder: String) async throws -> [Written] {
        guard case .postgresql(let connection) = configuration.storage.database, let sealing = configuration.signing.sealingKey
        else {
            throw Failure(
                description: "this server shares no keys: its key folder, “\(configuration.signing.keyFolder)”, has all of them"
            )
        }
        let database = try await PostgreSQLCopy.reading(connection)
        defer { database.close() }
        var zones: [(apex: DomainName, content: [UInt8])] = []
        for secret in try await database.sharedSecrets() {
            guard case .keys(let apex) = SharedSecrets.Subject(secret.name) else { continue }
            do {
                zones.append((apex, try sealing.open(secret.content, named: secret.name)))
            } catch {
                throw Failure(description: error.description)
            }
        }
        for (apex, content) in zones { try KeyFolder.check(shared: content, of: apex, canBeWrittenTo: folder) }
        return try zones.map { apex, content in
            let (tags, withoutPrivateKey) = try KeyFolder.write(shared: content, of: apex, to: folder)
            return Written(zone: apex.withoutFinalDot, tags: tags, withoutPrivateKey: withoutPrivateKey)
        }
    }
}
