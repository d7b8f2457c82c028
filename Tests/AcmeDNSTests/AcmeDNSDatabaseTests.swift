import Delegates
import Foundation
import GRDB
import TestSupport
import Testing

@testable import AcmeDNS

struct AcmeDNSDatabaseTests {
    @Test func `an account of schema 1 is read as it stands there`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            try sample.register(1, allowFrom: #"["192.0.2.0/24","2001:db8::/32"]"#)
            try sample.update(1, value: Samples.value(1).text, at: 1_700_000_000)
            let database = try AcmeDNSDatabase(path: sample.path)
            #expect(try database.count == 1)
            let account = try #require(try database.accounts(maximum: 10).first)
            #expect(account.username == SampleDatabase.username(1))
            #expect(account.passwordHash == SampleDatabase.hash(1))
            #expect(account.subdomain == SampleDatabase.subdomain(1))
            #expect(account.allowFrom == ["192.0.2.0/24", "2001:db8::/32"])
            #expect(account.values == [.init(text: Samples.value(1).text, lastUpdate: 1_700_000_000)])
            #expect(account.problem == nil)
        }
    }

    @Test func `values come in the order in which acme-dns overwrites them`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            for number in 1...3 { try sample.register(number) }
            for (index, time) in [100, 200, 300].enumerated() { try sample.update(1, value: "a\(index)", at: time) }
            for index in 0..<3 { try sample.update(2, value: "b\(index)", at: 100) }
            let values = try AcmeDNSDatabase(path: sample.path).accounts(maximum: 10).map(\.values)
            #expect(values.map { $0.map(\.text) } == [["a1", "a2"], ["b2", "b1"], []])
            #expect(values[0].map(\.lastUpdate) == [200, 300])
            // The first is the one to be overwritten next.
            try sample.update(2, value: "b3", at: 101)
            #expect(try AcmeDNSDatabase(path: sample.path).accounts(maximum: 10)[1].values.map(\.text) == ["b1", "b3"])
        }
    }

    @Test func `an account can have as many values as txtlimit says`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            // Versions after 2.0.2 add this at start.
            try sample.execute("CREATE INDEX IF NOT EXISTS idx_txt_subdomain ON txt (Subdomain)")
            try sample.register(1)
            for _ in 0..<3 {
                try sample.execute("INSERT INTO txt (Subdomain, LastUpdate) values('\(SampleDatabase.subdomain(1))', 0)")
            }
            for index in 0..<5 { try sample.update(1, value: "v\(index)", at: 100 + index) }
            let values = try #require(try AcmeDNSDatabase(path: sample.path).accounts(maximum: 10).first?.values)
            #expect(values.map(\.text) == ["v0", "v1", "v2", "v3", "v4"])
        }
    }

    @Test func `the one value of schema 0 is read`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema0)
            try Self.insertOfSchema0(1, value: Samples.value(1).text, into: sample)
            try Self.insertOfSchema0(2, value: "", into: sample)
            let accounts = try AcmeDNSDatabase(path: sample.path).accounts(maximum: 10)
            #expect(accounts.map(\.values) == [[.init(text: Samples.value(1).text, lastUpdate: 1_500_000_000)], []])
            #expect(accounts.map(\.allowFrom) == [["192.0.2.0/24"], ["192.0.2.0/24"]])
        }
    }

    /// acme-dns makes the new tables first and writes the version last.
    @Test func `a database in the middle of its way from schema 0 to 1 is read with both kinds of values`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(
                in: folder, tables: SampleDatabase.schema0 + SampleDatabase.acmednsTable + SampleDatabase.txtTable)
            try Self.insertOfSchema0(1, value: "old", into: sample)
            try sample.execute("INSERT INTO txt VALUES (?, 'new', 1600000000)", [SampleDatabase.subdomain(1)])
            let account = try #require(try AcmeDNSDatabase(path: sample.path).accounts(maximum: 10).first)
            #expect(account.values.map(\.text) == ["old", "new"])
        }
    }

    @Test func `the value that a database brought to schema 1 still has in records is not served and not read`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema0 + SampleDatabase.schema1)
            try Self.insertOfSchema0(1, value: "old", into: sample)
            try sample.execute("INSERT INTO txt VALUES (?, 'new', 1600000000)", [SampleDatabase.subdomain(1)])
            let account = try #require(try AcmeDNSDatabase(path: sample.path).accounts(maximum: 10).first)
            #expect(account.values.map(\.text) == ["new"])
        }
    }

    @Test func `the tables of before the first release are read: no networks, times in words`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(
                in: folder,
                tables: """
                    CREATE TABLE IF NOT EXISTS records(
                        Username TEXT UNIQUE NOT NULL PRIMARY KEY,
                        Password TEXT UNIQUE NOT NULL,
                        Subdomain TEXT UNIQUE NOT NULL,
                        Value   TEXT,
                        LastActive DATETIME
                    );
                    """)
            try sample.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP)",
                [SampleDatabase.username(1), Data(SampleDatabase.hash(1).utf8), SampleDatabase.subdomain(1), "value"])
            let account = try #require(try AcmeDNSDatabase(path: sample.path).accounts(maximum: 10).first)
            #expect(account.allowFrom == [] && account.problem == nil)
            #expect(account.values == [.init(text: "value", lastUpdate: 0)])
        }
    }

    @Test func `batches go on exactly where the last one ended, also with the file opened anew`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            // Out of the order of their names.
            for number in 1...20 {
                try sample.register(number * 7 % 20)
                try sample.update(number * 7 % 20, value: "value \(number)", at: number)
            }
            var database = try AcmeDNSDatabase(path: sample.path)
            #expect(try database.count == 20)
            let all = try database.accounts(maximum: 100)
            #expect(all.map(\.values.first?.text) == (1...20).map { "value \($0)" })
            #expect(all.map(\.subdomain) == (1...20).map { SampleDatabase.subdomain($0 * 7 % 20) })

            var batches: [[AcmeDNSAccount]] = []
            repeat {
                if batches.count == 2 { database = try AcmeDNSDatabase(path: sample.path) }
                batches.append(try database.accounts(after: batches.last?.last?.row, maximum: 7))
            } while batches.last?.isEmpty == false && batches.count < 10
            #expect(batches.map(\.count) == [7, 7, 6, 0])
            #expect(Array(batches.joined()) == all)
            #expect(try database.accounts(maximum: 0).isEmpty && database.accounts(maximum: -1).isEmpty)
        }
    }

    @Test func `neither a batch nor its values need a sort or a walk through a whole table`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            let plans = try AcmeDNSDatabase(path: sample.path).queryPlans()
            #expect(plans.count == 2)
            #expect(plans.first?.hasPrefix("SEARCH records USING INTEGER PRIMARY KEY (rowid>?)") == true)
            #expect(plans.last?.hasSuffix("published_value USING PRIMARY KEY (subdomain=?)") == true)
        }
    }

    private static func insertOfSchema0(_ number: Int, value: String, into sample: SampleDatabase) throws {
        try sample.execute(
            "INSERT INTO records(Username, Password, Subdomain, Value, LastActive, AllowFrom) values(?, ?, ?, ?, ?, ?)",
            [
                SampleDatabase.username(number), Data(SampleDatabase.hash(number).utf8), SampleDatabase.subdomain(number),
                value,
                1_500_000_000, #"["192.0.2.0/24"]"#,
            ])
    }
}
