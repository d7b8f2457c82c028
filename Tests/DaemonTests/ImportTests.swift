import DNS
import DelegateAPI
import Delegates
import Foundation
import GRDB
import TestSupport
import Testing

/// Moving in from acme-dns and getlocalcert, with the built program.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct ImportTests {
    /// A key and its bcrypt hash at acme-dns's cost.
    private static let key = "nuncio-import-test-key-of-40-characters_"
    private static let hash = "$2a$10$00MlmJkCYhyUjRY8./Raqe2N3uQynN.Iq0bbiUC1wcoPxNsDk6l1S"

    private struct Report: Decodable, Equatable {
        var imported: Int
        var unchanged: Int
        var refused: Int
        var droppedKeys: Int
    }

    private func run(_ folder: URL, _ options: String...) async throws -> (exitCode: Int, report: Report?, error: String) {
        try await run(folder, options)
    }

    private func run(_ folder: URL, _ options: [String]) async throws -> (exitCode: Int, report: Report?, error: String) {
        let result = try await NuncioProcess.run(
            ["import", "acme-dns", "--config", "nuncio.yaml", "--database", "acme-dns.db", "--json"] + options, in: folder)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return (result.exitCode, try? decoder.decode(Report.self, from: Data(result.out.utf8)), result.error)
    }

    private func credential(_ number: Int) -> RegisterResponse {
        RegisterResponse(
            username: SampleDatabase.username(number), password: Self.key, fulldomain: "",
            subdomain: SampleDatabase.subdomain(number), allowfrom: [], serverURL: nil)
    }

    private func prepare(_ folder: URL, accounts: Int) throws -> SampleDatabase {
        try NuncioProcess.writeConfiguration(in: folder)
        let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
        for number in 1...accounts { try sample.register(number) }
        try sample.execute(
            "UPDATE records SET Password = ? WHERE Username = ?", [Data(Self.hash.utf8), SampleDatabase.username(1)])
        return sample
    }

    @Test func `accounts come once, their keys work before and after they were seen, their values are there`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try prepare(folder, accounts: 3)
            try sample.update(1, value: Samples.value(1).text, at: 1_700_000_000)
            try sample.update(1, value: Samples.value(2).text, at: 1_700_000_001)
            let trial = try await run(folder, "--dry-run")
            #expect(trial.exitCode == 0 && trial.report?.imported == 3)
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "nuncio.db").path))
            #expect(try await run(folder).report?.imported == 3)
            for suffix in ["-wal", "-shm"] {
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "nuncio.db\(suffix)").path))
            }
            let again = try await run(folder)
            #expect(again.exitCode == 0 && again.report?.imported == 0 && again.report?.unchanged == 3)

            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let ports = try await server.waitUntilReady()
            let api = API(port: ports.http)
            func values() async throws -> [String] {
                let name = SampleDatabase.subdomain(1) + ".delegates.example.net"
                let query = try QueryOctets(name, .txt).octets
                let response = try await onThread { try TestClient(port: ports.dns).askOverUDP(query) }
                return try ParsedMessage(response).texts
            }
            #expect(try await values() == [1, 2].map { Samples.value($0).text })
            for index in [3, 4] { #expect(try await api.update(credential(1), Samples.value(index).text) == 200) }
            var wrong = credential(1)
            wrong.password = String(Self.key.dropLast()) + "x"
            #expect(try await api.update(wrong, Samples.value(5).text) == 401)
            #expect(try await values().suffix(2) == [3, 4].map { Samples.value($0).text })

            let running = try await run(folder)
            #expect(running.exitCode == 4 && running.error.contains("another nuncio has it open"))
        }
    }

    @Test func `an interrupted import goes on`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try prepare(folder, accounts: 1)
            #expect(try await run(folder).report?.imported == 1)
            // An import that was killed has taken in some accounts and not the others.
            for number in 2...5 { try sample.register(number) }
            let rest = try await run(folder)
            #expect(rest.report?.imported == 4 && rest.report?.unchanged == 1)
        }
    }

    @Test func `a dry run and an import leave the room that a server has reserved`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try prepare(folder, accounts: 1)
            #expect(try await run(folder).report?.imported == 1)
            try sample.register(2)
            let reserve = Data(repeating: 1, count: 16 << 20)
            try reserve.write(to: folder.appending(path: "nuncio.db.reserve"))
            for options in [["--dry-run"], []] {
                let result = try await run(folder, options)
                #expect(result.report?.imported == 1 && result.report?.unchanged == 1)
                #expect(try folder.contents()["nuncio.db.reserve"] == reserve)
            }
        }
    }

    @Test func `what is refused is told, all of it in a file`() async throws {
        try await withTemporaryFolder { folder in
            let sample = try prepare(folder, accounts: 4)
            try sample.execute("UPDATE records SET Username = 'admin' WHERE rowid = 2")
            try sample.execute("UPDATE records SET Subdomain = 'ns1' WHERE rowid = 3")
            let refused = try await run(folder, "--refused", "refused.json")
            #expect(refused.exitCode == 5 && refused.report?.imported == 2 && refused.report?.refused == 2)
            let lines = try String(contentsOf: folder.appending(path: "refused.json"), encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 2 && lines[0].contains("not a UUID") && lines[1].contains("records of that name"))
        }
    }

    @Test(arguments: ["none/new", "nuncio.yaml"])
    func `a folder for temporary files that is none is not made`(name: String) async throws {
        try await withTemporaryFolder { folder in
            _ = try prepare(folder, accounts: 1)
            let result = try await NuncioProcess.run(
                ["import", "acme-dns", "--config", "nuncio.yaml", "--database", "acme-dns.db", "--dry-run"], in: folder,
                environment: ["TMPDIR": folder.path + "/" + name])
            #expect(result.exitCode == 0 && result.out.contains("1 accounts would be imported"), "\(result)")
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/none"))
        }
    }

    @Test(arguments: [
        ("none/refused", "cannot be written: No such file or directory"), ("/dev/full", "is not a file"),
        ("acme-dns.db", "is the storage itself"), ("acme-dns.db-wal", "belongs to the storage"),
        ("nuncio.db.lock", "belongs to the storage"), ("folder", "is a folder"),
        ("nuncio.yaml", "is a file that this command reads"),
    ])
    func `a file for the refused that cannot be written is told with the cause`(file: String, cause: String) async throws {
        try await withTemporaryFolder { folder in
            let sample = try prepare(folder, accounts: 2)
            try sample.execute("UPDATE records SET Username = 'admin' WHERE rowid = 2")
            try FileManager.default.createDirectory(at: folder.appending(path: "folder"), withIntermediateDirectories: false)
            let result = try await run(folder, "--refused", file)
            #expect(result.exitCode == 5 && result.error.contains("“\(file)” \(cause)"), "\(result)")
        }
    }

    @Test(arguments: [
        (["--database", "nothing.db"], 5, "nothing.db"), (["--database", "nuncio.yaml"], 5, "nuncio.yaml"),
        (["--zone", "other.example"], 5, "delegates.example.net"),
        (["--database", "postgres://user:pw@/db?host=/nowhere"], 5, "(host=/nowhere dbname=db user=user) cannot be reached"),
        (["--database", "host=/nowhere password=pw"], 5, "(host=/nowhere) cannot be reached"),
        (["--database", "postgresql://user:pw@[::1/db"], 5, "a URL like postgresql://user@host/database"),
        (["--database", "hast=/nowhere password=pw"], 5, "a URL like postgresql://user@host/database"),
        (["--database", ""], 64, "a PostgreSQL URL"),
    ])
    func `what cannot be read is told`(options: [String], exitCode: Int, text: String) async throws {
        try await withTemporaryFolder { folder in
            _ = try prepare(folder, accounts: 1)
            var command = ["import", "acme-dns", "--config", "nuncio.yaml"] + options
            if !options.contains("--database") { command += ["--database", "acme-dns.db"] }
            let result = try await NuncioProcess.run(command, in: folder)
            #expect(result.exitCode == exitCode && result.error.contains(text) && !result.error.contains("pw"), "\(result)")
        }
    }

    /// Where an import from a PostgreSQL database goes.
    enum Destination: CaseIterable {
        case sqlite, postgresql

        /// Writes a configuration with this storage, and makes its database if it is a server's.
        func prepare(_ folder: URL) throws -> SampleServerDatabase? {
            guard self == .postgresql else {
                try NuncioProcess.writeConfiguration(in: folder)
                return nil
            }
            let database = try SampleServerDatabase()
            try NuncioProcess.writeConfiguration(in: folder) { text in
                text += """
                    storage:
                      postgresql:
                        connection: "\(database.connection)"
                    node:
                      address: "127.0.0.1:5353"
                    state-folder: "state"
                    dnssec:
                      mode: "off"

                    """
            }
            return database
        }
    }

    /// Tries an import out, runs it twice, and leads its credentials to a server.
    private func take(
        _ source: String, _ database: SampleServerDatabase, into destination: Destination,
        _ body: (Report, [String: String], API) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let storage = try destination.prepare(folder)
            func take(_ options: String...) async throws -> Report? {
                let result = try await NuncioProcess.run(
                    ["import", source, "--config", "nuncio.yaml", "--json"] + options, in: folder)
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                #expect(result.exitCode == 0, "\(result)")
                return try? decoder.decode(Report.self, from: Data(result.out.utf8))
            }
            let before = try folder.contents().keys.filter { !$0.hasSuffix(".out") && !$0.hasSuffix(".error") }
            let trial = try await take("--database", database.url, "--dry-run")
            let after = try folder.contents().keys.filter { !$0.hasSuffix(".out") && !$0.hasSuffix(".error") }
            #expect(before == after)
            try storage?.execute(
                "DO $$ BEGIN IF to_regclass('schema_state') IS NOT NULL THEN RAISE 'the dry run made tables'; END IF; END $$")
            let report = try #require(try await take("--database", database.connection))
            #expect(trial == report)
            let again = try await take("--database", database.url)
            #expect(again?.imported == 0 && again?.unchanged == report.imported)
            let trialAfterwards = try await take("--database", database.url, "--dry-run")
            #expect(trialAfterwards == again)

            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let ports = try await server.waitUntilReady()
            func values(_ label: String) async throws -> String {
                let query = try QueryOctets("\(label).delegates.example.net", .txt).octets
                let response = try await onThread { try TestClient(port: ports.dns).askOverUDP(query) }
                return try ParsedMessage(response).texts.joined(separator: " ")
            }
            var told: [String: String] = [:]
            for label in [SampleDatabase.subdomain(1), "own-name"] { told[label] = try await values(label) }
            try await body(report, told, API(port: ports.http))
        }
    }

    @Test(arguments: Destination.allCases)
    func `accounts come from acme-dns's PostgreSQL database`(_ destination: Destination) async throws {
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.acmeDNS1)
        try sample.register(1...3)
        try sample.execute(
            "UPDATE records SET Password = '\(Self.hash)' WHERE Username = '\(SampleDatabase.username(1))'")
        try sample.update(1, value: Samples.value(1).text, at: 1_700_000_000)
        try await take("acme-dns", sample, into: destination) { report, values, api async throws in
            #expect(report.imported == 3)
            #expect(values[SampleDatabase.subdomain(1)] == Samples.value(1).text)
            #expect(try await api.update(credential(1), Samples.value(3).text) == 200)
        }
    }

    @Test(arguments: Destination.allCases)
    func `zones come from getlocalcert with their keys`(_ destination: Destination) async throws {
        let keys = (0..<3).map { String(repeating: "\($0)f", count: 32) }
        let sample = try SampleServerDatabase(tables: SampleServerDatabase.getlocalcert5)
        try sample.makeZone(1, name: "own-name.localhostcert.net.")
        for (index, key) in keys.enumerated() {
            try sample.makeKey(key, username: 10 + index, zone: 1, lastUsed: index == 1 ? nil : "2024-01-01T00:00:00Z")
        }
        let value = Samples.value(1).text
        try sample.setValues("", value, of: "own-name.localhostcert.net.", zone: 1, created: 1, updated: 1_700_000_000)
        try await take("getlocalcert", sample, into: destination) { report, values, api async throws in
            #expect(report.imported == 1 && report.droppedKeys == 1)
            #expect(values["own-name"] == value)
            for (index, status) in [200, 401, 200].enumerated() {
                let credential = RegisterResponse(
                    username: SampleDatabase.username(10 + index), password: keys[index], fulldomain: "",
                    subdomain: "own-name", allowfrom: [], serverURL: nil)
                #expect(try await api.update(credential, Samples.value(2).text) == status)
            }
        }
    }

    @Test func `what is refused of getlocalcert is told, and a path or another's database is no such database`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let sample = try SampleServerDatabase(tables: SampleServerDatabase.getlocalcert5)
            try sample.makeZone(1, name: "own-name.localhostcert.net.", isDelegate: false)
            func take(_ database: String, _ options: String...) async throws -> (exitCode: Int, out: String, error: String) {
                try await NuncioProcess.run(
                    ["import", "getlocalcert", "--config", "nuncio.yaml", "--database", database] + options, in: folder)
            }
            let refused = try await take(sample.connection)
            #expect(refused.exitCode == 5 && refused.out.contains("0 zones were imported"), "\(refused)")
            #expect(refused.error.contains("refused: “own-name.localhostcert.net”: its values are at _acme-challenge"))
            let path = try await take("getlocalcert.db")
            #expect(path.exitCode == 5 && path.error.contains("“getlocalcert.db” is a path"), "\(path)")
            let other = try await take(try SampleServerDatabase(tables: SampleServerDatabase.acmeDNS1).url)
            #expect(other.exitCode == 5 && other.error.contains("it has no table “domains_zone”"), "\(other)")
            #expect(try await take("").exitCode == 64)
        }
    }
}
