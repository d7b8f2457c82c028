import DelegateAPI
import Foundation
import TestSupport
import Testing

@testable import nuncio

/// `nuncio domains --credentials`, run as a holder runs it.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct HolderCommandTests {
    private typealias Result = (exitCode: Int, out: String, error: String)

    private struct Setting {
        let folder: URL
        /// The server's URL, without a final slash.
        let url: String

        /// Runs `nuncio domains` with the credential of `file`.
        func holder(_ command: String..., file: String = "credential") async throws -> Result {
            try await NuncioProcess.run(["domains"] + command + ["--credentials", file], in: folder)
        }

        func `operator`(_ command: String...) async throws -> Result {
            try await NuncioProcess.run(command + ["--config", "nuncio.yaml"], in: folder)
        }

        func write(_ text: String, to file: String = "credential") throws {
            try Data(text.utf8).write(to: folder.appending(path: file))
        }

        /// Registers a delegate for `example.com`. The file names the server by the base path of the acme-dns API.
        func register() async throws -> RegisterResponse {
            let made = try await NuncioProcess.run(["register", "--server", url, "--domain", "example.com"], in: folder)
            var credential = try JSONDecoder().decode(RegisterResponse.self, from: Data(made.out.utf8))
            credential.serverURL = url + "/api/v1/acme-dns-compat/"
            try write(credential.json)
            return credential
        }
    }

    private func withServer(_ body: (Setting) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            // A look of the server's own at a domain would change what is listed.
            try NuncioProcess.writeConfiguration(in: folder) { $0 += "doctor:\n  mode: \"off\"\n" }
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let port = try await server.waitUntilReady().http
            try await server.waitForFile(folder.appending(path: "nuncio.db.socket"))
            try await body(Setting(folder: folder, url: "http://127.0.0.1:\(port)"))
        }
    }

    @Test func `a holder lists, adds and removes the domains of its delegate, and sees what the operator sees`() async throws {
        try await withServer { setting async throws in
            // Another delegate's domain is in no list of the holder's.
            _ = try await setting.register()
            let name = try await setting.register().fulldomain

            let added = try await setting.holder("add", "A.example.")
            #expect(added.exitCode == 0 && added.out == "_acme-challenge.a.example. CNAME \(name).\n", "\(added)")
            #expect(added.error.isEmpty)
            let again = try await setting.holder("add", "a.example")
            #expect(again.exitCode == 0 && again.out == added.out)

            let table = try await setting.holder("list")
            #expect(table.exitCode == 0 && table.error == "2 domains.\n", "\(table)")
            #expect(table.out == (try await setting.operator("domains", "list", "--delegate", name)).out)
            let lines = try await setting.holder("list", "--json")
            #expect(lines.out.split(separator: "\n").count == 2 && lines.error.isEmpty)
            #expect(lines.out == (try await setting.operator("domains", "list", "--delegate", name, "--json")).out)

            for domain in ["a.example", "example.com"] {
                let removed = try await setting.holder("remove", domain)
                #expect(removed.exitCode == 0 && removed.error.hasPrefix("\(domain) is removed from "), "\(removed)")
            }
            let empty = try await setting.holder("list")
            #expect(empty.exitCode == 0 && empty.out.isEmpty && empty.error == "0 domains.\n")
            let gone = try await setting.holder("remove", "a.example")
            #expect(gone.exitCode == 5 && gone.error.contains("404 no_such_domain"), "\(gone)")
            let events = try await setting.operator("audit", "tail", "--lines", "1").out
            #expect(events.contains("domain_removed  \(name)  by key"), "\(events)")
        }
    }

    @Test func `a group's key keeps the domains of the delegate that its file names`() async throws {
        try await withServer { setting async throws in
            for command in [
                ["delegates", "create", "web1"], ["delegates", "create", "web2"], ["delegates", "create", "web3"],
                ["groups", "create", "mail"], ["groups", "add", "mail", "web1"], ["groups", "add", "mail", "web2"],
            ] {
                let result = try await NuncioProcess.run(command + ["--config", "nuncio.yaml"], in: setting.folder)
                #expect(result.exitCode == 0, "\(command): \(result.error)")
            }
            for name in ["web2", "web3"] {
                let made = try await setting.operator(
                    "keys", "create", "--group", "mail", "--format", "env", "--subdomain", "web2")
                try setting.write(made.out.replacing("SUBDOMAIN=web2", with: "SUBDOMAIN=\(name)"), to: name)
                #expect(made.exitCode == 0, "\(made.error)")
            }
            let added = try await setting.holder("add", "example.com", "--server", setting.url, file: "web2")
            #expect(added.out == "_acme-challenge.example.com. CNAME web2.delegates.example.net.\n", "\(added)")
            let listed = try await setting.holder("list", "--server", setting.url, file: "web2")
            #expect(listed.out.contains("web2.delegates.example.net") && listed.error == "1 domain.\n")
            let stranger = try await setting.holder("add", "example.com", "--server", setting.url, file: "web3")
            #expect(stranger.exitCode == 5 && stranger.error.contains("401 forbidden") && stranger.out.isEmpty, "\(stranger)")
            let removed = try await setting.holder("remove", "example.com", "--server", setting.url, file: "web2")
            #expect(removed.exitCode == 0 && removed.error == "example.com is removed from web2.\n", "\(removed)")
        }
    }

    @Test func `what is wrong with a holder's file or server is told`() async throws {
        try await withServer { setting async throws in
            var credential = try await setting.register()
            try setting.write("{\"a.example\":\(credential.json),\"b.example\":\(credential.json)}", to: "several")
            let unsure = try await setting.holder("list", file: "several")
            #expect(unsure.exitCode == 5 && unsure.error.contains("choose one with --domain"), "\(unsure)")
            let chosen = try await setting.holder("list", "--domain", "B.example", file: "several")
            #expect(chosen.exitCode == 0 && chosen.error == "1 domain.\n", "\(chosen)")

            let unreachable = try await setting.holder("list", "--server", "http://127.0.0.1:1")
            #expect(unreachable.exitCode == 6 && unreachable.error.contains("cannot be reached"), "\(unreachable)")
            let missing = try await setting.holder("list", file: "nothing")
            #expect(missing.exitCode == 5 && missing.error.contains("“nothing” cannot be read"), "\(missing)")
            let wildcard = try await setting.holder("add", "*.example.com")
            #expect(wildcard.exitCode == 64 && wildcard.error.contains("“example.com”"), "\(wildcard)")

            credential.password = "wrong"
            try setting.write(credential.json)
            for command in [["list"], ["add", "a.example"], ["remove", "example.com"]] {
                let wrong = try await NuncioProcess.run(
                    ["domains"] + command + ["--credentials", "credential"], in: setting.folder)
                #expect(wrong.exitCode == 5 && wrong.error.contains("401 forbidden") && wrong.out.isEmpty, "\(wrong)")
            }
        }
    }

    @Test(arguments: [
        (["list", "--credentials", "c", "--verdict", "error"], "--verdict is for operators and --credentials for holders"),
        (["list", "--credentials", "c", "--delegate", "web1"], "--delegate is for operators and --credentials for holders"),
        (["list", "--credentials", "c", "--config", "n"], "--config is for operators and --credentials for holders"),
        (["list", "--credentials", "c", "--storage", "n"], "--storage is for operators and --credentials for holders"),
        (["add", "a.example", "--credentials", "c", "--config", "n"], "--config is for operators"),
        (["add", "a.example", "--credentials", "c", "--delegate", "web1"], "--delegate is for operators"),
        (
            ["remove", "a.example", "--credentials", "c", "--url", "http://[::1]:1", "--token-file", "t"],
            "--url is for operators and --credentials for holders"
        ),
        (["list", "--server", "http://127.0.0.1:1"], "--server goes with --credentials"),
        (["add", "a.example", "--delegate", "web1", "--domain", "b.example"], "--domain goes with --credentials"),
        (["add", "a.example"], "say which delegate: --delegate NAME as an operator, --credentials FILE as its holder"),
        (["remove", "a.example", "--config", "n"], "say which delegate"),
        (["list", "--credentials", "c", "--domain", "*.example.com"], "“example.com”"),
    ]) func `a mixture of a holder's and an operator's options is a wrong command line`(
        command: [String], reason: String
    ) async throws {
        let result = try await NuncioProcess.run(["domains"] + command, in: FileManager.default.temporaryDirectory)
        #expect(result.exitCode == 64 && result.error.contains(reason) && result.out.isEmpty, "\(result)")
    }

    @Test(arguments: [
        ("https://auth.example.net", "https://auth.example.net/api/v1/"),
        ("https://auth.example.net:8443/", "https://auth.example.net:8443/api/v1/"),
        ("https://auth.example.net/api/v1/acme-dns-compat", "https://auth.example.net/api/v1/"),
        ("https://auth.example.net/API/v1/acme-dns-compat//", "https://auth.example.net/api/v1/"),
        ("https://auth.example.net/t/TOKEN/", "https://auth.example.net/api/v1/"),
        ("https://auth.example.net/api/v1/acme-dns-compat/t/TOKEN", "https://auth.example.net/api/v1/"),
        ("https://t/nuncio/", "https://t/nuncio/api/v1/"),
        ("https://auth.example.net/nuncio/api/v1/acme-dns-compat/", "https://auth.example.net/nuncio/api/v1/"),
        ("https://auth.example.net/acme-dns-compat/", "https://auth.example.net/acme-dns-compat/api/v1/"),
    ]) func `the holder's API is beside the acme-dns API`(url: String, base: String) throws {
        #expect(try ServerURL(url).holderBase == base)
    }
}
