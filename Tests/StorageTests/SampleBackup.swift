import DNS
import Delegates
import Foundation
import SQLiteStorage
import TestSupport
import Testing

/// Tests that begin with a storage and a backup of it, both in one folder.
protocol SampleBackup {}

extension SampleBackup {
    func path(_ folder: URL, _ name: String) -> String { folder.appending(path: name).path }

    func name(_ label: String) throws -> DomainName { try DomainName("\(label).d.example") }

    /// A storage with four delegates, a group of all of them and two tokens, and a backup of it.
    func prepare(_ folder: URL) async throws -> [String: NewCredential] {
        let names = ["kept", "deleted", "disabled", "rotated"]
        var keys: [String: NewCredential] = [:]
        for label in names {
            keys[label] = NewCredential(for: .delegate(try name(label)), allowedNetworks: .all, created: Samples.start)
        }
        let group = try OperatorLabel("group")
        let made = keys
        try await withSQLite(in: folder) { storage in
            try await storage.commit(.makeGroup(group), at: Samples.start)
            for label in names {
                let key = try #require(made[label])
                try await storage.commit(.enrol(with: key.credential), at: Samples.start)
                try await storage.commit(.publish(Samples.value(1), delegate: key.delegate), at: Samples.start)
                try await storage.commit(.addMember(key.delegate, group: group), at: Samples.start)
            }
            for label in ["good", "revoked"] {
                let token = RegistrationToken(
                    label: try OperatorLabel(label), digest: APIKey.random().digest, created: Samples.start)
                try await storage.commit(.makeToken(token), at: Samples.start)
            }
            // The backup is made while the storage is in use.
            let backup = try StorageBackup.write(of: path(folder, "nuncio.db"), to: path(folder, "backup.db")) { _, _ in }
            #expect(backup.delegateCount == 4 && backup.size > 0 && backup.changes == 15)
            #expect(backup.lastAuditEntry.number == 15)
        }
        return keys
    }

    func restore(
        _ folder: URL, _ file: String = "backup.db", existing: StorageRestore.Existing = .replace
    ) throws -> StorageRestore {
        try StorageRestore.restore(
            path(folder, file), to: path(folder, "nuncio.db"), existing: existing, now: Samples.start
        ) { _, _ in }
    }
}
