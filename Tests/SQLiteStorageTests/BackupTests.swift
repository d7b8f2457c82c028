import DNS
import Delegates
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

/// Copies of a storage, and what comes back of them.
struct BackupTests {
    private static let names = ["kept", "deleted", "disabled", "rotated"]

    private func path(_ folder: URL, _ name: String) -> String { folder.appending(path: name).path }

    private func name(_ label: String) throws -> DomainName { try DomainName("\(label).d.example") }

    /// A storage with four delegates, a group of all of them, two tokens; and a backup of it.
    private func prepare(_ folder: URL) async throws -> [String: NewCredential] {
        var keys: [String: NewCredential] = [:]
        for label in Self.names {
            keys[label] = NewCredential(for: .delegate(try name(label)), allowedNetworks: .all, created: Samples.start)
        }
        let group = try OperatorLabel("group")
        let made = keys
        try await withSQLite(in: folder) { storage in
            try await storage.commit(.makeGroup(group), at: Samples.start)
            for label in Self.names {
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
            // While it is in use.
            let backup = try StorageBackup.write(of: path(folder, "nuncio.db"), to: path(folder, "backup.db")) { _, _ in }
            #expect(backup.delegateCount == 4 && backup.size > 0 && backup.changes == 15)
            #expect(backup.lastAuditEntry.number == 15)
        }
        return keys
    }

    private func restore(
        _ folder: URL, _ file: String = "backup.db", existing: StorageRestore.Existing = .replace
    ) throws -> StorageRestore {
        try StorageRestore.restore(
            path(folder, file), to: path(folder, "nuncio.db"), existing: existing, now: Samples.start
        ) { _, _ in }
    }

    @Test func `a backup is a storage of its own, for its owner alone`() async throws {
        try await withTemporaryFolder { folder in
            let keys = try await prepare(folder)
            let other = folder.appending(path: "other")
            try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
            let attributes = try FileManager.default.attributesOfItem(atPath: path(folder, "backup.db"))
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(!FileManager.default.fileExists(atPath: path(folder, "backup.db.partial")))
            let outcome = try StorageRestore.restore(
                path(folder, "backup.db"), to: path(other, "nuncio.db"), existing: .refuse, now: Samples.start
            ) { _, _ in }
            #expect(!outcome.isComplete)
            let key = try #require(keys["kept"])
            try await withSQLite(in: other) { storage in
                #expect(try await storage.credential(of: key.username)?.check == key.credential.check)
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                #expect(table.values(at: key.delegate, now: Samples.start) == [Samples.value(1).recordData])
                guard case .whole(16, 16, _) = try await storage.verifyAuditLog() else {
                    Issue.record("the audit log is not whole")
                    return
                }
                let last = try await storage.history(of: nil, before: nil, maximum: 1)
                #expect(last.map(\.event.kind) == [.restored])
            }
        }
    }

    @Test func `a deleted name stays deleted, whichever backup is restored and whatever is imported`() async throws {
        try await withTemporaryFolder { folder in
            let keys = try await prepare(folder)
            let key = try #require(keys["deleted"])
            _ = try await withSQLite(in: folder) { try await $0.commit(.delete(delegate: key.delegate), at: Samples.start) }
            let outcome = try restore(folder)
            #expect(outcome.deletedSince == 1 && outcome.keysEndedSince == 1 && outcome.enrolledSince == 0)
            try await withSQLite(in: folder) { storage in
                #expect(try await storage.delegate(key.delegate)?.state == .deleted)
                #expect(try await storage.credential(of: key.username) == nil)
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                #expect(table.values(at: key.delegate, now: Samples.start) == [])
                let imported = NewDelegate(name: key.delegate, credential: key.credential, imported: [])
                await #expect(throws: StorageError.nameDeleted) {
                    try await storage.commit(.enrol(imported), by: Actor(.operator, from: nil), at: Samples.start)
                }
            }
        }
    }

