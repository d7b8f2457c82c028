import DNS
import DelegateAPI
import Delegates
import Foundation
import Glibc
import TestSupport
import Testing

/// The command line, run as a person runs it.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct CommandTests {
    @Test(arguments: [
        ("mün.example", "“xn--mn-xka.example”"), ("*.example.com", "the name alone, “example.com”"),
        ("https://example.com/", "the name alone, “example.com”"),
        ("_acme-challenge.example.com", "the domain itself, “example.com”"),
        ("*._acme-challenge.a.net", "the domain itself, “a.net”"), ("_acme-challenge.*.a.net", "the domain itself, “a.net”"),
        ("_acme-challenge.mün.de", "the domain itself, “xn--mn-xka.de”"),
        ("https://_acme-challenge.a.net/x", "the domain itself, “a.net”"),
        (String(repeating: "ü", count: 60) + ".de", "is too long: its xn-- form has"),
        ("mün-.de", "begins or ends with a hyphen"),
        ("192.0.2.1", "is an address"), ("example.com:443", "has a port"), ("my_host.example.com", "“_” is in it"),
    ])
    func `a domain that cannot be is told what it is, before anybody is asked`(domain: String, expected: String) async throws {
        try await withTemporaryFolder { folder in
            for command in [["register"], ["delegates", "create", "web1"], ["delegates", "rotate", "web1"]] {
                let outcome = try await NuncioProcess.run(command + ["--domain", domain], in: folder)
                #expect(outcome.exitCode == 64 && outcome.error.contains(expected), "\(command): \(outcome)")
            }
        }
    }

    @Test func `the version is told`() async throws {
        let result = try await NuncioProcess.run(["--version"], in: FileManager.default.temporaryDirectory)
        #expect(result.exitCode == 0 && result.out.contains(/^nuncio \d+\.\d+\.\d+(-dev)?\n$/))
    }

    @Test(arguments: [
        [], ["setup"], ["serve"], ["config"], ["config", "check"], ["config", "records"], ["register"], ["publish"], ["trace"],
        ["caa"], ["caa", "record"], ["caa", "evaluate"], ["doctor"],
    ])
    func `each command has help with an example`(command: [String]) async throws {
        let result = try await NuncioProcess.run(command + ["--help"], in: FileManager.default.temporaryDirectory)
        #expect(result.exitCode == 0 && result.out.contains("EXAMPLE:\n"))
        // A line that wraps at the terminal's width could not be pasted.
        let examples = result.out.split(separator: "\n").drop { $0 != "EXAMPLE:" }.dropFirst().prefix { $0.hasPrefix("  ") }
        #expect(examples.allSatisfy { $0.hasPrefix("  nuncio ") || $0.hasPrefix("      ") }, "\(examples)")
        #expect(examples.count >= 1)
    }

    @Test(arguments: [
        ["nothing"], ["serve", "--nothing"], ["publish"], ["register", "--format", "xml"], ["register", "--domain", "a b"],
        ["register", "--server", "nowhere"], ["register", "--domain", "*.example.com"],
        ["delegates", "create", "--domain", "_acme-challenge.example.com"], ["doctor", "a.example", "--probe"],
        ["doctor", "a.example", "--credentials", "c"], ["doctor", "a.example", "--force"],
        ["backup", ""], ["restore", ""],
        ["dnssec", "ds", ""], ["dnssec", "rollover", ""], ["dnssec", "generate", ""], ["config", "records", ""],
        ["delegates", "create", ""], ["tokens", "create", "t", "--expires", "0d"],
        ["import", "acme-dns", "--config", "c", "--database", "d", "--zone", ""], ["register", "--server", ""],
        ["publish", "x", "--credentials", "c", "--domain", ""],
    ])
    func `a wrong command line is exit code 64`(command: [String]) async throws {
        let result = try await NuncioProcess.run(command, in: FileManager.default.temporaryDirectory)
        #expect(result.exitCode == 64 && !result.error.isEmpty, "\(result)")
    }

    private static let named: [[String]] = [
        ["dnssec", "ds"], ["dnssec", "rollover"], ["dnssec", "generate"], ["config", "records"], ["delegates", "create"],
        ["import", "acme-dns", "--config", "c", "--database", "d", "--zone"],
        ["publish", "x", "--credentials", "c", "--domain"],
    ]

    @Test(arguments: [
        ("mün.example", "write it in its xn-- form as “xn--mn-xka.example”"), ("https://a.example/", "is a URL, not a name"),
        ("a.example:53", "has a port"), ("192.0.2.1", "is an address"), ("*.a.example", "is a wildcard"),
        ("a@b.example", "mail"),
    ]) func `what is no name is told by each command in the same words`(name: String, reason: String) async throws {
        try await withTemporaryFolder { folder in
            for command in Self.named {
                let result = try await NuncioProcess.run(command + [name], in: folder)
                #expect(result.exitCode == 64 && result.error.contains(reason), "\(command): \(result)")
            }
        }
    }

    @Test(arguments: [
        ("https://mün.example", "“xn--mn-xka.example”"), ("https://*.a.example", "is a wildcard"),
        ("https://192.0.2", "ends in a number"), ("https://-a.example/x", "begins or ends with a hyphen"),
    ]) func `a server's URL with a host that cannot be is told why`(url: String, reason: String) async throws {
        try await withTemporaryFolder { folder in
            for command in [["register", "--server", url], ["status", "--token-file", "t", "--url", url]] {
                let result = try await NuncioProcess.run(command, in: folder)
                #expect(result.exitCode == 64 && result.error.contains(reason), "\(command): \(result)")
            }
        }
    }

    @Test func `a proxy that does not listen is told, and no password is spoken of`() async throws {
        try await withTemporaryFolder { folder in
            let result = try await NuncioProcess.run(
                ["register", "--server", "http://auth.example"], in: folder, environment: ["HTTP_PROXY": "http://127.0.0.1:1"])
            #expect(result.exitCode == 6 && result.error.contains("connection refused"), "\(result)")
            #expect(!result.error.contains("password"), "\(result)")
        }
    }

    @Test func `config check is content, or lists every problem`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let right = try await NuncioProcess.run(["config", "check", "--config", "nuncio.yaml"], in: folder)
            #expect(right.exitCode == 0 && right.out.contains("delegates.example.net. 3600 IN NS ns1.delegates.example.net."))
            #expect(right.out.contains("ns1.delegates.example.net. 3600 IN A 127.0.0.1"))

            try NuncioProcess.writeConfiguration(in: folder) { $0 += "nothing: 1\nnegative-ttl: 77\n" }
            let wrong = try await NuncioProcess.run(["config", "check", "--config", "nuncio.yaml"], in: folder)
            #expect(wrong.exitCode == 2 && wrong.error.contains("nuncio.yaml:15:") && wrong.error.contains("nuncio.yaml:16:"))

            let json = try await NuncioProcess.run(["config", "check", "--config", "nuncio.yaml", "--json"], in: folder)
            let report = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: [String]]
            #expect(json.exitCode == 2 && report?["problems"]?.count == 2 && report?["parent_zone"] == [])
        }
    }

    @Test(arguments: ["json", "lego", "cert-manager", "acme.sh", "env"])
    func `what register prints, publish takes`(format: String) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let ports = try await server.waitUntilReady()
            // The server gives out the public URL of its configuration, where the port is 0.
            let url = "http://127.0.0.1:\(ports.http)"
            let registered = try await NuncioProcess.run(
                ["register", "--server", url, "--domain", "example.com", "--allow-from", "127.0.0.0/8", "--format", format],
                in: folder)
            #expect(registered.exitCode == 0, "\(registered.error)")
            let line = try #require(registered.error.firstMatch(of: /_acme-challenge\.example\.com\. CNAME (\S+)\.\n/))
            let delegate = String(line.1)
            try Data(registered.out.utf8).write(to: folder.appending(path: "credential"))

            let value = Samples.value(7).text
            let published = try await NuncioProcess.run(
                ["publish", value, "--credentials", "credential", "--server", url], in: folder)
            #expect(published.exitCode == 0, "\(published.error)")
            let answer = try await onThread {
                try ParsedMessage(TestClient(port: ports.dns).askOverUDP(try QueryOctets(delegate, .txt).octets))
            }
            #expect(answer.texts == [value])
            #expect(!registered.error.contains("password") && !published.error.contains(value))
        }
    }

    @Test(arguments: ["-h_validation_token_received_from_the_ca___", "--version_token_received_from_the_ca_______"])
    func `a value that looks like an option is a value`(value: String) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let url = "http://127.0.0.1:\(try await server.waitUntilReady().http)"
            let registered = try await NuncioProcess.run(["register", "--server", url], in: folder)
            try Data(registered.out.utf8).write(to: folder.appending(path: "credential.json"))
            let published = try await NuncioProcess.run(
                ["publish", value, "--credentials", "credential.json", "--server", url, "--json"], in: folder)
            #expect(published.exitCode == 0 && published.out == "{\"txt\": \"\(value)\"}\n")
        }
    }

    @Test func `trace shows who asks for a delegate, over each transport`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let ports = try await server.waitUntilReady()
            let credential = try await API(port: ports.http).register()
            _ = try await API(port: ports.http).update(credential, Samples.value(1).text)
            let name = credential.fulldomain
            let trace = try NuncioProcess(["trace", name, "--config", "nuncio.yaml", "--json"], in: folder)
            try await trace.waitForError("Following \(name).\n")
            try await onThread { () throws in
                let client = TestClient(port: ports.dns)
                _ = try client.askOverUDP(try QueryOctets(name, .txt).octets)
                _ = try client.askOverTCP(try QueryOctets("_acme-challenge." + name, .a).octets)
                _ = try client.askOverUDP(try QueryOctets("delegates.example.net", .soa).octets)
            }
            try await trace.waitForOutput("\"NXDOMAIN\"")
            trace.signal(SIGINT)
            _ = try await trace.waitForExit()
            let lines = trace.standardOutput.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(
                lines[0].contains("\"address\":\"127.0.0.1\"") && lines[0].contains("\"transport\":\"udp\"")
                    && lines[0].contains("\"answers\":1"))
            #expect(lines[1].contains("\"name\":\"_acme-challenge.\(name).\"") && lines[1].contains("\"transport\":\"tcp\""))
            #expect(!trace.standardOutput.contains(Samples.value(1).text))
        }
    }

    @Test func `trace without a server says so`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let result = try await NuncioProcess.run(["trace", ".", "--config", "nuncio.yaml"], in: folder)
            #expect(result.exitCode == 6 && result.error.contains("nuncio.db.socket"))
        }
    }

    @Test func `register says why it was refused`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder) { $0 = $0.replacing("\"open\"", with: "\"closed\"") }
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let url = "http://127.0.0.1:\(try await server.waitUntilReady().http)"
            let closed = try await NuncioProcess.run(["register", "--server", url], in: folder)
            #expect(closed.exitCode == 5 && closed.error.contains("registration_closed") && closed.out.isEmpty)
        }
    }

    @Test func `publish says what is wrong`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let url = "http://127.0.0.1:\(try await server.waitUntilReady().http)"
            let registered = try await NuncioProcess.run(["register", "--server", url], in: folder)
            let file = folder.appending(path: "credential.json")
            try Data(registered.out.utf8).write(to: file)
            func publish(_ value: String, _ arguments: String...) async throws -> (exitCode: Int, out: String, error: String) {
                try await NuncioProcess.run(["publish", value, "--credentials", "credential.json"] + arguments, in: folder)
            }
            let value = Samples.value(1).text
            let json = try await publish(value, "--server", url, "--json")
            #expect(json.exitCode == 0 && json.out == "{\"txt\": \"\(value)\"}\n")

            let short = try await publish("short", "--server", url)
            #expect(short.exitCode == 5 && short.error.contains("bad_txt") && short.error.contains("43"))

            let unreachable = try await publish(value, "--server", "http://127.0.0.1:1")
            #expect(unreachable.exitCode == 6 && unreachable.error.contains("cannot be reached"))

            var credential = try JSONDecoder().decode(RegisterResponse.self, from: Data(registered.out.utf8))
            credential.password = "wrong"
            try Data(credential.json.utf8).write(to: file)
            let wrong = try await publish(value, "--server", url)
            #expect(wrong.exitCode == 5 && wrong.error.contains("401 forbidden"))

            try Data("{\"a.example\":\(credential.json),\"b.example\":\(credential.json)}".utf8).write(to: file)
            let ambiguous = try await publish(value, "--server", url)
            #expect(ambiguous.exitCode == 5 && ambiguous.error.contains("a.example, b.example"))

            try Data("nonsense".utf8).write(to: file)
            let nonsense = try await publish(value, "--server", url)
            #expect(nonsense.exitCode == 5 && nonsense.error.contains("none of the formats"))
        }
    }
}
