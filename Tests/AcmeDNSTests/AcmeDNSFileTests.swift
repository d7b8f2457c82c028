import AcmeDNS
import Foundation
import GRDB
import Importing
import TestSupport
import Testing

/// Reading leaves the file as it is, and an error says why it cannot be read.
struct AcmeDNSFileTests {
    @Test func `reading leaves the file as it was, and no other beside it`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            try sample.register(1)
            try sample.update(1, value: "value", at: 1)
            try sample.close()
            let before = try folder.contents()
            #expect(try Self.readAll(sample.path).count == 1)
            #expect(try folder.contents() == before)
            #expect(before.keys.sorted() == ["acme-dns.db"])
        }
    }

    @Test func `what stands in the WAL of a file that is open elsewhere is read, and nothing is written`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1, journalMode: "WAL")
            try sample.register(1)
            try sample.update(1, value: "value", at: 1)
            let before = try folder.contents()
            #expect(before["acme-dns.db-wal"]?.isEmpty == false)
            let accounts = try Self.readAll(sample.path)
            #expect(accounts.flatMap { $0.values.map(\.text) } == ["value"])
            #expect(try folder.contents() == before)
            // acme-dns goes on writing.
            try sample.update(1, value: "another", at: 2)
            #expect(try Self.readAll(sample.path).flatMap { $0.values.map(\.text) } == ["value", "another"])
        }
    }

    @Test func `a file that was left with its WAL is read with it, and both stay as they were`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1, journalMode: "WAL")
            try sample.register(1)
            let left = folder.appending(path: "left")
            try FileManager.default.createDirectory(at: left, withIntermediateDirectories: false)
            for name in ["acme-dns.db", "acme-dns.db-wal"] {
                try FileManager.default.copyItem(at: folder.appending(path: name), to: left.appending(path: name))
            }
            let before = try left.contents()
            #expect(try Self.readAll(left.appending(path: "acme-dns.db").path).count == 1)
            #expect(try left.contents() == before)
        }
    }

    @Test func `a file in WAL mode that nobody has open is read, and no other is left beside it`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1, journalMode: "WAL")
            try sample.register(1)
            try sample.update(1, value: "value", at: 1)
            try sample.close()
            let before = try folder.contents()
            #expect(before.keys.sorted() == ["acme-dns.db"])
            #expect(try Self.readAll(sample.path).flatMap { $0.values.map(\.text) } == ["value"])
            #expect(try folder.contents() == before)
        }
    }

    @Test func `what acme-dns writes to such a file meanwhile is told`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1, journalMode: "WAL")
            try sample.register(1)
            try sample.close()
            let database = try AcmeDNSDatabase(path: sample.path)
            #expect(try database.count == 1)
            let acmeDNS = try DatabaseQueue(path: sample.path)
            try await acmeDNS.write { try $0.execute(sql: "UPDATE txt SET Value = 'another'") }
            #expect(throws: AcmeDNSDatabaseError.changed(path: sample.path)) { try database.accounts(maximum: 10) }
        }
    }

    @Test func `a name that looks like a URI is that of a file`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1, journalMode: "WAL")
            try sample.register(1)
            try sample.close()
            let odd = folder.appending(path: "file:x%20?mode=memory#.db").path
            try FileManager.default.moveItem(atPath: sample.path, toPath: odd)
            #expect(try Self.readAll(odd).count == 1)
        }
    }

    @Test func `temporary files are where the environment says, or beside what is imported`() async throws {
        try await withTemporaryFolder { folder in
            let missing = folder.appending(path: "missing").path
            func chosen(_ environment: [String: String]) -> String? {
                AcmeDNSDatabase.temporaryFolder(environment: environment, besides: folder.path + "/")
            }
            #expect([[:], ["TMPDIR": missing], ["TMPDIR": ""]].allSatisfy { chosen($0) == folder.path + "/" })
            #expect(chosen(["TMPDIR": folder.path]) == folder.path)
            #expect(chosen(["TMPDIR": "/tmp", "SQLITE_TMPDIR": folder.path]) == folder.path)
        }
    }

    @Test func `a file that was left in the middle of a transaction is not read, with advice`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            for number in 1...200 { try sample.register(number) }
            try sample.close()
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let acmeDNS = try DatabaseQueue(path: sample.path, configuration: configuration)
            let left = folder.appending(path: "left")
            try FileManager.default.createDirectory(at: left, withIntermediateDirectories: false)
            try await acmeDNS.writeWithoutTransaction { database in
                // With only two pages in memory, some reach the file before the end.
                try database.execute(sql: "PRAGMA cache_size = 2; BEGIN; UPDATE txt SET Value = hex(randomblob(100))")
                for name in ["acme-dns.db", "acme-dns.db-journal"] {
                    try FileManager.default.copyItem(at: folder.appending(path: name), to: left.appending(path: name))
                }
                try database.execute(sql: "ROLLBACK")
            }
            let path = left.appending(path: "acme-dns.db").path
            let before = try left.contents()
            #expect(throws: AcmeDNSDatabaseError.needsRecovery(path: path)) { try Self.readAll(path) }
            #expect(try left.contents() == before)
        }
    }

    @Test func `a path where no file is or that is a folder's is told from one that is no database`() async throws {
        try await withTemporaryFolder { folder in
            let missing = folder.appending(path: "missing.db").path
            #expect(throws: AcmeDNSDatabaseError.unreadable(path: missing, reason: "No such file or directory")) {
                try AcmeDNSDatabase(path: missing)
            }
            #expect(try folder.contents().isEmpty)
            #expect(throws: AcmeDNSDatabaseError.unreadable(path: folder.path, reason: "it is a folder")) {
                try AcmeDNSDatabase(path: folder.path)
            }
            let text = folder.appending(path: "text.db").path
            try Data(repeating: 120, count: 5000).write(to: URL(filePath: text))
            #expect(throws: AcmeDNSDatabaseError.notSQLite(path: text)) { try AcmeDNSDatabase(path: text) }
        }
    }

    @Test(arguments: [
        ("", "it has no table “records”"),
        ("CREATE TABLE records(Username TEXT, Password TEXT)", "its table “records” has no column “subdomain”"),
        ("CREATE TABLE records(Username TEXT, Password TEXT, Subdomain TEXT, AllowFrom TEXT)", "it has no table “txt”"),
        (SampleDatabase.schema1 + "DROP TABLE txt;", "it has no table “txt”"),
        (
            SampleDatabase.schema1 + "ALTER TABLE records DROP COLUMN AllowFrom;",
            "its table “records” has no column “allowfrom”"
        ),
        (SampleDatabase.schema0 + "CREATE TABLE txt(a)", "its table “txt” has no column “subdomain”"),
    ]) func `what another database lacks is named`(tables: String, missing: String) async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: tables)
            #expect(throws: AcmeDNSDatabaseError.notAcmeDNS(.file(sample.path), missing: missing)) {
                try AcmeDNSDatabase(path: sample.path)
            }
        }
    }

    @Test func `a database whose text is UTF-16 is refused`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "wide.db").path
            try await DatabaseQueue(path: path).writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA encoding = 'UTF-16le';" + SampleDatabase.schema1)
            }
            #expect(throws: AcmeDNSDatabaseError.notAcmeDNS(.file(path), missing: "its text is UTF-16le, not UTF-8")) {
                try AcmeDNSDatabase(path: path)
            }
        }
    }

    @Test(arguments: ["2", "-1", "new"]) func `a schema that is not known is named`(version: String) async throws {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            try sample.execute("UPDATE acmedns SET Value = ?", [version])
            #expect(throws: AcmeDNSDatabaseError.unknownSchema(.file(sample.path), version: version)) {
                try AcmeDNSDatabase(path: sample.path)
            }
        }
    }

    @discardableResult
    private static func readAll(_ path: String) throws -> [AcmeDNSAccount] {
        try AcmeDNSDatabase(path: path).accounts(maximum: 1000)
    }
}
