import DNS
import Delegates
import Foundation
import Getlocalcert
import Importing
import PostgreSQL
import TestSupport
import Testing

/// Zones and keys in PostgreSQL, as getlocalcert has written them, and their way into a storage.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct GetlocalcertImportTests {
    private static let keys = (0..<4).map { String(repeating: "\($0)a", count: 32) }

    private func outcomes(
        of sample: SampleServerDatabase, into storage: MemoryStorage, isDryRun: Bool = false
    ) async throws -> [AccountImport.Outcome] {
        var outcomes: [AccountImport.Outcome] = []
        let job = AccountImport(
            of: try await GetlocalcertDatabase.open(try ConnectionString(sample.connection)), into: storage,
            zone: try DomainName("localhostcert.net"), isTaken: { _ in false }, maximumKeys: 2, now: Samples.start,
            isDryRun: isDryRun, batchSize: 2)
        try await job.run { outcomes += $0 }
        return outcomes
    }

    @Test func `a zone becomes a delegate with its keys and values`() async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.getlocalcert5)
        try sample.makeZone(1, name: "a.localhostcert.net.")
        try sample.makeKey(Self.keys[0], username: 11, zone: 1, created: "1970-01-01T00:01:00Z")
        try sample.makeKey(
            Self.keys[1], username: 12, zone: 1, created: "1970-01-01T00:02:00.9Z", lastUsed: "1970-01-01T00:03:00.9Z")
        try sample.setValues(
            Samples.value(1).text, Samples.value(2).text, of: "a.localhostcert.net.", zone: 1, created: 50, updated: 70)
        let storage = MemoryStorage()
        #expect(try await outcomes(of: sample, into: storage) == [.imported(dropped: .init())])
        let name = try DomainName("a.localhostcert.net")
        let usernames = [11, 12].compactMap { UniqueID(SampleDatabase.username($0)) }
        let first = try #require(try await storage.credential(of: usernames[0]))
        #expect(first.check == .digest(APIKey(Self.keys[0]).digest) && first.scope == .delegate(name))
        #expect(first.created.secondsSinceEpoch == 60 && first.lastUse == nil && first.allowedNetworks == .all)
        let second = try #require(try await storage.credential(of: usernames[1]))
        #expect(second.check == .digest(APIKey(Self.keys[1]).digest))
        #expect(second.created.secondsSinceEpoch == 120 && second.lastUse?.time.secondsSinceEpoch == 180)
        let table = DelegateTable()
        try await storage.load(into: table, now: Samples.start)
        #expect(table.values(at: name, now: Samples.start) == [1, 2].map { Samples.value($0).recordData })
        #expect(try await outcomes(of: sample, into: storage) == [.unchanged])
    }

    @Test func `what cannot come is refused or counted, by a dry run as by the import`() async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.getlocalcert5)
        for (number, name) in ["a", "b", "c", "d", "e", "A"].enumerated() {
            try sample.makeZone(number + 1, name: "\(name).localhostcert.net.", isDelegate: name != "b")
        }
        try sample.makeZone(7, name: "_.x*.net.")
        try sample.makeZone(8, name: "x*.localhostcert.net.")
        try sample.makeZone(9, name: "localhost.")
        for zone in [1, 2, 5, 6, 7, 8, 9] { try sample.makeKey(Self.keys[0], username: 10 * zone, zone: zone) }
        for username in 11...12 { try sample.makeKey(Self.keys[1], username: username, zone: 1, lastUsed: "2024-01-01") }
        try sample.makeKey(Self.keys[2], username: 41, zone: 4)
        try sample.execute("UPDATE domains_zoneapikey SET hash = 'short' WHERE id = '\(SampleDatabase.username(41))'")
        try sample.makeKey(Self.keys[2], username: 51, zone: 5)
        try sample.execute("UPDATE domains_zoneapikey SET hash = 'short' WHERE id = '\(SampleDatabase.username(51))'")
        try sample.setValues("", "no challenge value", of: "e.localhostcert.net.", zone: 5, created: 1, updated: 2)
        let label = "its name does not begin with a label of 1 to 63 letters, digits, “-” and “_”"
        let expected: [AccountImport.Outcome] = [
            .imported(dropped: .init(keys: 1)),
            .refused(
                account: "“b.localhostcert.net”",
                reason: "its values are at _acme-challenge below its name, and a delegate has them at its name itself"),
            .refused(account: "“c.localhostcert.net”", reason: "it has no key, so nobody could publish there"),
            .refused(account: "“d.localhostcert.net”", reason: "none of its keys has a UUID and a SHA-256 hash"),
            .imported(dropped: .init(values: 1, keys: 1)),
            .refused(account: "a.localhostcert.net", reason: Refusal.nameTaken.explanation.text ?? ""),
            .imported(dropped: .init()),
            .refused(account: "“x*.localhostcert.net”", reason: label), .refused(account: "“localhost”", reason: label),
        ]
        let storage = MemoryStorage()
        let before = storage.snapshot
        #expect(try await outcomes(of: sample, into: storage, isDryRun: true) == expected)
        #expect(storage.snapshot == before)
        #expect(try await outcomes(of: sample, into: storage) == expected)
        let kept = try await storage.credentials(of: .delegate(try DomainName("a.localhostcert.net")))
        #expect(kept.map(\.username.description) == [11, 12].map(SampleDatabase.username))
    }

    @Test func `a database from before the table of values is read without values`() async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.getlocalcert4)
        try sample.makeZone(1, name: "a.localhostcert.net.")
        try sample.makeKey(Self.keys[0], username: 11, zone: 1)
        #expect(try await outcomes(of: sample, into: MemoryStorage()) == [.imported(dropped: .init())])
    }

    @Test(arguments: [
        (SampleServerDatabase.acmeDNS1, "it has no table “domains_zone”"),
        (
            SampleServerDatabase.getlocalcert5 + "ALTER TABLE domains_zone DROP COLUMN is_delegate",
            "its table “domains_zone” has no column “is_delegate”"
        ),
        (
            SampleServerDatabase.getlocalcert5 + "ALTER TABLE domains_zoneapikey DROP COLUMN hash",
            "its table “domains_zoneapikey” has no column “hash”"
        ),
        (
            SampleServerDatabase.getlocalcert5 + "ALTER TABLE domains_manageddomainname DROP COLUMN updated",
            "its table “domains_manageddomainname” has no column “updated”"
        ),
    ]) func `what another database lacks is named`(tables: String, missing: String) async throws {
        let sample = try SampleServerDatabase(tables: tables)
        let error = try await #require(throws: GetlocalcertDatabaseError.self) {
            try await GetlocalcertDatabase.open(try ConnectionString(sample.connection))
        }
        #expect(error.missing == missing)
    }
}
