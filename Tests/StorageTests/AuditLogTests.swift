import DNS
import Delegates
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

/// Tampering with the audit log is noticed.
struct AuditLogTests {
    private let credential: Credential
    private let key: APIKey

    init() throws {
        key = APIKey.random()
        credential = Credential(
            username: UniqueID.random(), keyDigest: key.digest,
            delegate: try DomainName("a.d.example"), allowedNetworks: .all, created: Samples.start)
    }

    private func write(_ storage: SQLiteDelegateStorage) async throws {
        _ = try await storage.enrol(credential, at: Samples.start)
        for index in 0..<5 {
            try await storage.commit(
                .publish(Samples.value(index), delegate: credential.name),
                by: Actor(.credential(credential.username), from: IPAddress("192.0.2.7")), at: Samples.start)
        }
    }

    @Test func `a log that nobody touched is whole, and ends in what its last entry ends in`() async throws {
        try await withTemporaryFolder { folder in
            let verdict = try await withSQLite(in: folder) { storage in
                #expect(try await storage.verifyAuditLog() == .whole(count: 0, last: 0, digest: .origin))
                try await write(storage)
                let last = try #require(
                    try await storage.history(of: credential.name, before: nil, maximum: 1).first)
                #expect(try await storage.verifyAuditLog() == .whole(count: 7, last: 7, digest: last.digest))
                return try await storage.verifyAuditLog()
            }
            try await withSQLite(in: folder) { storage in
                #expect(try await storage.verifyAuditLog() == verdict)
                let end = Samples.start.advanced(by: .seconds(1))
                let beginning = try #require(try await storage.history(of: nil, before: 4, maximum: 1).first)
                try await storage.commit(.forgetAudit(before: end, maximum: 3), at: end)
                let entry = try #require(try await storage.history(of: credential.name, before: 8, maximum: 1).first)
                guard case .whole(5, 8, let digest) = try await storage.verifyAuditLog() else {
                    Issue.record("the log is not whole after it was shortened")
                    return
                }
                // The noted entries: the last, one before it, the last that was removed, an empty log; earlier ones that were
                // removed; ones that never existed; entries with other digests.
                let whole = AuditVerdict.whole(count: 5, last: 8, digest: digest)
                for (number, digest, expected) in [
                    (8, digest, whole), (7, entry.digest, whole), (3, beginning.digest, whole), (0, .origin, whole),
                    (2, digest, .notedEntryGone(.shortened(to: 3))), (1, .origin, .notedEntryGone(.shortened(to: 3))),
                    (9, digest, .notedEntryGone(.erased(last: 8))), (.max, digest, .notedEntryGone(.erased(last: 8))),
                    (7, digest, .notedEntryGone(.replaced)), (3, digest, .notedEntryGone(.replaced)),
                    (0, digest, .notedEntryGone(.shortened(to: 3))),
                ] as [(UInt64, AuditDigest, AuditVerdict)] {
                    let noted = NotedEntry(number: number, digest: digest.description)
                    #expect(try await storage.verifyAuditLog(noted: noted) == expected, "\(number)")
                }
            }
        }
    }

    @Test(arguments: [
        ("UPDATE audit_entry SET time = time + 1 WHERE number = 3", 3),
        ("UPDATE audit_entry SET kind = 'withdrawn' WHERE number = 4", 4),
        ("UPDATE audit_entry SET kind = 'nothing' WHERE number = 4", 4),
        ("UPDATE audit_entry SET actor = 'visitor' WHERE number = 3", 3),
        ("UPDATE audit_entry SET address = '192.0.2.8' WHERE number = 7", 7),
        ("UPDATE audit_entry SET address = NULL, detail = '192.0.2.7' WHERE number = 7", 7),
        ("UPDATE audit_entry SET delegate = 'b.d.example' WHERE number = 2", 2),
        ("UPDATE audit_entry SET detail = 'x' WHERE number = 1", 1),
        ("UPDATE audit_entry SET digest = zeroblob(32) WHERE number = 5", 5),
        ("DELETE FROM audit_entry WHERE number = 4", 4),
        ("DELETE FROM audit_entry WHERE number = 1", 1),
        ("UPDATE audit_entry SET number = 10 WHERE number = 7", 7),
        ("UPDATE audit_beginning SET number = 1", 2),
        ("DELETE FROM audit_beginning", 0),
        // The oldest entries, with the beginning moved to where they ended.
        (
            """
            UPDATE audit_beginning SET (number, digest) = (SELECT number, digest FROM audit_entry WHERE number = 3);
            DELETE FROM audit_entry WHERE number <= 3
            """, 1
        ),
        // Two neighbours that change places.
        (
            "UPDATE audit_entry SET number = 9 WHERE number = 4; UPDATE audit_entry SET number = 4 WHERE number = 5; UPDATE audit_entry SET number = 5 WHERE number = 9",
            4
        ),
    ])
    func `what was changed, added or taken away is named`(sql: String, number: Int) async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                try await write(storage)
                let other = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path)
                try await other.write { try $0.execute(sql: sql) }
                #expect(try await storage.verifyAuditLog() == .broken(number: UInt64(number)))
            }
        }
    }

    /// Each change leaves a log that is whole in itself.
    @Test(arguments: [
        ("", 7, NotedEntry.Absence?.none),
        // Everything, as if nothing had been written.
        (
            "DELETE FROM audit_entry; UPDATE audit_beginning SET number = 0, digest = zeroblob(32)", 0, .erased(last: 0)
        ),
        // The newest entries.
        ("DELETE FROM audit_entry WHERE number > 5", 5, .erased(last: 5)),
    ])
    func `a log that was erased does not have what was noted`(
        sql: String, last: UInt64, absence: NotedEntry.Absence?
    ) async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                try await write(storage)
                let noted = try #require(try await storage.history(of: nil, before: nil, maximum: 1).first)
                let other = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path)
                try await other.write { try $0.execute(sql: sql) }
                guard case .whole(_, last, _) = try await storage.verifyAuditLog() else {
                    Issue.record("the log is not whole in itself")
                    return
                }
                let verdict = try await storage.verifyAuditLog(
                    noted: NotedEntry(number: noted.number, digest: noted.digest.description))
                if let absence {
                    #expect(verdict == .notedEntryGone(absence))
                } else {
                    #expect(verdict == .whole(count: 7, last: 7, digest: noted.digest))
                }
            }
        }
    }

    @Test func `a log that was erased and is as long again has another entry in the place of the noted one`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                try await write(storage)
                let noted = try #require(try await storage.history(of: nil, before: nil, maximum: 1).first)
                let other = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path)
                try await other.write { try $0.execute(sql: "DELETE FROM audit_entry") }
                for index in 10..<17 {
                    try await storage.commit(
                        .publish(Samples.value(index), delegate: credential.name),
                        by: Actor(.credential(credential.username), from: IPAddress("192.0.2.7")), at: Samples.start)
                }
                let verdict = try await storage.verifyAuditLog(
                    noted: NotedEntry(number: noted.number, digest: noted.digest.description))
                #expect(verdict == .notedEntryGone(.replaced))
            }
        }
    }

    /// An attacker with access to the file makes the log begin after the noted entry, and say that it was shortened.
    @Test func `a log that was erased as if by retention does not have what was noted`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                try await write(storage)
                let noted = try #require(try await storage.history(of: nil, before: nil, maximum: 1).first)
                let other = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path)
                try await other.write {
                    try $0.execute(
                        sql: "DELETE FROM audit_entry; UPDATE audit_beginning SET number = 7, digest = zeroblob(32)")
                }
                // The server goes on from there.
                try await storage.commit(
                    .note(.shortened, delegate: nil, detail: "7"), by: Actor(.server, from: nil), at: Samples.start)
                guard case .whole(1, 8, _) = try await storage.verifyAuditLog() else {
                    Issue.record("the log is not whole in itself")
                    return
                }
                let verdict = try await storage.verifyAuditLog(
                    noted: NotedEntry(number: noted.number, digest: noted.digest.description))
                #expect(verdict == .notedEntryGone(.replaced))
                let earlier = try await storage.verifyAuditLog(
                    noted: NotedEntry(number: 6, digest: noted.digest.description))
                #expect(earlier == .notedEntryGone(.shortened(to: 7)))
            }
        }
    }

    @Test func `more entries than are to be kept go, and what is left is whole`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                try await write(storage)
                try await storage.commit(
                    .forgetAudit(before: Timestamp(secondsSinceEpoch: 0), keeping: 5, maximum: 100), at: Samples.start)
                guard case .whole(6, 8, _) = try await storage.verifyAuditLog() else {
                    Issue.record("the log is not whole after it was shortened")
                    return
                }
                try await storage.commit(
                    .forgetAudit(before: Timestamp(secondsSinceEpoch: 0), keeping: 8, maximum: 100), at: Samples.start)
                #expect(try await storage.auditEntryCount() == 6)
            }
        }
    }

    private func octets(of value: DatabaseValue) -> [UInt8] {
        switch value.storage {
        case .string(let text): Array(text.utf8)
        case .blob(let data): Array(data)
        case .null, .int64, .double: []
        }
    }

    @Test func `no value and no key is in it`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                try await write(storage)
                let other = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path)
                let rows = try other.read { try Row.fetchAll($0, sql: "SELECT * FROM audit_entry") }
                let octets = rows.flatMap { row in row.databaseValues.flatMap { self.octets(of: $0) } }
                #expect(!rows.isEmpty)
                let digest = credential.keyDigest.octets
                let hexadecimal = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                for secret in [Array(Samples.value(1).text.utf8), Array(key.text.utf8), digest, Array(hexadecimal.utf8)] {
                    #expect(!octets.contains(secret))
                }
                #expect(octets.contains(Array("192.0.2.7".utf8)))
            }
        }
    }

    @Test(arguments: zip(AuditedAddresses.allCases, ["192.0.2.7", "192.0.2.0/24", nil]))
    func `so much of an address is kept as was configured`(addresses: AuditedAddresses, text: String?) async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder, addresses: addresses) { storage in
                try await write(storage)
                let entries = try await storage.history(of: credential.name, before: nil, maximum: 100)
                #expect(entries.filter { $0.event.kind == .published }.allSatisfy { $0.event.address == text })
                // If networks are not remembered, a network cannot be known to be new.
                let new = entries.map(\.event).filter { $0.kind == .usedFromNewNetwork }
                let details = new.map { "\($0.address ?? "") \($0.detail ?? "")" }
                #expect(details == (text.map { ["\($0) 192.0.2.0/24"] } ?? []))
            }
        }
    }
}
