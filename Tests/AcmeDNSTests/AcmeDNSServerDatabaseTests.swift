import Delegates
import Foundation
import Importing
import PostgreSQL
import TestSupport
import Testing

@testable import AcmeDNS

/// Accounts in PostgreSQL, as acme-dns has written them.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct AcmeDNSServerDatabaseTests {
    private func open(_ sample: SampleServerDatabase) async throws -> AcmeDNSServerDatabase {
        try await AcmeDNSServerDatabase.open(try ConnectionString(sample.connection))
    }

    @Test func `accounts of schema 1 are read as they stand there, batch by batch`() async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.acmeDNS1)
        try sample.register(1...5, allowFrom: #"["192.0.2.0/24"]"#)
        try sample.update(2, value: Samples.value(1).text, at: 1_700_000_000)
        let database = try await open(sample)
        #expect(try await database.accountCount() == 5)
        var batches: [[AcmeDNSAccount]] = []
        repeat {
            batches.append(try await database.accounts(after: batches.last?.last?.row ?? 0, maximum: 2))
        } while batches.last?.isEmpty == false && batches.count < 9
        #expect(batches.map(\.count) == [2, 2, 1, 0])
        let accounts = Array(batches.joined())
        #expect(accounts.map(\.row) == [1, 2, 3, 4, 5])
        #expect(accounts.map(\.username) == (1...5).map(SampleDatabase.username))
        #expect(accounts.map(\.passwordHash) == (1...5).map(SampleDatabase.hash))
        #expect(accounts.map(\.subdomain) == (1...5).map(SampleDatabase.subdomain))
        #expect(accounts.allSatisfy { $0.allowFrom == ["192.0.2.0/24"] && $0.problem == nil })
        #expect(accounts[1].values == [.init(text: Samples.value(1).text, lastUpdate: 1_700_000_000)])
        #expect(accounts.map(\.values.count) == [0, 1, 0, 0, 0])
    }

    @Test(arguments: [false, true])
    func `values come in the order in which acme-dns overwrites them`(hasIndex: Bool) async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.acmeDNS1)
        // Versions after 2.0.2 add this at start.
        if hasIndex { try sample.execute("CREATE INDEX IF NOT EXISTS idx_txt_subdomain ON txt (Subdomain)") }
        try sample.register(1...3)
        for (index, time) in [100, 200, 300].enumerated() { try sample.update(1, value: "a\(index)", at: time) }
        for index in 0..<2 { try sample.update(2, value: "b\(index)", at: 100) }
        try sample.execute("UPDATE txt SET LastUpdate = NULL, Value = 'c' WHERE Subdomain = '\(SampleDatabase.subdomain(3))'")
        let values = try await open(sample).accounts(after: 0, maximum: 9).map(\.values)
        #expect(values.map { $0.map(\.text) } == [["a1", "a2"], ["b0", "b1"], ["c", "c"]])
        #expect(values.map { $0.map(\.lastUpdate) } == [[200, 300], [100, 100], [0, 0]])
    }

    @Test func `the one value of schema 0 is read, also in the middle of the way to schema 1`() async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.acmeDNS0)
        let row = "'\(SampleDatabase.username(1))', '\(SampleDatabase.hash(1))', '\(SampleDatabase.subdomain(1))'"
        try sample.execute("INSERT INTO records VALUES (\(row), 'old', 1500000000, '[\"192.0.2.0/24\"]')")
        let account = try #require(try await open(sample).accounts(after: 0, maximum: 9).first)
        #expect(account.values == [.init(text: "old", lastUpdate: 1_500_000_000)] && account.allowFrom == ["192.0.2.0/24"])

        try sample.execute(SampleDatabase.acmednsTable + SampleServerDatabase.acmeDNSTXT)
        try sample.execute(
            "INSERT INTO txt (Subdomain, Value, LastUpdate) VALUES ('\(SampleDatabase.subdomain(1))', 'new', 16)")
        let both = try #require(try await open(sample).accounts(after: 0, maximum: 9).first)
        #expect(both.values.map(\.text) == ["new", "old"])

        // What acme-dns does last; here the old columns are still there.
        try sample.execute("INSERT INTO acmedns (Name, Value) values('db_version', '1')")
        let now = try #require(try await open(sample).accounts(after: 0, maximum: 9).first)
        #expect(now.values.map(\.text) == ["new"])
    }

    @Test func `rows that acme-dns does not make are told apart`() async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.acmeDNS1)
        try sample.register(1...1)
        try sample.execute("UPDATE records SET AllowFrom = NULL")
        let account = try #require(try await open(sample).accounts(after: 0, maximum: 9).first)
        #expect(account.problem == "its list of allowed networks is missing")
    }

    @Test(arguments: [
        ("", "it has no table “records”"),
        ("CREATE TABLE records(Username TEXT, Password TEXT)", "its table “records” has no column “subdomain”"),
        ("CREATE TABLE records(Username TEXT, Password TEXT, Subdomain TEXT, AllowFrom TEXT)", "it has no table “txt”"),
        (
            SampleServerDatabase.acmeDNS1 + "ALTER TABLE records DROP COLUMN AllowFrom;",
            "its table “records” has no column “allowfrom”"
        ),
        (SampleServerDatabase.acmeDNS1 + "ALTER TABLE txt DROP COLUMN Value;", "its table “txt” has no column “value”"),
    ]) func `what another database lacks is named`(tables: String, missing: String) async throws {
        let sample = try SampleServerDatabase(tables: tables)
        let name = SourceName.server(try ConnectionString(sample.connection).description)
        await #expect(throws: AcmeDNSDatabaseError.notAcmeDNS(name, missing: missing)) { try await open(sample) }
    }

    @Test(arguments: ["2", "-1", "new"]) func `a schema that is not known is named`(version: String) async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.acmeDNS1)
        try sample.execute("UPDATE acmedns SET Value = '\(version)'")
        let name = SourceName.server(try ConnectionString(sample.connection).description)
        await #expect(throws: AcmeDNSDatabaseError.unknownSchema(name, version: version)) { try await open(sample) }
    }

    @Test func `all batches are of one moment, and acme-dns goes on writing meanwhile`() async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.acmeDNS1)
        try sample.register(1...3)
        try sample.update(3, value: "before", at: 1)
        let database = try await open(sample)
        let first = try await database.accounts(after: 0, maximum: 2)
        try sample.register(4...4)
        try sample.update(3, value: "after", at: 2)
        try sample.execute("DELETE FROM records WHERE Username = '\(SampleDatabase.username(3))'")
        let rest = try await database.accounts(after: first.last?.row ?? 0, maximum: 9)
        #expect(rest.map(\.username) == [SampleDatabase.username(3)] && rest.flatMap { $0.values.map(\.text) } == ["before"])
    }

    @Test func `why a database cannot be read is told, and that the import can be started again`() async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.acmeDNS1)
        try sample.register(1...1)
        let database = try await open(sample)
        try sample.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'nuncio import' AND datname = current_database()
            """)
        let lost = try await #require(throws: SnapshotError.self) { try await database.accounts(after: 0, maximum: 9) }
        #expect(lost.kind == .interrupted && "\(lost)".contains("start again"), "\(lost)")

        let role = "reader_\(UUID().uuidString.prefix(8).lowercased())"
        try sample.execute("CREATE ROLE \(role) LOGIN")
        let string = try ConnectionString(sample.connection.replacing("user=nuncio", with: "user=\(role)"))
        let denied = try await #require(throws: SnapshotError.self) { try await AcmeDNSServerDatabase.open(string) }
        #expect(denied.kind == .unreadable && "\(denied)".contains("permission denied for table acmedns"), "\(denied)")

        let nowhere = try ConnectionString("host=/nowhere user=acmedns password=secret")
        let unreachable = try await #require(throws: SnapshotError.self) { try await AcmeDNSServerDatabase.open(nowhere) }
        #expect(unreachable.kind == .unreachable && "\(unreachable)".contains("/nowhere"), "\(unreachable)")
        #expect(!"\(unreachable)".contains("secret"))
    }
}
