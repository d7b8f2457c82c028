import AcmeDNS
import DNS
import Delegates
import Foundation
import GRDB
import Importing
import PostgreSQL
import TestSupport
import Testing

/// Imports of accounts into a storage.
struct AcmeDNSImportTests {
    private func outcomes(
        of source: any AccountSource, into storage: MemoryStorage, isDryRun: Bool
    ) async throws -> [AccountImport.Outcome] {
        var outcomes: [AccountImport.Outcome] = []
        let job = AccountImport(
            of: source, into: storage, zone: try DomainName("d.example"), isTaken: { _ in false }, maximumKeys: 2,
            now: Samples.start, isDryRun: isDryRun, batchSize: 2)
        try await job.run { outcomes += $0 }
        return outcomes
    }

    @Test func `a dry run finds the accounts that are twice in the database, in whatever batch, as the import does`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            for number in 1...8 { try sample.register(number) }
            // The columns are unique in acme-dns, but for it, “C3” and “c3” are two names.
            func rename(_ number: Int, username: Int? = nil, subdomain: Int? = nil) throws {
                func spelt(_ name: String) -> String { name.prefix(number).uppercased() + name.dropFirst(number) }
                try sample.execute(
                    "UPDATE records SET Username = ?, Subdomain = ? WHERE rowid = ?",
                    [
                        username.map { spelt(SampleDatabase.username($0)) } ?? SampleDatabase.username(number),
                        subdomain.map { spelt(SampleDatabase.subdomain($0)) } ?? SampleDatabase.subdomain(number),
                        number,
                    ])
            }
            try rename(2, username: 1)
            try rename(5, username: 1)
            try rename(6, subdomain: 1)
            try rename(7, username: 1, subdomain: 1)
            let imported = AccountImport.Outcome.imported(dropped: .init())
            func refused(_ number: Int, _ refusal: Refusal) -> AccountImport.Outcome {
                .refused(
                    account: SampleDatabase.subdomain(number) + ".d.example", reason: refusal.explanation.text ?? "")
            }
            let expected = [
                imported, refused(2, .usernameTaken), imported, imported, refused(5, .usernameTaken), refused(1, .nameTaken),
                .unchanged, imported,
            ]
            let storage = MemoryStorage()
            let before = storage.snapshot
            let database = try AcmeDNSDatabase(path: sample.path)
            #expect(try await outcomes(of: database, into: storage, isDryRun: true) == expected)
            #expect(storage.snapshot == before)
            #expect(try await outcomes(of: database, into: storage, isDryRun: false) == expected)
        }
    }

    @Test func `accounts come from PostgreSQL as from SQLite`() async throws {
        try await withTemporaryFolder { folder in
            let file = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            let server = try SampleServerDatabase(tables: SampleServerDatabase.acmeDNS1)
            for number in 1...5 { try file.register(number) }
            try server.register(1...5)
            for (index, number) in [1, 1, 1, 4].enumerated() {
                try file.update(number, value: Samples.value(index).text, at: 1_700_000_000 + index)
                try server.update(number, value: Samples.value(index).text, at: 1_700_000_000 + index)
            }
            let changes = [
                "UPDATE txt SET Value = 'short' WHERE Value = '\(Samples.value(3).text)'",
                "UPDATE records SET Username = 'admin' WHERE Username = '\(SampleDatabase.username(2))'",
                "UPDATE records SET AllowFrom = '[\"x\",\"192.0.2.0/24\"]' WHERE Username = '\(SampleDatabase.username(3))'",
            ]
            for change in changes {
                try file.execute(change)
                try server.execute(change)
            }
            var states: [MemoryStorage] = []
            let database = try AcmeDNSDatabase(path: file.path)
            for source in [database, try await AcmeDNSServerDatabase.open(try ConnectionString(server.connection))]
                as [any AccountSource]
            {
                let storage = MemoryStorage()
                let outcomes = try await outcomes(of: source, into: storage, isDryRun: false)
                // PostgreSQL puts a row that was changed at the end.
                #expect(
                    Set(outcomes) == [
                        .imported(dropped: .init()), .imported(dropped: .init(networks: 1)),
                        .imported(dropped: .init(values: 1)),
                        .refused(account: "“\(SampleDatabase.subdomain(2))”", reason: "its user name is not a UUID"),
                    ])
                states.append(storage)
            }
            let tables = [DelegateTable(), DelegateTable()]
            for (storage, table) in zip(states, tables) { try await storage.load(into: table, now: Samples.start) }
            for number in 1...5 {
                let username = try #require(UniqueID(SampleDatabase.username(number)))
                let credential = try await states[0].credential(of: username)
                #expect(try await credential == states[1].credential(of: username))
                let name = try DomainName(SampleDatabase.subdomain(number) + ".d.example")
                let values = tables[0].values(at: name, now: Samples.start)
                #expect(values == tables[1].values(at: name, now: Samples.start))
                #expect(values?.count == [1: 2, 3: 0, 4: 0, 5: 0][number])
            }
        }
    }
}
