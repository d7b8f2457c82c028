import Foundation
import TestSupport
import Testing

/// Zones of master files, as the command line shows them and the server logs them.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct ZoneFileCommandTests {
    private static let soa = "@ IN SOA ns host 1 2 3 4 60\n@ NS ns.elsewhere.test.\n"

    /// Writes a configuration with one zone file.
    private func write(_ text: String, to file: String, as item: String, in folder: URL) throws {
        try Data(text.utf8).write(to: folder.appending(path: file))
        try NuncioProcess.writeConfiguration(in: folder) { $0 += "zone-files: [\"\(item)\"]\n" }
    }

    @Test(arguments: [
        // The zone's name is from the configuration, the SOA record's owner, or the file's name.
        ("x.zone", "other.test=x.zone", soa, "other.test."),
        ("a=b.zone", "./a=b.zone", soa.replacing("@", with: "soa.test."), "soa.test."),
        ("file.test.zone", "file.test.zone", soa, "file.test."), ("db.file.test", "db.file.test", soa, "file.test."),
        ("file.test.db", "file.test.db", soa, "file.test."), ("file.test", "file.test", soa, "file.test."),
        ("file.test.zone", "file.test.zone", "$ORIGIN origin.test.\n" + soa, "origin.test."),
    ])
    func `the zone is called what the configuration, the SOA record or the file says`(
        file: String, item: String, text: String, name: String
    ) async throws {
        try await withTemporaryFolder { folder in
            try write(text + "\(name.hasPrefix("soa") ? "" : "a A 192.0.2.1\n")", to: file, as: item, in: folder)
            let result = try await NuncioProcess.run(["config", "records", name, "--config", "nuncio.yaml"], in: folder)
            #expect(result.exitCode == 0 && result.out.hasPrefix("\(name) 60 IN SOA "), "\(result)")
            #expect(result.out.contains("\n\(name) 60 IN NS ns.elsewhere.test.\n"))
        }
    }

    @Test(arguments: [
        (
            "wrong.test=x.zone", "$ORIGIN x.test.\n" + soa,
            "x.zone:2: the SOA record is that of x.test., but the file was given as the zone wrong.test."
        ),
        ("..=x.zone", soa, "“..=x.zone” should be NAME=PATH"),
        ("x.test=.", soa, "“.” is a folder"), ("=x.zone", soa, "“=x.zone” should be NAME=PATH, but “” is empty"),
        ("mün.test=x.zone", soa, "“xn--mn-xka.test”"),
        ("x.zone", soa + "$INCLUDE y.zone\n", "x.zone:3: $INCLUDE is not supported"),
    ])
    func `what is wrong with an item or a file is said`(item: String, text: String, part: String) async throws {
        try await withTemporaryFolder { folder in
            try write(text, to: "x.zone", as: item, in: folder)
            let result = try await NuncioProcess.run(["config", "check", "--config", "nuncio.yaml"], in: folder)
            #expect(result.exitCode == 2 && result.error.contains(part), "\(result)")
        }
    }

    @Test func `warnings are shown by config check, and logged at the start and when the configuration is reloaded`()
        async throws
    {
        try await withTemporaryFolder { folder in
            try write(Self.soa + "a A 192.0.2.1\na 9 A 192.0.2.2\n", to: "x.test.zone", as: "x.test.zone", in: folder)
            let warnings = ["x.test.zone:1: neither the record nor a $TTL", "x.test.zone:4: a.x.test. A has two TTLs"]

            let check = try await NuncioProcess.run(["config", "check", "--config", "nuncio.yaml"], in: folder)
            #expect(check.exitCode == 0 && warnings.allSatisfy { check.error.contains("warning: \($0)") }, "\(check.error)")
            let json = try await NuncioProcess.run(["config", "check", "--config", "nuncio.yaml", "--json"], in: folder)
            let report = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: [String]]
            #expect(report?["warnings"]?.count == 2)

            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            _ = try await server.waitUntilReady()
            #expect(warnings.allSatisfy { server.standardError.contains($0) })
            try await server.waitForFile(folder.appending(path: "nuncio.db.socket"))
            let reload = try await NuncioProcess.run(["reload", "--config", "nuncio.yaml"], in: folder)
            #expect(reload.exitCode == 0, "\(reload.error)")
            try await waitUntil("the warnings are logged once more") {
                server.standardError.matches(of: /odd configuration/).count == 2 * warnings.count
            }
        }
    }

    @Test func `records are printed as a master file, and a zone that is not there is said`() async throws {
        try await withTemporaryFolder { folder in
            try write(Self.soa + "b TXT ü\nA HINFO a b\n", to: "x.test.zone", as: "x.test.zone", in: folder)
            let all = try await NuncioProcess.run(["config", "records", "--config", "nuncio.yaml"], in: folder)
            #expect(all.exitCode == 0 && all.out.contains("delegates.example.net. 3600 IN NS ns1.delegates.example.net.\n"))
            #expect(all.out.hasSuffix("A.x.test. 60 IN HINFO \"a\" \"b\"\nb.x.test. 60 IN TXT \"\\195\\188\"\n"), "\(all.out)")
            let none = try await NuncioProcess.run(["config", "records", "y.test", "--config", "nuncio.yaml"], in: folder)
            #expect(none.exitCode == 2 && none.error.contains("there is no zone y.test"))
            let wrong = try await NuncioProcess.run(["config", "records", "y..test", "--config", "nuncio.yaml"], in: folder)
            #expect(wrong.exitCode == 64)
        }
    }
}
