import DNS
import Delegates
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

/// Whether it is seen when somebody tampers with the audit log.
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
                try await storage.commit(.forgetAudit(before: end, maximum: 3), at: end)
                let entry = try #require(try await storage.history(of: credential.name, before: 8, maximum: 1).first)
                guard case .whole(5, 8, let digest) = try await storage.verifyAuditLog() else {
                    Issue.record("the log is not whole after it was shortened")
                    return
                }
                // What was noted: the last entry, one that went, one that never was, one that is another.
                for (noted, isThere) in [
                    (NotedEntry(number: 8, digest: digest.description), true),
                    (NotedEntry(number: 7, digest: entry.digest.description), true),
                    (NotedEntry(number: 2, digest: digest.description), true),
                    (NotedEntry(number: 9, digest: digest.description), false),
                    (NotedEntry(number: 7, digest: digest.description), false),
                ] {
                    let verdict = try await storage.verifyAuditLog(noted: noted)
                    #expect(verdict == (isThere ? .whole(count: 5, last: 8, digest: digest) : .broken(number: noted.number)))
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
        // The oldest, with all that is left pointing to where they were.
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
                // Of a network that is not to be remembered it cannot be told whether it is new.
                let new = entries.map(\.event).filter { $0.kind == .usedFromNewNetwork }
                let details = new.map { "\($0.address ?? "") \($0.detail ?? "")" }
                #expect(details == (text.map { ["\($0) 192.0.2.0/24"] } ?? []))
            }
        }
    }
}
