import DNS
import DelegateAPI
import Delegates
import Foundation
import TestSupport
import Testing

/// The operator's commands, run as a person runs them.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct OperatorCommandTests {
    private typealias Result = (exitCode: Int, out: String, error: String)

    private struct Setting {
        let folder: URL
        let server: NuncioProcess
        let api: API

        func run(_ command: String...) async throws -> Result {
            try await NuncioProcess.run(command + ["--config", "nuncio.yaml"], in: folder)
        }

        /// The standard output of a command that succeeds.
        func out(_ command: String...) async throws -> String {
            let result = try await NuncioProcess.run(command + ["--config", "nuncio.yaml"], in: folder)
            #expect(result.exitCode == 0, "\(command): \(result.error)")
            return result.out
        }
    }

    private func withServer(
        _ changes: (inout String) -> Void = { _ in }, _ body: (Setting) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder, changes)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let api = API(port: try await server.waitUntilReady().http)
            try await server.waitForFile(folder.appending(path: "nuncio.db.socket"))
            try await body(Setting(folder: folder, server: server, api: api))
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text.utf8))
    }

    @Test(arguments: [
        ["status"], ["delegates"], ["delegates", "list"], ["delegates", "show"], ["delegates", "create"],
        ["delegates", "disable"], ["delegates", "enable"], ["delegates", "delete"], ["delegates", "rotate"], ["keys"],
        ["keys", "list"], ["keys", "create"], ["keys", "edit"], ["keys", "delete"], ["keys", "rotate"], ["domains"],
        ["domains", "list"], ["domains", "add"], ["domains", "remove"], ["groups"],
        ["groups", "list"],
        ["groups", "show"], ["groups", "create"], ["groups", "add"], ["groups", "remove"], ["groups", "delete"], ["tokens"],
        ["tokens", "list"], ["tokens", "create"], ["tokens", "revoke"], ["audit"], ["audit", "tail"], ["audit", "verify"],
        ["reload"], ["export"], ["backup"], ["restore"], ["import"], ["import", "acme-dns"],
    ])
    func `each command has help with an example that can be pasted`(command: [String]) async throws {
        let result = try await NuncioProcess.run(command + ["--help"], in: FileManager.default.temporaryDirectory)
        #expect(result.exitCode == 0)
        let examples = result.out.split(separator: "\n").drop { $0 != "EXAMPLE:" }.dropFirst().prefix { $0.hasPrefix("  ") }
        #expect(
            examples.count >= 1 && examples.allSatisfy { $0.hasPrefix("  nuncio ") || $0.hasPrefix("      ") }, "\(examples)")
    }

    @Test(arguments: [
        ["status"], ["delegates", "list"], ["delegates", "disable", "x"], ["keys", "list", "--delegate", "x"],
        ["domains", "list"], ["domains", "add", "example.com", "--delegate", "x"], ["groups", "list"], ["tokens", "list"],
        ["audit", "tail"], ["export"],
    ])
    func `where no server runs, that is told`(command: [String]) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let result = try await NuncioProcess.run(command + ["--config", "nuncio.yaml"], in: folder)
            #expect(result.exitCode == 6 && result.out.isEmpty && result.error.contains("nuncio.db.socket"), "\(result)")
        }
    }

    @Test func `delegates, keys and groups are managed from the command line`() async throws {
        try await withServer { setting async throws in
            let made = try decode(
                RegisterResponse.self,
                try await setting.out("delegates", "create", "web1", "--label", "first", "--expires", "90d"))
            #expect(try await setting.api.update(made, Samples.value(1).text) == 200)
            let listed = try await setting.out("delegates", "list")
            #expect(listed.contains(/web1\.delegates\.example\.net\s+active\s+1\s/) && listed.hasPrefix("NAME"))
            let json = try await setting.out("delegates", "list", "--json", "--search", "FIRST")
            #expect(try decode(DelegateSummary.self, json).name == "web1.delegates.example.net")
            #expect(try await setting.out("delegates", "show", "web1").contains("values     1, published "))

            let next = try decode(
                RegisterResponse.self, try await setting.out("delegates", "rotate", "web1", "--overlap", "1h"))
            #expect(try await setting.api.update(made, Samples.value(2).text) == 200)
            #expect(try await setting.api.update(next, Samples.value(3).text) == 200)
            #expect(try await setting.run("keys", "delete", made.username, "--delegate", "web1").exitCode == 0)
            #expect(try await setting.api.update(made, Samples.value(2).text) == 401)
            let edited = try await setting.out(
                "keys", "edit", next.username, "--delegate", "web1", "--allow-from", "192.0.2.0/24", "--expires", "2099-01-31")
            #expect(edited.contains("192.0.2.0/24") && edited.contains("2099-01-31T00:00:00Z"))
            #expect(try await setting.api.update(next, Samples.value(2).text) == 401)
            _ = try await setting.out("keys", "edit", next.username, "--delegate", "web1", "--allow-from-everywhere")

            #expect(try await setting.run("groups", "create", "mail").exitCode == 0)
            #expect(try await setting.run("groups", "add", "mail", "web1").exitCode == 0)
            let key = try decode(NewKeyResponse.self, try await setting.out("keys", "create", "--group", "mail"))
            let ofGroup = RegisterResponse(
                username: key.username, password: key.password, fulldomain: next.fulldomain, subdomain: next.subdomain,
                allowfrom: [], serverURL: nil)
            #expect(try await setting.api.update(ofGroup, Samples.value(4).text) == 200)
            #expect(try await setting.out("groups", "list").contains(/mail\s+1\s+1\s/))

            #expect(try await setting.run("delegates", "disable", "web1").exitCode == 0)
            for credential in [next, ofGroup] {
                #expect(try await setting.api.update(credential, Samples.value(5).text) == 401)
            }
            #expect(try await setting.run("delegates", "enable", "web1").exitCode == 0)
            #expect(try await setting.api.update(next, Samples.value(6).text) == 200)

            let unsure = try await setting.run("delegates", "delete", "web1")
            #expect(unsure.exitCode == 5 && unsure.error.contains("--yes"))
            #expect(try await setting.run("delegates", "delete", "web1", "--yes").exitCode == 0)
            let again = try await setting.run("delegates", "create", "web1")
            #expect(again.exitCode == 5 && again.error.contains("never given out again") && again.out.isEmpty)
            let tail = try await setting.out("audit", "tail", "--lines", "1")
            #expect(tail.contains("deleted  web1.delegates.example.net  by operator"))
        }
    }

    @Test func `tokens let clients register, and what was prepared waits for them`() async throws {
        try await withServer {
            $0 = $0.replacing("mode: \"open\"", with: "mode: token")
        } _: { setting async throws in
            #expect(try await setting.out("status").contains("registration   token"))
            let token = try decode(
                NewTokenResponse.self, try await setting.out("tokens", "create", "team", "--quota", "2", "--json"))
            #expect(try await setting.out("delegates", "create", "web1", "--token", "team") == "web1.delegates.example.net\n")
            let url = "http://127.0.0.1:\(setting.api.port)/t/\(token.token)/"
            let command = ["register", "--server", url, "--domain", "example.com"]
            let first = try await NuncioProcess.run(command, in: setting.folder)
            #expect(try decode(RegisterResponse.self, first.out).subdomain == "web1")
            #expect(try await NuncioProcess.run(command, in: setting.folder).exitCode == 0)
            let third = try await NuncioProcess.run(command, in: setting.folder)
            #expect(third.exitCode == 5 && third.error.contains("registration_token_used_up"))
            #expect(try await setting.out("tokens", "list").contains(/team\s+used_up\s+2\s+2\s/))
            #expect(try await setting.run("tokens", "revoke", "team").exitCode == 0)
            #expect(!setting.server.standardError.contains(token.token))
        }
    }

    @Test func `over TCP the commands work with the token, and with no other`() async throws {
        let token = String(repeating: "k", count: 40)
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder) {
                $0 += "operator:\n  listen: [\"127.0.0.1:0\"]\n  token-file: token\n"
            }
            for (name, text) in [("token", token), ("wrong", token + "x")] {
                let file = folder.appending(path: name)
                try Data((text + "\n").utf8).write(to: file)
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
            }
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            _ = try await server.waitUntilReady()
            let port = try #require(server.standardError.firstMatch(of: /operator\.addresses=127\.0\.0\.1:(\d+)/)).1
            let command = ["status", "--url", "http://127.0.0.1:\(port)/", "--token-file"]
            let right = try await NuncioProcess.run(command + ["token"], in: folder)
            #expect(right.exitCode == 0 && right.out.contains("storage        fine"))
            let wrong = try await NuncioProcess.run(command + ["wrong"], in: folder)
            #expect(wrong.exitCode == 5 && wrong.error.contains("refuses the operator’s token"))
            #expect(try await NuncioProcess.run(["status", "--url", "http://127.0.0.1:\(port)"], in: folder).exitCode == 64)

            // From a reload on, another token holds.
            let file = folder.appending(path: "token")
            try FileManager.default.copyItem(at: file, to: folder.appending(path: "former"))
            try Data(String(repeating: "n", count: 40).utf8).write(to: file)
            server.signal(SIGHUP)
            try await server.waitForError("configuration reloaded")
            #expect(try await NuncioProcess.run(command + ["token"], in: folder).exitCode == 0)
            #expect(try await NuncioProcess.run(command + ["former"], in: folder).exitCode == 5)
        }
    }

    @Test func `domains are kept from the command line, and come with a registration`() async throws {
        try await withServer { setting async throws in
            let url = "http://127.0.0.1:\(setting.api.port)"
            let command = ["register", "--server", url, "--domain", "www.example.com", "--domain", "Example.com"]
            let registered = try await NuncioProcess.run(command, in: setting.folder)
            let credential = try decode(RegisterResponse.self, registered.out)
            for domain in ["www.example.com", "example.com"] {
                #expect(registered.error.contains("    _acme-challenge.\(domain). CNAME \(credential.fulldomain).\n"))
            }
            let lego = try await NuncioProcess.run(command + ["--format", "lego"], in: setting.folder)
            let stored = try decode([String: RegisterResponse].self, lego.out)
            #expect(Set(stored.keys) == ["www.example.com", "example.com"] && Set(stored.values).count == 1)

            let name = credential.fulldomain
            let added = try await setting.out("domains", "add", "a.example", "--delegate", name)
            #expect(added == "_acme-challenge.a.example. CNAME \(name).\n")
            let lines = try await setting.out("domains", "list", "--delegate", name).split(separator: "\n")
            #expect(
                lines.first
                    == "DOMAIN           DELEGATE\(String(repeating: " ", count: name.count - 8))  VERDICT    VERIFIED  CHECKED  FINDINGS"
            )
            #expect(lines.count == 4 && lines[1].hasPrefix("a.example        \(name)  unchecked  no        never"))
            let json = try await setting.out("domains", "list", "--verdict", "unchecked", "--json").split(separator: "\n")
            #expect(json.count == 5)
            #expect(try decode(DomainDescription.self, String(json[0])).domain == "a.example")
            #expect(try await setting.out("domains", "list", "--verdict", "error").isEmpty)
            #expect(
                try await setting.out("delegates", "show", name).contains("domains    a.example (unchecked, not verified), "))
            let removed = try await setting.run("domains", "remove", "a.example", "--delegate", name)
            #expect(removed.exitCode == 0 && removed.error.contains("a.example is removed from \(name)."))
            let again = try await setting.run("domains", "remove", "a.example", "--delegate", name)
            #expect(again.exitCode == 5 && again.error.contains("no such domain"))
            let wildcard = try await setting.run("domains", "add", "*.example.com", "--delegate", name)
            #expect(wildcard.exitCode == 64 && wildcard.error.contains("“example.com”"))
            #expect(
                try await setting.out("audit", "tail", "--lines", "1").contains(
                    "domain_removed  \(name)  by operator  (a.example)"))
        }
    }

    @Test func `what is exported can be read by other programs`() async throws {
        try await withServer { setting async throws in
            _ = try await setting.out("delegates", "create", "web1", "--label", "=1+1, \"quoted\"")
            for domain in ["b.example", "a.example"] {
                _ = try await setting.out("domains", "add", domain, "--delegate", "web1")
            }
            let csv = try await setting.out("export", "--format", "csv")
            let lines = csv.split(separator: "\r\n")
            #expect(
                lines.first
                    == "name,state,enrolled,first_published,last_used,disabled,deleted,prepared_for,key_ids,key_labels,key_expiries,key_networks,domains,domain_verdicts"
            )
            #expect(
                lines.last?.hasSuffix(#","'=1+1, ""quoted""",never,everywhere,a.example b.example,unchecked unchecked"#) == true
                    && lines.count == 2, "\(csv)")
            let json = try decode(DelegateSummary.self, try await setting.out("export"))
            #expect(json.keyList?.map(\.label) == ["=1+1, \"quoted\""])
            #expect(json.domainList?.map(\.domain) == ["a.example", "b.example"])
        }
    }

    @Test func `a backup of the running server is restored, and forgets no deleted name`() async throws {
        try await withServer { setting async throws in
            let made = try decode(RegisterResponse.self, try await setting.out("delegates", "create", "web1"))
            #expect(try await setting.out("backup", "backup.db").contains("1 delegates"))
            #expect(try await setting.run("delegates", "delete", "web1", "--yes").exitCode == 0)
            let running = try await setting.run("restore", "backup.db", "--replace")
            #expect(running.exitCode == 4 && running.error.contains("another nuncio has it open"))
            setting.server.signal(SIGTERM)
            #expect(try await setting.server.waitForExit() == 0)
            let unsure = try await setting.run("restore", "backup.db")
            #expect(unsure.exitCode == 5 && unsure.error.contains("--replace"))
            let restored = try await setting.out("restore", "backup.db", "--replace")
            #expect(restored.contains("1 names that were deleted since stay deleted"))

            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: setting.folder)
            let api = API(port: try await server.waitUntilReady().http)
            try await server.waitForFile(setting.folder.appending(path: "nuncio.db.socket"))
            #expect(try await api.update(made, Samples.value(1).text) == 401)
            #expect(try await setting.run("delegates", "create", "web1").error.contains("never given out again"))
            #expect(try await setting.run("audit", "verify").exitCode == 0)
        }
    }
}
