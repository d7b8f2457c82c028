import DelegateAPI
import Delegates
import Foundation
import Glibc
import TestSupport
import Testing

@testable import nuncio

/// Credentials in files: a file is there once the answer is, and is left as it was if there is none.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct CredentialOutputTests {
    private func mode(_ file: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
    }

    private func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            !$0.hasSuffix(".out") && !$0.hasSuffix(".error")
        }
        .sorted()
    }

    @Test func `a file stays as it was where there is no answer, and nothing is left beside it`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "web1.json")
            try Data("the only one".utf8).write(to: file)
            try NuncioProcess.writeConfiguration(in: folder)
            for command in [
                ["register", "--server", "http://127.0.0.1:1"],
                ["delegates", "create", "web1", "--config", "nuncio.yaml"],
                ["delegates", "rotate", "web1", "--config", "nuncio.yaml"],
                ["keys", "create", "--delegate", "web1", "--config", "nuncio.yaml"],
                ["keys", "rotate", "--group", "mail", "--config", "nuncio.yaml"],
                ["tokens", "create", "team", "--config", "nuncio.yaml"],
            ] {
                let result = try await NuncioProcess.run(command + ["--output", "web1.json"], in: folder)
                #expect(result.exitCode == 6 && result.out.isEmpty && !result.error.contains("descriptor"), "\(result)")
                #expect(try String(contentsOf: file, encoding: .utf8) == "the only one")
                #expect(try names(folder) == ["nuncio.yaml", "web1.json"])
            }
        }
    }

    @Test func `the command for cert-manager names the file, as a shell takes it`() {
        let server = "https://auth.example.net/"
        for (file, end) in [(nil, "acmedns.json"), ("a/b.json", "acmedns.json=a/b.json"), ("it's", "acmedns.json='it'\\''s'")] {
            #expect(CredentialFormat.certManager.advice(server: server, file: file).hasSuffix("--from-file=" + end))
        }
    }

    @Test func `where a file cannot be made, nothing is asked for`() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(at: folder.appending(path: "folder"), withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: "link"), withDestinationURL: folder.appending(path: "elsewhere"))
            for (file, reason) in [
                ("missing/x.json", "has no usable folder: No such file"), ("folder", "is a folder"), ("link", "is a link"),
                ("/dev/null", "is not a file"), ("", "is not the name of a file"), ("folder/", "is not the name of a file"),
            ] {
                let result = try await NuncioProcess.run(
                    ["register", "--server", "http://127.0.0.1:1", "--output", file], in: folder)
                #expect(result.exitCode == 5 && result.error.contains(reason), "\(file): \(result)")
            }
        }
    }

    @Test func `credentials of delegates, groups and tokens are in files that only their owner can read`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let url = "http://127.0.0.1:\(try await server.waitUntilReady().http)"
            try await server.waitForFile(folder.appending(path: "nuncio.db.socket"))
            func run(_ command: String...) async throws -> (exitCode: Int, out: String, error: String) {
                try await NuncioProcess.run(command + ["--config", "nuncio.yaml"], in: folder)
            }
            let value = Samples.value(1).text
            func publish(_ file: String) async throws -> Int {
                try await NuncioProcess.run(["publish", value, "--credentials", file, "--server", url], in: folder).exitCode
            }
            let file = folder.appending(path: "web1.json")
            try Data("old".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
            for command in [
                ["delegates", "create", "web1"], ["delegates", "rotate", "web1"], ["keys", "rotate", "--delegate", "web1"],
            ] {
                let made = try await NuncioProcess.run(
                    command + ["--config", "nuncio.yaml", "--output", "web1.json"], in: folder)
                #expect(made.exitCode == 0 && made.out.isEmpty && made.error.contains("web1.json"), "\(made)")
                #expect(try mode(file) == 0o600)
                #expect(try await publish("web1.json") == 0)
            }
            let token = try await run("tokens", "create", "team", "--output", "token")
            let text = try String(contentsOf: folder.appending(path: "token"), encoding: .utf8).dropLast()
            #expect(token.out.isEmpty && !text.isEmpty && !token.error.contains(text) && token.error.contains("/t/TOKEN/"))

            #expect(try await run("groups", "create", "mail").exitCode == 0)
            let bare = try await run("keys", "create", "--group", "mail", "--format", "acme.sh")
            #expect(bare.exitCode == 64 && bare.error.contains("--subdomain"))
            let stranger = try await run("keys", "create", "--group", "mail", "--format", "acme.sh", "--subdomain", "web1")
            #expect(stranger.exitCode == 5 && stranger.error.contains("not a delegate of the group") && stranger.out.isEmpty)
            #expect(try await run("groups", "add", "mail", "web1").exitCode == 0)
            for format in ["acme.sh", "env", "json", "lego"] {
                let made = try await run(
                    "keys", "rotate", "--group", "mail", "--format", format, "--subdomain", "web1", "--output", "mail")
                #expect(made.exitCode == 0, "\(made)")
                #expect(try await publish("mail") == 0, "\(format)")
            }
        }
    }

    @Test func `whose socket it is decides whether anything is sent`() {
        let cases: [(peer: uid_t, user: uid_t, owner: uid_t?, isTrusted: Bool)] = [
            (0, 1000, 998, true), (1000, 1000, 998, true), (998, 1000, 998, true), (998, 0, 998, true),
            (1001, 1000, 998, false),
            (1001, 0, 998, false), (1001, 0, nil, false), (0, 0, nil, true),
        ]
        for (peer, user, owner, isTrusted) in cases {
            #expect(SocketPeer.isTrusted(peer, by: user, storageOwner: owner) == isTrusted)
        }
    }

    @Test func `a path that looks like a URI is the name of a file`() async throws {
        for name in ["file:x.db", "file:a b%20?mode=memory.db", ":memory:"] {
            try await withTemporaryFolder { folder in
                try NuncioProcess.writeConfiguration(in: folder) { $0 += "storage:\n  sqlite:\n    path: \"\(name)\"\n" }
                let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
                _ = try await server.waitUntilReady()
                try await server.waitForFile(folder.appending(path: name + ".socket"))
                #expect(FileManager.default.fileExists(atPath: folder.appending(path: name).path), "\(name)")
                let made = try await NuncioProcess.run(["delegates", "create", "web1", "--config", "nuncio.yaml"], in: folder)
                #expect(made.exitCode == 0, "\(name): \(made)")
                let backup = try await NuncioProcess.run(["backup", "file:b.db", "--config", "nuncio.yaml"], in: folder)
                #expect(backup.exitCode == 0 && backup.error.contains(name + ".keys"), "\(name): \(backup)")
                server.signal(SIGTERM)
                _ = try await server.waitForExit()
                let restored = try await NuncioProcess.run(
                    ["restore", "file:b.db", "--replace", "--config", "nuncio.yaml"], in: folder)
                #expect(restored.exitCode == 0, "\(name): \(restored)")
            }
        }
    }
}
