import DNS
import DelegateAPI
import Foundation
import Glibc
import TestSupport
import Testing

/// Signing, as an operator sets it up and looks at it.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct DNSSECCommandTests {
    private func serve(
        _ folder: URL, _ changes: (inout String) -> Void = { _ in }
    ) async throws -> (server: NuncioProcess, ports: NuncioProcess.Ports) {
        try NuncioProcess.writeConfiguration(in: folder) { text in
            text += "dnssec:\n  resolvers: []\n"
            changes(&text)
        }
        let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
        let ports = try await server.waitUntilReady()
        try await server.waitForFile(folder.appending(path: "nuncio.db.socket"))
        return (server, ports)
    }

    private func run(_ arguments: String..., in folder: URL) async throws -> (exitCode: Int, out: String, error: String) {
        try await NuncioProcess.run(arguments + ["--config", "nuncio.yaml"], in: folder)
    }

    private func status(_ folder: URL) async throws -> ZoneSigningDescription {
        let result = try await run("dnssec", "status", "--json", in: folder)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try #require(try decoder.decode(SigningResponse.self, from: Data(result.out.utf8)).zones.first)
    }

    private func ask(_ name: String, _ type: RecordType, _ ports: NuncioProcess.Ports) async throws -> ParsedMessage {
        try await onThread {
            let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true))
            return try ParsedMessage(TestClient(port: ports.dns).askOverUDP(query.octets))
        }
    }

    @Test func `the DS that is printed is that of the key in the zone, also after a restart`() async throws {
        try await withTemporaryFolder { folder in
            var printed = ""
            for _ in 0..<2 {
                let (server, ports) = try await serve(folder)
                let ds = try await run("dnssec", "ds", in: folder)
                #expect(ds.exitCode == 0 && ds.error.isEmpty)
                #expect(ds.out.contains(/^delegates\.example\.net\. 3600 IN DS \d+ 13 2 [0-9a-f]{64}\n$/))
                #expect(printed.isEmpty || ds.out == printed)
                printed = ds.out
                let cds = try await ask("delegates.example.net", .cds, ports)
                let data = try #require(cds.answers.first?.data)
                #expect(ds.out == "delegates.example.net. 3600 IN DS \(data)\n")
                let dnskey = try await ask("delegates.example.net", .dnskey, ports)
                #expect(dnskey.answers.map(\.type) == [.dnskey, .rrsig])
                let check = try await run("config", "check", in: folder)
                #expect(check.exitCode == 0 && check.out.contains(ds.out))
                server.signal(SIGTERM)
                #expect(try await server.waitForExit() == 0)
            }
            let keys = folder.path + "/nuncio.db.keys"
            #expect(try FileManager.default.attributesOfItem(atPath: keys)[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test func `before the first start, the check says where the DS will come from`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let check = try await run("config", "check", in: folder)
            #expect(check.exitCode == 0)
            #expect(
                check.out.contains("delegates.example.net gets its keys at the first start. “nuncio dnssec ds” then prints"))
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/nuncio.db.keys"))
        }
    }

    @Test func `a change of keys is begun, told in words, and turned back`() async throws {
        try await withTemporaryFolder { folder in
            let (server, ports) = try await serve(folder)
            let before = try await status(folder)
            #expect(before.stage == "steady" && before.keys.count == 1 && before.parent == "unknown")
            let text = try await run("dnssec", "status", in: folder)
            #expect(text.exitCode == 0 && text.out.contains("parent's DS: not known"))
            let begun = try await run("dnssec", "rollover", "delegates.example.net", in: folder)
            #expect(begun.exitCode == 0 && begun.out.contains("it is published, but not used yet"))
            #expect(begun.out.contains("for resolvers to know the new key"))
            // Both keys are in the zone at once.
            let dnskey = try await ask("delegates.example.net", .dnskey, ports)
            #expect(dnskey.answers.map(\.type) == [.dnskey, .dnskey, .rrsig, .rrsig])
            let again = try await run("dnssec", "rollover", "delegates.example.net", in: folder)
            #expect(again.exitCode == 5 && again.error.contains("a change is under way"))
            let early = try await run("dnssec", "rollover", "delegates.example.net", "--ds-published", in: folder)
            #expect(early.exitCode == 5)
            let cancelled = try await run("dnssec", "rollover", "delegates.example.net", "--cancel", in: folder)
            #expect(cancelled.exitCode == 0)
            #expect(try await status(folder).keys.first { $0.parentShouldHave }?.tag == before.keys[0].tag)
            let elsewhere = try await run("dnssec", "rollover", "example.org", in: folder)
            #expect(elsewhere.exitCode == 5 && elsewhere.error.contains("not a zone of this server"))
            let audit = try await run("audit", "tail", in: folder)
            #expect(audit.out.contains("signing_keys_changed"))
            let contradictory = try await run("dnssec", "rollover", "e", "--cancel", "--key", "csk", in: folder)
            #expect(contradictory.exitCode == 64)
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }

    @Test(
        .enabled("strace is not installed or may not watch") { await StorageFault.isPossible() },
        arguments: [
            // The calls are for the new key, its folder, the state, its folder; and those that take the state back.
            ("4", "The keys are as before", true),
            ("4..6+2", "A restart could find the keys as before, or changed", false),
        ])
    func `a change whose state cannot be made durable is taken back, and a restart has the former keys`(
        calls: String, problem: String, isTakenBack: Bool
    ) async throws {
        try await withTemporaryFolder { folder in
            let (server, _) = try await serve(folder)
            let keys = folder.appending(path: "nuncio.db.keys")
            // The first look at the zone stores its TTLs, and would count as calls.
            try await waitUntil("the zone's TTLs are stored") {
                let state = try String(contentsOf: keys.appending(path: "delegates.example.net.state"), encoding: .utf8)
                return state.contains("zoneTTL")
            }
            let before = try (status: await status(folder), files: keys.contents())
            let fault = try await StorageFault("error=EIO:when=\(calls)", calls: "fsync", of: server.processID, in: folder)
            let refused = try await run("dnssec", "rollover", "delegates.example.net", in: folder)
            #expect(refused.exitCode == 5 && refused.error.contains(problem), "\(refused)")
            try await fault.end()
            #expect(try await status(folder).keys.map(\.tag) == before.status.keys.map(\.tag))
            // Where it is not certain which state is there, the keys of both stay.
            let added = try keys.contents().keys.filter { $0.hasPrefix("K") && before.files[$0] == nil }
            #expect(added.count == (isTakenBack ? 0 : 1), "\(added)")
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
            let (restarted, _) = try await serve(folder)
            #expect(try await status(folder).keys.map(\.tag) == before.status.keys.map(\.tag))
            #expect(try await run("dnssec", "rollover", "delegates.example.net", in: folder).exitCode == 0)
            restarted.signal(SIGTERM)
            #expect(try await restarted.waitForExit() == 0)
        }
    }

    @Test func `keys that cannot be used stop the start, with what to do`() async throws {
        try await withTemporaryFolder { folder in
            let (server, _) = try await serve(folder)
            // A second server with the same keys.
            try NuncioProcess.writeConfiguration(in: folder) { text in
                text += "storage: {sqlite: {path: \"other.db\"}}\ndnssec: {key-folder: \"nuncio.db.keys\"}\n"
            }
            let second = try await run("serve", in: folder)
            #expect(second.exitCode == 4 && second.error.contains("another nuncio uses the keys in"))
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
            let keys = folder.path + "/nuncio.db.keys"
            let key = try #require(try FileManager.default.contentsOfDirectory(atPath: keys).first { $0.hasPrefix("K") })
            chmod("\(keys)/\(key)", 0o644)
            let readable = try await run("serve", in: folder)
            #expect(readable.exitCode == 4 && readable.error.contains("chmod 600"))
        }
    }

    @Test func `credentials of systemd are used where that is wanted`() async throws {
        try await withTemporaryFolder { folder in
            let credentials = folder.appending(path: "credentials").path
            mkdir(credentials, 0o700)
            let made = try await NuncioProcess.run(
                ["dnssec", "generate", "delegates.example.net", "--output", credentials], in: folder)
            #expect(made.exitCode == 0)
            try NuncioProcess.writeConfiguration(in: folder) { $0 += "dnssec: {private-keys: credentials, resolvers: []}\n" }
            let without = try await run("serve", in: folder)
            #expect(without.exitCode == 4 && without.error.contains("CREDENTIALS_DIRECTORY is not set"))
            let check = try await run("config", "check", in: folder)
            #expect(check.exitCode == 0 && check.error.contains("the keys are the service’s credentials"))
            let server = try NuncioProcess(
                ["serve", "--config", "nuncio.yaml"], in: folder, environment: ["CREDENTIALS_DIRECTORY": credentials])
            _ = try await server.waitUntilReady()
            try await server.waitForFile(folder.appending(path: "nuncio.db.socket"))
            let tag = try await status(folder).keys.map(\.tag)
            #expect(tag.count == 1 && made.out.contains("+013+\(String(format: "%05d", Int(tag[0]))).private"))
            // No other key could take its place.
            let rollover = try await NuncioProcess.run(
                ["dnssec", "rollover", "delegates.example.net", "--config", "nuncio.yaml"], in: folder,
                environment: ["CREDENTIALS_DIRECTORY": credentials])
            #expect(rollover.exitCode == 5 && rollover.error.contains("nuncio dnssec generate"))
        }
    }

    @Test func `a start that fails makes no keys, whatever it fails for`() async throws {
        try await withTemporaryFolder { folder in
            let (server, ports) = try await serve(folder)
            let other = folder.appending(path: "other")
            try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
            let failures: [(String, (inout String) -> Void)] = [
                (
                    "has it",
                    {
                        $0 = $0.replacing(
                            "nameserver:\n  listen: [\"127.0.0.1:0\"]",
                            with: "nameserver:\n  listen: [\"127.0.0.1:\(ports.dns)\"]")
                    }
                ),
                (
                    "has it",
                    {
                        $0 = $0.replacing(
                            "webserver:\n  listen: [\"127.0.0.1:0\"]",
                            with: "webserver:\n  listen: [\"127.0.0.1:\(ports.http)\"]")
                    }
                ),
                (
                    "has it",
                    {
                        $0 = $0.replacing(
                            "metrics:\n  listen: [\"127.0.0.1:0\"]", with: "metrics:\n  listen: [\"127.0.0.1:\(ports.http)\"]")
                    }
                ),
                (
                    "nothing.crt",
                    {
                        $0 = $0.replacing(
                            "nameserver:\n",
                            with:
                                "nameserver:\n  tls: {listen: [\"127.0.0.1:0\"], certificate: nothing.crt, key: nothing.key}\n")
                    }
                ),
            ]
            for (told, change) in failures {
                try NuncioProcess.writeConfiguration(in: other) { text in
                    text += "dnssec: {resolvers: []}\n"
                    change(&text)
                }
                let failed = try await run("serve", in: other)
                #expect(failed.exitCode != 0 && failed.error.contains(told), "\(failed.error)")
                let files = try FileManager.default.subpathsOfDirectory(atPath: other.path)
                #expect(!files.contains { $0.hasSuffix(".private") || $0.hasSuffix(".state") }, "\(told): \(files)")
            }
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }

    @Test func `a key that was found is told as one that was not made`() async throws {
        try await withTemporaryFolder { folder in
            let keys = folder.appending(path: "nuncio.db.keys").path
            mkdir(keys, 0o700)
            let made = try await NuncioProcess.run(
                ["dnssec", "generate", "delegates.example.net", "--output", keys], in: folder)
            #expect(made.exitCode == 0 && made.error.isEmpty)
            let elsewhere = try await NuncioProcess.run(
                ["dnssec", "generate", "delegates.example.net", "--output", "nowhere"], in: folder)
            #expect(elsewhere.exitCode == 5 && elsewhere.error.contains("“nowhere”"))
            let (server, _) = try await serve(folder)
            let key = try #require(try await status(folder).keys.first)
            #expect(key.adopted && server.standardError.contains("keys found and adopted"))
            #expect(!server.standardError.contains("keys made"))
            let text = try await run("dnssec", "status", in: folder)
            #expect(text.out.contains("key \(key.tag) was found where keys are kept, not made by this server"))
            let again = try await NuncioProcess.run(
                ["dnssec", "generate", "delegates.example.net", "--output", keys], in: folder)
            #expect(again.exitCode == 0 && again.error.contains("already had keys of delegates.example.net"))
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
        try await withTemporaryFolder { folder in
            let (server, _) = try await serve(folder)
            #expect(try await status(folder).keys.map(\.adopted) == [false])
            #expect(server.standardError.contains("keys made") && !server.standardError.contains("adopted"))
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }

    @Test func `a token that systemd gives can have a right of the group`() async throws {
        try await withTemporaryFolder { folder in
            let credentials = folder.appending(path: "credentials").path
            mkdir(credentials, 0o700)
            let file = credentials + "/operator-token"
            try Data("\(String(repeating: "t", count: 40))\n".utf8).write(to: URL(filePath: file))
            chmod(file, 0o440)
            try NuncioProcess.writeConfiguration(in: folder) {
                $0 += "operator: {listen: [\"127.0.0.1:0\"]}\ndnssec: {resolvers: []}\n"
            }
            func check(_ environment: [String: String]) async throws -> (exitCode: Int, out: String, error: String) {
                try await NuncioProcess.run(
                    ["config", "check", "--config", "nuncio.yaml"], in: folder,
                    environment: environment.merging(["NUNCIO_OPERATOR_TOKEN_FILE": file]) { $1 })
            }
            #expect(try await check(["CREDENTIALS_DIRECTORY": credentials]).exitCode == 0)
            let elsewhere = try await check(["CREDENTIALS_DIRECTORY": folder.path])
            #expect(elsewhere.exitCode == 2 && elsewhere.error.contains("can be read by others"))
            chmod(file, 0o444)
            #expect(try await check(["CREDENTIALS_DIRECTORY": credentials]).exitCode == 2)
        }
    }

    @Test func `what does not go with signing is told`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder) { text in
                text = text.replacing(
                    "listen: [\"127.0.0.1:0\"]\nwebserver",
                    with: "listen: [\"127.0.0.1:0\"]\n  allow-transfer: [\"127.0.0.0/8\"]\nwebserver")
                text = text.replacing(
                    "records:\n", with: "records:\n  - \"a.delegates.example.net. 60 IN TYPE48 \\\\# 5 0100030501\"\n")
            }
            let check = try await run("config", "check", in: folder)
            #expect(check.exitCode == 2)
            #expect(check.error.contains("“nameserver.allow-transfer” cannot be used with “dnssec.mode: on”"))
            #expect(check.error.contains("the zone delegates.example.net. has DNSKEY records, which are made here"))
        }
    }

    @Test func `signing is turned off in order by reading the configuration anew`() async throws {
        try await withTemporaryFolder { folder in
            let (server, ports) = try await serve(folder)
            try NuncioProcess.writeConfiguration(in: folder) { $0 += "dnssec: {mode: \"off\", resolvers: []}\n" }
            #expect(try await run("reload", in: folder).exitCode == 0)
            #expect(try await status(folder).stage == "deletionRequested")
            let cds = try await ask("delegates.example.net", .cds, ports)
            #expect(cds.answers.first?.data.octets == [0, 0, 0, 0, 0])
            #expect(cds.answers.contains { $0.type == .rrsig })
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }
}
