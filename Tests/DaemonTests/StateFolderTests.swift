import Foundation
import Glibc
import TestSupport
import Testing

@testable import Daemon

/// The files of what is a server's alone, in a folder of their own.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct StateFolderTests {
    private static let files = FileManager.default

    private func configure(_ folder: URL, state: String? = "state", _ changes: (inout String) -> Void = { _ in }) throws {
        try NuncioProcess.writeConfiguration(in: folder) { text in
            if let state { text += "state-folder: \"\(state)\"\n" }
            changes(&text)
        }
    }

    private func names(_ folder: URL, _ path: String = "") throws -> [String] {
        try Self.files.contentsOfDirectory(atPath: folder.appending(path: path).path).filter {
            !$0.hasSuffix(".out") && !$0.hasSuffix(".error")
        }
        .sorted()
    }

    private func run(_ arguments: String..., in folder: URL) async throws -> (exitCode: Int, out: String, error: String) {
        try await NuncioProcess.run(arguments + ["--config", "nuncio.yaml"], in: folder)
    }

    private func withServer(_ folder: URL, state: String? = "state", _ body: () async throws -> Void) async throws {
        try configure(folder, state: state)
        let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
        _ = try await server.waitUntilReady()
        try await server.waitForFile(folder.appending(path: state == nil ? "nuncio.db.socket" : "state/nuncio.socket"))
        try await body()
        server.signal(SIGTERM)
        #expect(try await server.waitForExit() == 0)
    }

    @Test func `socket, keys and lock are in it, and commands find them`() async throws {
        try await withTemporaryFolder { folder in
            try await withServer(folder) {
                #expect(try names(folder, "state") == ["nuncio.keys", "nuncio.lock", "nuncio.socket"])
                let mode = try Self.files.attributesOfItem(atPath: folder.path + "/state")[.posixPermissions]
                #expect(mode as? Int == 0o700)
                #expect(try !names(folder).contains { [".socket", ".keys"].contains($0.replacing("nuncio.db", with: "")) })
                #expect(try names(folder).contains("nuncio.db.lock"))
                #expect(try await run("status", in: folder).exitCode == 0)
                #expect(try await run("dnssec", "ds", in: folder).out.contains(" IN DS "))
                #expect(try await run("backup", "backup.db", "--json", in: folder).out.contains("\"state/nuncio.keys\""))
                let check = try await run("config", "check", "--json", in: folder)
                #expect(check.exitCode == 0 && check.out.contains("\"without_keys\":[]"), "\(check)")
            }
            #expect(try names(folder, "state") == ["nuncio.keys", "nuncio.lock"])
        }
    }

    @Test func `no command replaces what is in it`() async throws {
        try await withTemporaryFolder { folder in
            try await withServer(folder) {}
            let key = try #require(try names(folder, "state/nuncio.keys").first { $0.hasSuffix(".private") })
            for file in ["state/nuncio.lock", "state/nuncio.keys/\(key)", "state/nuncio.keys/x"] {
                let result = try await NuncioProcess.run(
                    ["register", "--server", "http://127.0.0.1:1", "--output", file], in: folder)
                #expect(
                    result.exitCode == 5 && result.error.contains("belongs to the server with the state folder"), "\(result)")
                let backup = try await run("backup", file, in: folder)
                #expect(backup.exitCode == 4 && backup.error.contains("belongs to the server"), "\(backup)")
            }
            #expect(try await run("backup", "state/nuncio", in: folder).exitCode == 0)
        }
    }

    @Test func `two servers share neither the storage nor the folder`() async throws {
        try await withTemporaryFolder { folder in
            try await withServer(folder) {
                let another = try await NuncioProcess.run(
                    ["serve", "--config", "nuncio.yaml"], in: folder, environment: ["NUNCIO_STATE_FOLDER": "another"])
                #expect(another.exitCode == 4 && another.error.contains("/nuncio.db.lock”)"), "\(another)")
                let storage = try await run("serve", "--storage", "another.db", in: folder)
                #expect(
                    storage.exitCode == 4
                        && storage.error.contains("the state folder “state” cannot be used: another nuncio has it open"),
                    "\(storage)")
            }
        }
    }

    @Test func `keys that are still beside the storage are not replaced by others`() async throws {
        try await withTemporaryFolder { folder in
            var ds = ""
            try await withServer(folder, state: nil) { ds = try await run("dnssec", "ds", in: folder).out }
            try configure(folder)
            let problem =
                "the keys of delegates.example.net. are in “nuncio.db.keys”, but with “state-folder” they are looked for in "
            let start = try await run("serve", in: folder)
            #expect(start.exitCode == 4 && start.error.contains(problem + "“state/nuncio.keys”: move"), "\(start)")
            let check = try await run("config", "check", in: folder)
            #expect(check.exitCode == 2 && check.error.contains(problem), "\(check)")
            #expect(!Self.files.fileExists(atPath: folder.path + "/state/nuncio.keys"))

            try Self.files.moveItem(atPath: folder.path + "/nuncio.db.keys", toPath: folder.path + "/state/nuncio.keys")
            try await withServer(folder) { () async throws in
                #expect(try await run("dnssec", "ds", in: folder).out == ds)
            }
        }
    }

    @Test func `keys are missed by zone, and only where they are looked for`() async throws {
        try await withTemporaryFolder { folder in
            func problem(_ more: String = "") throws -> String? {
                try configure(folder, state: folder.path + "/state") {
                    $0 += "storage: {sqlite: {path: \"\(folder.path)/nuncio.db\"}}\n" + more
                }
                var entries = ConfigurationEntries()
                entries.add(file: folder.appending(path: "nuncio.yaml").path)
                return try Configuration(entries, processors: 1).misplacedKeysProblem
            }
            #expect(try problem() == nil)
            let (old, new) = (folder.path + "/nuncio.db.keys", folder.path + "/state/nuncio.keys")
            for path in [old, new] { try Self.files.createDirectory(atPath: path, withIntermediateDirectories: true) }
            try Data().write(to: URL(filePath: old + "/other.example.net.state"))
            #expect(try problem() == nil)
            for name in ["delegates.example.net.state", "Kdelegates.example.net.+013+00001.private"] {
                try Data().write(to: URL(filePath: old + "/" + name))
                try Data().write(to: URL(filePath: new + "/other.example.net.state"))
                #expect(try problem()?.contains("“\(new)”") == true)
                #expect(try problem("dnssec: {mode: \"off\"}\n") != nil)
                #expect(try problem("dnssec: {key-folder: \"\(old)\"}\n") == nil)
                #expect(try problem("dnssec: {key-folder: \"\(folder.path)/keys\"}\n") == nil)
                try Data().write(to: URL(filePath: new + "/" + name))
                #expect(try problem() == nil)
                unlink(old + "/" + name)
                unlink(new + "/" + name)
            }
        }
    }

    @Test func `a reload does not change it`() async throws {
        try await withTemporaryFolder { folder in
            try configure(folder, state: nil)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            _ = try await server.waitUntilReady()
            try configure(folder)
            server.signal(SIGHUP)
            try await server.waitForError("“state-folder” has changed: restart")
            #expect(!Self.files.fileExists(atPath: folder.path + "/state"))
        }
    }

    @Test func `what cannot be a state folder is told`() async throws {
        try await withTemporaryFolder { folder in
            try Data().write(to: folder.appending(path: "file"))
            for (state, storage, problem) in [
                ("", "nuncio.db", "“state-folder” is empty"),
                ("nuncio.db", "nuncio.db", "“state-folder” is the storage’s file"),
                ("file", "nuncio.db", "“state-folder”: “file” is not a folder: give the path of one"),
                ("state", "state/nuncio.lock", "“storage.sqlite.path” is the path of a file of “state-folder”"),
                ("state/", "state/nuncio.socket", "“storage.sqlite.path” is the path of a file of “state-folder”"),
            ] {
                try configure(folder, state: state) { $0 += "storage: {sqlite: {path: \"\(storage)\"}}\n" }
                let check = try await run("config", "check", in: folder)
                #expect(check.exitCode == 2 && check.error.contains(problem), "\(check)")
            }
            // The storage's own lock is also that of the folder.
            try configure(folder) { $0 += "storage: {sqlite: {path: \"state/nuncio\"}}\n" }
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            _ = try await server.waitUntilReady()
        }
    }

    @Test(.enabled("only root can be another user") { geteuid() == 0 })
    func `root does not run with another user's folder`() async throws {
        try await withTemporaryFolder { folder in
            try configure(folder)
            mkdir(folder.path + "/state", 0o700)
            chown(folder.path + "/state", 1, 1)
            let start = try await run("serve", in: folder)
            #expect(start.exitCode == 4 && start.error.contains("the state folder “state” cannot be used"), "\(start)")
            #expect(try names(folder, "state").isEmpty)
        }
    }
}
