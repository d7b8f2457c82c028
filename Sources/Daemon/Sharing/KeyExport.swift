import DNS
import Delegates
package import Logging
import PostgreSQLStorage
import Sealing
import Signing
import StorageParts

/// Writes the keys that nodes share into a key folder: for a server that signs alone, or a copy outside of the database.
package struct KeyExport: Sendable {
    private let configuration: Configuration
    private let logger: Logger

    package init(_ configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// A zone's keys that were written.
    package struct Written: Sendable {
        package var zone: String
        package var tags: [UInt16]
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// - Parameter folder: is made if it is not there.
    /// - Throws: ``Failure``, ``KeyFolder/Failure`` or a ``StorageError``.
    package func write(to folder: String) async throws -> [Written] {
        guard case .postgresql(let connection) = configuration.storage.database, let sealing = configuration.signing.sealingKey
        else {
            throw Failure(
                description: "this server shares no keys: its key folder, “\(configuration.signing.keyFolder)”, has all of them"
            )
        }
        let storage = try await PostgreSQLDelegateStorage.open(.init(connection: connection), logger: logger)
        var written: [Written] = []
        for secret in try await storage.sharedSecrets() {
            guard case .keys(let apex) = SharedSecrets.Subject(secret.name) else { continue }
            let content: [UInt8]
            do {
                content = try sealing.open(secret.content, named: secret.name)
            } catch {
                throw Failure(description: error.description)
            }
            written.append(
                Written(
                    zone: apex.withoutFinalDot, tags: try KeyFolder.write(shared: content, of: apex, to: folder)))
        }
        return written
    }
}
