import Foundation
import Glibc
import TestSupport
import Testing

/// Files that commands make: what they may replace, and where they are.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct MadeFileTests {
    private static let files = FileManager.default

    /// A storage in `nuncio.db`, as a server leaves it.
    private func withStorage(_ body: (URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            _ = try await server.waitUntilReady()
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
            try await body(folder)
        }
    }

    private func kind(_ path: String) -> FileAttributeType? {
        (try? Self.files.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
    }

    @Test func `what is no file, or a storage's file, is never replaced`() async throws {
        try await withStorage { folder in
            let path = folder.path
            #expect(mkfifo(path + "/pipe", 0o600) == 0)
            try Self.files.createSymbolicLink(atPath: path + "/link", withDestinationPath: "target")
            try Data("mine".utf8).write(to: folder.appending(path: "target"))
            try Self.files.createSymbolicLink(atPath: path + "/other", withDestinationPath: ".")
            try Data("{}".utf8).write(to: folder.appending(path: "accounts"))
            // A backup that was killed leaves this: SQLite writes the first page last.
            try Data(count: 3_000_000).write(to: folder.appending(path: "partial.partial"))
            var cases = [
                ("pipe", "is not a file"), ("link", "is a link"), ("other/nuncio.db", "is the storage itself"), ("", "empty"),
                ("nuncio.db/", "is not the name of a file"), (".", "is not the name of a file"),
                ("nuncio.db.keys", "is a folder"), ("nuncio.yaml", "is not a backup"),
            ]
            for suffix in ["-wal", "-shm", "-journal", ".lock", ".reserve", ".restoring", ".socket"] {
                cases.append(("nuncio.db" + suffix, "belongs to the storage"))
            }
            if geteuid() == 0 {
                // A device of this test's own: /dev/null would be lost to everybody.
                #expect(mknod(path + "/device", S_IFCHR | 0o600, 0x103) == 0)
                cases.append(("device", "is not a file"))
            }
            let before = try Self.files.contentsOfDirectory(atPath: path).filter {
                !$0.contains(".out") && !$0.contains(".error")
            }
            .sorted()
            for (file, reason) in cases {
                let kindBefore = kind(path + "/" + file)
                let result = try await NuncioProcess.run(["backup", file, "--config", "nuncio.yaml"], in: folder)
                #expect(result.exitCode != 0 && result.error.contains(reason), "\(file): \(result)")
                #expect(kind(path + "/" + file) == kindBefore, "\(file)")
            }
            for (file, reason) in [
                ("nuncio.db", "belongs to the storage"), ("nuncio.db.lock", "belongs to the storage"),
                ("nuncio.db.keys/K.private", "belongs to the storage"),
            ] {
                let result = try await NuncioProcess.run(
                    ["register", "--server", "http://127.0.0.1:1", "--output", file], in: folder)
                #expect(result.exitCode == 5 && result.error.contains(reason), "\(file): \(result)")
            }
            for (file, options) in [
                ("nuncio.yaml", ["--config", "nuncio.yaml"]), ("other/nuncio.yaml", ["--config", "nuncio.yaml"]),
                ("accounts", ["--url", "http://127.0.0.1:1", "--token-file", "accounts"]),
            ] {
                let result = try await NuncioProcess.run(["delegates", "create", "--output", file] + options, in: folder)
                #expect(
                    result.exitCode == 5 && result.error.contains("“\(file)” is a file that this command reads"),
                    "\(file): \(result)")
            }
            #expect(try String(contentsOf: folder.appending(path: "target"), encoding: .utf8) == "mine")
            let after = try Self.files.contentsOfDirectory(atPath: path).filter {
                !$0.contains(".out") && !$0.contains(".error")
            }
            .sorted()
            #expect(before == after)

            // A backup makes these files, or replaces them.
            for file in ["new.db", "new.db", "partial"] {
                let result = try await NuncioProcess.run(["backup", file, "--config", "nuncio.yaml"], in: folder)
                #expect(result.exitCode == 0, "\(result)")
            }
        }
    }

    @Test func `what a backup passes through is no other storage`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder) { $0 += "storage:\n  sqlite:\n    path: \"a.partial\"\n" }
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            _ = try await server.waitUntilReady()
            let result = try await NuncioProcess.run(["backup", "a", "--config", "nuncio.yaml"], in: folder)
            #expect(result.exitCode == 4 && result.error.contains("“a.partial” is the storage itself"), "\(result)")
            #expect(Self.files.fileExists(atPath: folder.path + "/a.partial"))
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }

    @Test func `a backup is a file, and goes to where the storage's path leads`() async throws {
        try await withStorage { folder in
            let path = folder.path
            #expect(try await NuncioProcess.run(["backup", "a.db", "--config", "nuncio.yaml"], in: folder).exitCode == 0)
            #expect(mkfifo(path + "/pipe", 0o600) == 0)
            try Self.files.copyItem(atPath: path + "/a.db", toPath: path + "/nuncio.db.restoring")
            for (file, reason) in [
                ("pipe", "it is not a file"), ("nuncio.db", "belongs to the storage"),
                ("nuncio.db.restoring", "belongs to the storage"),
            ] {
                let result = try await NuncioProcess.run(["restore", file, "--replace", "--config", "nuncio.yaml"], in: folder)
                #expect(result.exitCode == 4 && result.error.contains(reason), "\(result)")
            }
            #expect(Self.files.fileExists(atPath: path + "/nuncio.db.restoring"))

            try Self.files.createDirectory(atPath: path + "/far", withIntermediateDirectories: false)
            try Self.files.createSymbolicLink(atPath: path + "/link.db", withDestinationPath: "far/real.db")
            let result = try await NuncioProcess.run(["restore", "a.db", "--storage", "link.db"], in: folder)
            #expect(result.exitCode == 0, "\(result)")
            #expect(kind(path + "/link.db") == .typeSymbolicLink && kind(path + "/far/real.db") == .typeRegular)
            let wrong = try await NuncioProcess.run(["restore", "a.db", "--replace", "--storage", "pipe"], in: folder)
            #expect(wrong.exitCode == 4 && kind(path + "/pipe") != .typeRegular, "\(wrong)")
        }
    }

    @Test func `where no storage can be, none is begun`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
            for (storage, reason) in [
                ("x.db/", "is not the name of a file"), (".", "is not the name of a file"), ("..", "is not the name of a file"),
                ("pipe", "it is not a file"), ("/", "is not the name of a file"), ("nuncio.yaml", "it is not an SQLite file"),
            ] {
                let result = try await NuncioProcess.run(
                    ["serve", "--config", "nuncio.yaml", "--storage", storage], in: folder)
                #expect(result.exitCode == 4 && result.error.contains(reason), "\(storage): \(result)")
            }
            let names = try Self.files.contentsOfDirectory(atPath: folder.path)
            #expect(!names.contains { $0.hasSuffix(".lock") || $0.hasSuffix(".reserve") }, "\(names)")
        }
    }

    @Test(
        .enabled("strace is not installed or may not watch") { await StorageFault.isPossible() },
        arguments: [
            // The first call makes the file durable, the second the folder.
            (1, "cannot be written: Input/output error", 0), (2, "is there, but cannot be made durable: Input/output error", 1),
        ])
    func `a file is there only if it is durable, and its folder is made durable`(
        call: Int, problem: String, count: Int
    ) async throws {
        try await withTemporaryFolder { folder in
            mkdir(folder.path + "/keys", 0o700)
            let result = try await NuncioProcess.run(
                ["dnssec", "generate", "d.example.net", "--output", "keys"], in: folder,
                wrapper: ["/usr/bin/strace", "-f", "-o", "/dev/null", "-e", "inject=fsync:error=EIO:when=\(call)"])
            #expect(result.exitCode == 5 && result.error.contains(problem), "\(result)")
            #expect(try Self.files.contentsOfDirectory(atPath: folder.path + "/keys").count == count)
        }
    }

    /// Otherwise each start on such a disk would leave another key, and a later one would take it for a key that was put there.
    @Test(
        .enabled("strace is not installed or may not watch") { await StorageFault.isPossible() },
        arguments: [
            // The calls are for the new key folder's own folder, the key, its folder, the state, its folder.
            ("3", "is there, but cannot be made durable", true), ("5", "The keys are as before", true),
            ("5+", "A restart could find the keys as before, or changed", false),
        ])
    func `a start leaves no key whose state or folder cannot be made durable`(
        calls: String, problem: String, isEmpty: Bool
    ) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder) { $0 += "dnssec: {resolvers: []}\n" }
            let result = try await NuncioProcess.run(
                ["serve", "--config", "nuncio.yaml", "--storage", "nuncio.db"], in: folder,
                wrapper: [
                    "/usr/bin/strace", "-f", "-o", "/dev/null", "-e", "trace=fsync", "-e",
                    "inject=fsync:error=EIO:when=\(calls)",
                ])
            #expect(result.exitCode == 4 && result.error.contains(problem), "\(result)")
            let names = try Self.files.contentsOfDirectory(atPath: folder.path + "/nuncio.db.keys")
            #expect(names.isEmpty == isEmpty, "\(names)")
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml", "--storage", "nuncio.db"], in: folder)
            _ = try await server.waitUntilReady()
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }

    @Test func `a tilde in a path is a name, for each file`() async throws {
        try await withTemporaryFolder { folder in
            let home = folder.appending(path: "home")
            try Self.files.createDirectory(at: home, withIntermediateDirectories: false)
            try Self.files.createDirectory(at: folder.appending(path: "~"), withIntermediateDirectories: false)
            try NuncioProcess.writeConfiguration(in: folder)
            try Self.files.copyItem(atPath: folder.path + "/nuncio.yaml", toPath: folder.path + "/~/c.yaml")
            let server = try NuncioProcess(
                ["serve", "--config", "~/c.yaml", "--storage", "~/n.db"], in: folder, environment: ["HOME": home.path])
            _ = try await server.waitUntilReady()
            let backup = try await NuncioProcess.run(
                ["backup", "~/b.db", "--storage", "~/n.db"], in: folder, environment: ["HOME": home.path])
            #expect(backup.exitCode == 0, "\(backup)")
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
            #expect(try Self.files.contentsOfDirectory(atPath: home.path).isEmpty)
            let names = try Self.files.contentsOfDirectory(atPath: folder.path + "/~")
            #expect(Set(["n.db", "n.db.lock", "b.db"]).isSubset(of: names), "\(names)")
        }
    }

    @Test(arguments: [
        ["backup", "b.db"], ["restore", "b.db"], ["status"], ["serve"], ["delegates", "list"], ["config", "check"],
    ])
    func `an empty path of the storage is told`(command: [String]) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let variable = try await NuncioProcess.run(
                command + ["--config", "nuncio.yaml"], in: folder, environment: ["NUNCIO_STORAGE_SQLITE_PATH": ""])
            #expect(variable.exitCode == 2 && variable.error.contains("“storage.sqlite.path” is empty"), "\(variable)")
            guard command != ["config", "check"] else { return }
            let option = try await NuncioProcess.run(command + ["--config", "nuncio.yaml", "--storage", ""], in: folder)
            #expect(option.exitCode == 2 && option.error.contains("“storage.sqlite.path” is empty"), "\(option)")
        }
    }
}
