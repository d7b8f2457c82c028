import DNS
import Delegates
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

/// The parts of a backup that come back, and those that must not.
struct RestoreTests: SampleBackup {
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
                await #expect(throws: Refusal.nameDeleted) {
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
                return try await storage.commit(.enrol(with: later.credential), at: Samples.start).entry.sequence
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
                // Nobody else gets the name that was enrolled since.
                #expect(try await storage.delegate(later.delegate)?.credentialCount == 0)
                let heir = NewCredential(for: .delegate(later.delegate), allowedNetworks: .all, created: Samples.start)
                await #expect(throws: Refusal.nameTaken) {
                    try await storage.commit(.enrol(with: heir.credential), at: Samples.start)
                }
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                #expect(table.sequence > changes)
            }
        }
    }

    @Test func `domains come back as they were, or are now, but none that was removed`() async throws {
        try await withTemporaryFolder { folder in
            let name = try DomainName("a.d.example")
            let (kept, removed, looked) = (
                try DeclaredDomain("kept.example"), try DeclaredDomain("removed.example"), try DeclaredDomain("looked.example")
            )
            let finding = try #require(DomainCheck.Finding(check: "cname", status: .error))
            let later = Samples.start.advanced(by: .seconds(100))
            func look(_ domain: DeclaredDomain, _ check: DomainCheck, _ storage: SQLiteDelegateStorage) async throws {
                try await storage.commit(.recordCheck(check, of: domain, delegate: name), at: later)
            }
            let before = try await withSQLite(in: folder) { storage in
                try await storage.commit(
                    .enrol(NewDelegate(name: name, domains: [kept, removed, looked])), at: Samples.start)
                for domain in [kept, looked] { try await look(domain, DomainCheck(.ok, leadsHere: true), storage) }
                _ = try StorageBackup.write(of: path(folder, "nuncio.db"), to: path(folder, "backup.db")) { _, _ in }
                try await look(looked, DomainCheck(.error, leadsHere: false, findings: [finding]), storage)
                try await storage.commit(.removeDomain(removed, delegate: name), at: later)
                let before = try await storage.domains(of: [name])
                try await storage.commit(.declareDomain(try DeclaredDomain("new.example"), delegate: name), at: later)
                return before
            }
            #expect(before[name]?.map(\.state) == [.ok, .error])
            _ = try restore(folder)
            try await withSQLite(in: folder) { storage async throws in
                #expect(try await storage.domains(of: [name]) == before)
            }
            // Without a storage, all are as in the backup.
            try FileManager.default.removeItem(atPath: path(folder, "nuncio.db"))
            _ = try restore(folder)
            try await withSQLite(in: folder) { storage async throws in
                #expect(try await storage.domainCounts() == [.ok: 2, .unchecked: 1])
            }
        }
    }

    @Test(
        arguments: [
            // The serial in the backup, the serial now, and the outcome, each with whether it counts changes.
            ((3, true), (5, true), (5, true)), ((5, true), (3, true), (5, true)), ((.max, true), (2, true), (2, true)),
            ((7, false), (9, false), (9, false)), ((7, false), (9, true), (9, true)), ((9, true), (7, false), (7, false)),
            (nil, (5, true), (5, true)), ((5, true), nil, (5, true)),
        ] as [((UInt32, Bool)?, (UInt32, Bool)?, (UInt32, Bool))])
    func `serials go on from the later ones, and stand for neither zone`(
        backup: (UInt32, Bool)?, now: (UInt32, Bool)?, expected: (UInt32, Bool)
    ) async throws {
        func keep(_ offset: (UInt32, Bool)?, _ storage: any DelegateStorage) async throws {
            let serial = offset.map { ZoneSerial(offset: $0.0, countsChanges: $0.1) }
            let records = try serial.map {
                SerialRecord(
                    zone: try name("zone"), serial: $0, content: ZoneDigest(of: [[1]]), fileSerial: SerialNumber($0.offset),
                    floor: SerialNumber($0.offset &+ 1), revision: 1)
            }
            try await storage.commit(.keepSerials(records.map { [$0] } ?? []), at: Samples.start)
        }
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                try await keep(backup, storage)
                try await storage.commit(.note(.configurationReloaded, delegate: nil, detail: nil), at: Samples.start)
                _ = try StorageBackup.write(of: path(folder, "nuncio.db"), to: path(folder, "backup.db")) { _, _ in }
            }
            try FileManager.default.removeItem(atPath: path(folder, "nuncio.db"))
            let before = DelegateTable()
            try await withSQLite(in: folder) { storage in
                try await keep(now, storage)
                let unknown = try DomainName("unknown.d.example")
                for _ in 0..<4 {
                    try await storage.commit(.ageValues(of: [unknown], until: Samples.start), at: Samples.start)
                }
                try await storage.load(into: before, now: Samples.start)
            }
            _ = try restore(folder)
            try await withSQLite(in: folder) { storage in
                let record = try #require(try await storage.serials().first)
                #expect(record.serial == ZoneSerial(offset: expected.0, countsChanges: expected.1))
                #expect(record.content == ZoneDigest(octets: []))
                #expect(
                    record.fileSerial == SerialNumber(expected.0) && record.floor == SerialNumber(expected.0 &+ 1))
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                #expect(table.sequence > before.sequence)
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
                ("nothing", "No such file or directory"), ("text", "cannot be read"), ("foreign", "not a storage of nuncio"),
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
                await #expect(throws: Refusal.nothingPrepared) {
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