    @Test func `what was taken back since the backup does not come back`() async throws {
        try await withTemporaryFolder { folder in
            let keys = try await prepare(folder)
            let (kept, disabled, rotated) = (
                try #require(keys["kept"]), try #require(keys["disabled"]), try #require(keys["rotated"])
            )
            let next = NewCredential(for: .delegate(rotated.delegate), allowedNetworks: .all, created: Samples.start)
            let later = NewCredential(for: .delegate(try name("later")), allowedNetworks: .all, created: Samples.start)
            let group = try OperatorLabel("group")
            let end = Samples.start.advanced(by: .seconds(100))
            let changes = try await withSQLite(in: folder) { storage in
                try await storage.commit(.disable(delegate: disabled.delegate), at: Samples.start)
                try await storage.commit(.rotate(next.credential, othersEnd: Samples.start, maximum: 2), at: Samples.start)
                try await storage.commit(.removeMember(kept.delegate, group: group), at: Samples.start)
                try await storage.commit(.revokeToken(try OperatorLabel("revoked")), at: Samples.start)
                try await storage.commit(
                    .editCredential(
                        kept.username, CredentialEdit(allowedNetworks: AllowedNetworks(["192.0.2.0/24"]), expires: end)),
                    at: Samples.start)
                return try await storage.commit(.enrol(with: later.credential), at: Samples.start)
            }
            let outcome = try restore(folder)
            #expect(outcome.enrolledSince == 1 && outcome.keysEndedSince == 1 && outcome.disabledSince == 1)
            #expect(outcome.membershipsEndedSince == 1 && outcome.tokensRevokedSince == 1 && outcome.withoutKeys == 2)
            try await withSQLite(in: folder) { storage in
                #expect(try await storage.delegate(disabled.delegate)?.state == .disabled)
                #expect(try await storage.credentials(of: .delegate(rotated.delegate)) == [])
                let members = try #require(try await storage.members(of: group))
                #expect(!members.contains(kept.delegate) && members.contains(disabled.delegate))
                let tokens = try await storage.tokens()
                #expect(tokens.map { $0.state(at: Samples.start) } == [.good, .revoked])
                let restricted = try await storage.credential(of: kept.username)
                #expect(restricted?.expires == end && restricted?.allowedNetworks.texts == ["192.0.2.0/24"])
                // The name that was enrolled since is nobody else's.
                #expect(try await storage.delegate(later.delegate)?.credentialCount == 0)
                let heir = NewCredential(for: .delegate(later.delegate), allowedNetworks: .all, created: Samples.start)
                await #expect(throws: StorageError.nameTaken) {
                    try await storage.commit(.enrol(with: heir.credential), at: Samples.start)
                }
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                #expect(table.sequence > changes)
            }
        }
    }

    @Test func `what is replaced is kept`() async throws {
        try await withTemporaryFolder { folder in
            let keys = try await prepare(folder)
            let later = NewCredential(for: .delegate(try name("later")), allowedNetworks: .all, created: Samples.start)
            _ = try await withSQLite(in: folder) { try await $0.commit(.enrol(with: later.credential), at: Samples.start) }
            let replaced = try #require(try restore(folder).replaced)
            let database = try DatabaseQueue(path: replaced)
            let count = try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM credential") }
            #expect(count == keys.count + 1)
        }
    }

    @Test func `a storage that is in use, or there without being given up, is left alone`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await prepare(folder)
            try await withSQLite(in: folder) { _ in
                _ = #expect(throws: StorageError.self) { try restore(folder) }
            }
            do {
                _ = try restore(folder, existing: .refuse)
                Issue.record("it was replaced")
            } catch {
                #expect("\(error)".contains("already"))
            }
        }
    }

    @Test func `a storage that cannot be read is given up only if that is said`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await prepare(folder)
            let file = folder.appending(path: "nuncio.db")
            try Data("no database".utf8).write(to: file)
            do {
                _ = try restore(folder)
                Issue.record("it was forgotten")
            } catch {
                #expect("\(error)".contains("it is not known which names must never be given out again"))
            }
            #expect(try Data(contentsOf: file) == Data("no database".utf8))
            let outcome = try restore(folder, existing: .forget)
            #expect(try Data(contentsOf: URL(fileURLWithPath: try #require(outcome.replaced))) == Data("no database".utf8))
            try await withSQLite(in: folder) { storage in
                let kept = try await storage.delegate(try name("kept"))
                #expect(kept != nil)
            }
        }
    }

    @Test func `what is no backup of ours, or a damaged one, is refused and leaves nothing behind`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await prepare(folder)
            try Data("no database".utf8).write(to: folder.appending(path: "text"))
            try await DatabaseQueue(path: path(folder, "foreign")).write { try $0.execute(sql: "CREATE TABLE a (b)") }
            try FileManager.default.copyItem(atPath: path(folder, "backup.db"), toPath: path(folder, "tampered"))
            try await DatabaseQueue(path: path(folder, "tampered")).write {
                try $0.execute(sql: "DELETE FROM audit_entry WHERE number = 3")
            }
            let files = try Set(FileManager.default.contentsOfDirectory(atPath: folder.path))
            for (file, reason) in [
                ("nothing", "there is no file"), ("text", "cannot be read"), ("foreign", "no storage of nuncio"),
                ("tampered", "see its entry 3"),
            ] {
                do {
                    _ = try restore(folder, file)
                    Issue.record("\(file) was restored")
                } catch {
                    #expect("\(error)".contains(reason), "\(file): \(error)")
                }
            }
            let left = try Set(FileManager.default.contentsOfDirectory(atPath: folder.path))
            #expect(left == files)
        }
    }

    @Test func `a backup that cannot be made leaves the old one alone`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await prepare(folder)
            let before = try Data(contentsOf: folder.appending(path: "backup.db"))
            let database = try DatabaseQueue(path: path(folder, "nuncio.db"))
            try await database.write { try $0.execute(sql: "UPDATE audit_entry SET actor = 'nobody' WHERE number = 2") }
            try database.close()
            #expect(throws: StorageError.self) {
                try StorageBackup.write(of: path(folder, "nuncio.db"), to: path(folder, "backup.db")) { _, _ in }
            }
            #expect(throws: StorageError.self) {
                try StorageBackup.write(of: path(folder, "nuncio.db"), to: path(folder, "nuncio.db")) { _, _ in }
            }
            #expect(try Data(contentsOf: folder.appending(path: "backup.db")) == before)
            #expect(!FileManager.default.fileExists(atPath: path(folder, "backup.db.partial")))
        }
    }

    // MARK: What a restore must not bring about

    @Test func `a prepared delegate that was taken over since is nobody else's`() async throws {
        try await withTemporaryFolder { folder in
            let label = try OperatorLabel("team")
            let token = RegistrationToken(label: label, digest: APIKey.random().digest, created: Samples.start)
            let name = try name("web1")
            let holder = NewCredential(for: .delegate(name), allowedNetworks: .all, created: Samples.start)
            try await withSQLite(in: folder) { storage in
                try await storage.commit(.makeToken(token), at: Samples.start)
                try await storage.commit(.enrol(NewDelegate(name: name, preparedFor: label)), at: Samples.start)
                _ = try StorageBackup.write(of: path(folder, "nuncio.db"), to: path(folder, "backup.db")) { _, _ in }
                try await storage.commit(.claim(holder.credential), by: Actor(.token(label), from: nil), at: Samples.start)
            }
            #expect(try restore(folder).withoutKeys == 1)
            try await withSQLite(in: folder) { storage in
                let thief = NewCredential(for: .delegate(name), allowedNetworks: .all, created: Samples.start)
                await #expect(throws: StorageError.nothingPrepared) {
                    try await storage.commit(.claim(thief.credential), by: Actor(.token(label), from: nil), at: Samples.start)
                }
            }
        }
    }

    @Test func `a value that was withdrawn since is not answered again`() async throws {
        try await withTemporaryFolder { folder in
            let keys = try await prepare(folder)
            let (kept, rotated) = (try #require(keys["kept"]), try #require(keys["rotated"]))
            _ = try await withSQLite(in: folder) { try await $0.commit(.withdraw(delegate: kept.delegate), at: Samples.start) }
            _ = try restore(folder)
            try await withSQLite(in: folder) { storage in
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                #expect(table.values(at: kept.delegate, now: Samples.start) == [])
                #expect(table.values(at: rotated.delegate, now: Samples.start)?.count == 1)
            }
        }
    }

    @Test func `what a killed server has left beside a lost file is not taken for the backup's`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await prepare(folder)
            let log = Data("a WAL of another file".utf8)
            try FileManager.default.removeItem(atPath: path(folder, "nuncio.db"))
            try log.write(to: folder.appending(path: "nuncio.db-wal"))
            #expect(try restore(folder, existing: .refuse).replaced == nil)
            #expect(!FileManager.default.fileExists(atPath: path(folder, "nuncio.db-wal")))
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix("-wal") }
            let contents = try left.map { try Data(contentsOf: folder.appending(path: $0)) }
            #expect(contents == [log])
        }
    }

    @Test(arguments: [StorageRestore.Existing.replace, .forget])
    func `an audit log that was tampered with is no reason to forget deleted names`(
        _ existing: StorageRestore.Existing
    ) async throws {
        try await withDeleted { folder, key in
            try change(folder, "UPDATE audit_entry SET actor = 'x' WHERE number = 2")
            #expect(try restore(folder, existing: existing).isComplete)
            try await expectDeleted(key, in: folder)
        }
    }

    // MARK: What cannot be read

    /// A storage with a backup from before the delegate “deleted” was deleted.
    private func withDeleted(_ body: (URL, NewCredential) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let key = try #require(try await prepare(folder)["deleted"])
            _ = try await withSQLite(in: folder) { try await $0.commit(.delete(delegate: key.delegate), at: Samples.start) }
            try await body(folder, key)
        }
    }

    private func change(_ folder: URL, _ sql: String) throws {
        let database = try DatabaseQueue(path: path(folder, "nuncio.db"))
        try database.write { try $0.execute(sql: sql) }
        try database.close()
    }

    private func expectDeleted(_ key: NewCredential, in folder: URL) async throws {
        try await withSQLite(in: folder) { storage in
            let record = try await storage.delegate(key.delegate)
            #expect(record?.state == .deleted)
        }
    }

    @Test(arguments: [StorageRestore.Existing.replace, .forget])
    func `a storage of an older version is whole, and not forgotten`(_ existing: StorageRestore.Existing) async throws {
        try await withDeleted { folder, key in
            let identifier = try await DatabaseQueue(path: path(folder, "nuncio.db")).read {
                try String.fetchOne($0, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid DESC LIMIT 1")
            }
            let last = try #require(identifier)
            try change(folder, "DELETE FROM grdb_migrations WHERE identifier = '\(last)'")
            do {
                _ = try restore(folder, existing: existing)
                Issue.record("it was replaced")
            } catch {
                #expect("\(error)".contains("start this version of nuncio with it once"))
            }
            try change(folder, "INSERT INTO grdb_migrations VALUES ('\(last)')")
            try await expectDeleted(key, in: folder)
        }
    }

    @Test(arguments: [StorageRestore.Existing.replace, .forget])
    func `a storage from which somebody reads is not forgotten`(_ existing: StorageRestore.Existing) async throws {
        try await withDeleted { folder, key in
            let writer = try DatabasePool(path: path(folder, "nuncio.db"))
            let reader = try DatabasePool(path: path(folder, "nuncio.db")).makeSnapshot()
            try await reader.read { _ = try Int.fetchOne($0, sql: "SELECT count(*) FROM delegate") }
            try await writer.write { try $0.execute(sql: "UPDATE delegate SET prepared_for = prepared_for") }
            #expect(throws: StorageError.self) { try restore(folder, existing: existing) }
            try reader.close()
            try writer.close()
            try await expectDeleted(key, in: folder)
        }
    }

    @Test(arguments: ["audit_entry", "registration_token", "group_member", "challenge_value", "credential", "delegate"])
    func `of a damaged storage counts what can be read, and the audit log says that there may be more`(
        _ table: String
    ) async throws {
        try await withDeleted { folder, key in
            let database = try DatabaseQueue(path: path(folder, "nuncio.db"))
            let (page, size) = try await database.read { database in
                (
                    try Int.fetchOne(database, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [table])
                        ?? 0,
                    try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
                )
            }
            try database.close()
            let file = try FileHandle(forUpdating: folder.appending(path: "nuncio.db"))
            try file.seek(toOffset: UInt64((page - 1) * size))
            try file.write(contentsOf: Data(repeating: 0xFF, count: 64))
            try file.close()
            #expect(throws: StorageError.self) { try restore(folder) }
            let outcome = try restore(folder, existing: .forget)
            #expect(!outcome.isComplete && outcome.replaced != nil)
            // Its key ended, whichever of the two tables tells.
            #expect(outcome.keysEndedSince == 1)
            #expect(outcome.deletedSince == (table == "delegate" ? 0 : 1))
            if table != "delegate" { try await expectDeleted(key, in: folder) }
            try await withSQLite(in: folder) { storage in
                let last = try await storage.history(of: nil, before: nil, maximum: 1)
                #expect(last.first?.event.detail?.hasSuffix("; more is not known") == true)
            }
        }
    }

    @Test func `a lock file that is a link is not followed`() async throws {
        try await withTemporaryFolder { folder in
            let other = folder.appending(path: "other")
            try FileManager.default.createSymbolicLink(
                atPath: path(folder, "nuncio.db.lock"), withDestinationPath: other.path)
            await #expect(throws: StorageError.self) { try await withSQLite(in: folder) { _ in } }
            #expect(!FileManager.default.fileExists(atPath: other.path))
        }
    }

    @Test func `what cannot be put in its place leaves everything where it was`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await prepare(folder)
            let contents = ["nuncio.db": Data("no database".utf8), "nuncio.db-wal": Data("and no WAL".utf8)]
            for (name, data) in contents { try data.write(to: folder.appending(path: name)) }
            // Where the WAL would go.
            let taken = "nuncio.db.before-restore-\(Samples.start.secondsSinceEpoch)-journal"
            try Data().write(to: folder.appending(path: "nuncio.db-journal"))
            try FileManager.default.createDirectory(at: folder.appending(path: taken), withIntermediateDirectories: true)
            let files = try Set(FileManager.default.contentsOfDirectory(atPath: folder.path))
            #expect(throws: StorageError.self) { try restore(folder, existing: .forget) }
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == files)
            for (name, data) in contents { #expect(try Data(contentsOf: folder.appending(path: name)) == data) }
        }
    }

    @Test func `a storage that is reached by a link stays where it is`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await prepare(folder)
            let other = folder.appending(path: "data")
            try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: path(folder, "nuncio.db"), toPath: path(other, "real.db"))
            try FileManager.default.createSymbolicLink(atPath: path(folder, "nuncio.db"), withDestinationPath: "data/real.db")
            let replaced = try #require(try restore(folder).replaced)
            #expect(replaced.hasPrefix(other.resolvingSymlinksInPath().path))
            let kind = try FileManager.default.attributesOfItem(atPath: path(folder, "nuncio.db"))[.type] as? FileAttributeType
            #expect(kind == .typeSymbolicLink)
        }
    }
}
