import DNS
import Foundation
import Glibc
import TestSupport
import Testing

/// `nuncio setup`, run as a person or a script runs it.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct SetupCommandTests {
    /// Options that decide everything, for a server on loopback.
    private static func options(port: UInt16, _ more: [String] = []) -> [String] {
        [
            "setup", "--output", "etc/nuncio.yaml", "--zone", "delegates.example.net", "--nameserver",
            "ns1.delegates.example.net",
            "--address", "127.0.0.1", "--dns-listen", "127.0.0.1:\(port)", "--http-listen", "127.0.0.1:0", "--public-url",
            "https://auth.example.net", "--registration", "closed", "--contact", "hostmaster@example.net", "--storage",
            "nuncio.db",
        ] + more
    }

    private func text(_ folder: URL) throws -> String {
        try String(contentsOf: folder.appending(path: "etc/nuncio.yaml"), encoding: .utf8)
    }

    @Test func `options alone write a configuration that config check approves, for every user to read`() async throws {
        try await withTemporaryFolder { folder in
            let port = try FreePort.find()
            let made = try await NuncioProcess.run(Self.options(port: port), in: folder)
            #expect(made.exitCode == 0 && made.error.isEmpty, "\(made)")
            for line in [
                "The configuration is in “etc/nuncio.yaml”.", "delegates.example.net. 3600 IN NS ns1.delegates.example.net.",
                "ns1.delegates.example.net. 3600 IN A 127.0.0.1", "nuncio serve --config etc/nuncio.yaml",
                "sudo nuncio dnssec ds --config etc/nuncio.yaml", "serve https://auth.example.net with TLS",
                "sudo nuncio setup --output etc/nuncio.yaml",
            ] { #expect(made.out.contains(line), "\(line): \(made.out)") }
            for (path, mode) in [("etc", 0o755), ("etc/nuncio.yaml", 0o644)] {
                let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: path).path)
                #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
            }
            let checked = try await NuncioProcess.run(["config", "check", "--config", "etc/nuncio.yaml"], in: folder)
            #expect(checked.exitCode == 0 && checked.error.isEmpty, "\(checked)")
        }
    }

    @Test func `a file that is there stays as it is, and an option with another value is told`() async throws {
        try await withTemporaryFolder { folder in
            let port = try FreePort.find()
            #expect(try await NuncioProcess.run(Self.options(port: port), in: folder).exitCode == 0)
            let written = try text(folder)
            for (option, value) in [
                ("--zone", "other.example.net"), ("--contact", "root@example.net"), ("--address", "127.0.0.2"),
                ("--registration", "open"), ("--public-url", "https://api.example.net"),
            ] {
                let other = try await NuncioProcess.run(["setup", "--output", "etc/nuncio.yaml", option, value], in: folder)
                #expect(other.exitCode == 5 && other.error.contains("\(option) says “\(value)”"), "\(other)")
            }
            // The same once more is no contradiction. Nothing is there yet, and no resolver can be asked.
            let again = try await NuncioProcess.run(Self.options(port: port), in: folder)
            #expect(again.exitCode == 8 && again.out.contains("was there already and stays as it is"), "\(again)")
            #expect(again.out.contains("does not answer over UDP"), "\(again)")
            #expect(try text(folder) == written)
        }
    }

    @Test func `what is wrong in a file that is there is told as config check tells it`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder) { $0 += "nothing: 1\n" }
            let wrong = try await NuncioProcess.run(["setup", "--output", "nuncio.yaml"], in: folder)
            #expect(wrong.exitCode == 2 && wrong.error.contains("nuncio.yaml:15: there is no key “nothing”"), "\(wrong)")
            for path in ["folder", "dangling"] {
                if path == "folder" { mkdir(folder.appending(path: path).path, 0o700) }
                if path == "dangling" { symlink("none", folder.appending(path: path).path) }
                let other = try await NuncioProcess.run(["setup", "--output", path], in: folder)
                #expect(other.exitCode == 2 && other.error.contains("“\(path)” cannot be read"), "\(other)")
            }
        }
    }

    @Test func `without a terminal, the option that is missing is named, and nothing is written`() async throws {
        try await withTemporaryFolder { folder in
            let output = ["--output", "nuncio.yaml"]
            for (arguments, words) in [
                ([], "give --zone"), (["--yes"], "--zone is missing"),
                (["--zone", "d.example.net"], "give --nameserver, or --yes for its default, ns1.d.example.net"),
                (["--zone", "d.example.net", "--yes", "--contact", "nobody"], "--contact: “contact” must be a mail address"),
            ] {
                let outcome = try await NuncioProcess.run(["setup"] + output + arguments, in: folder)
                #expect(outcome.exitCode == 64 && outcome.error.contains(words), "\(outcome)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "nuncio.yaml").path))
        }
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "util-linux is missing"),
        arguments: [true, false])
    func `at a terminal it asks, with defaults, until the input ends`(isWhole: Bool) async throws {
        try await withTemporaryFolder { folder in
            let lines =
                ["not a name", "delegates.example.net", "", "127.0.0.1"] + (isWhole ? ["", "proxy", "some", "token", ""] : [])
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: folder.appending(path: "answers"))
            // The terminal's end of input is one for it.
            let wrapper = [
                "/bin/sh", "-c", "exec /usr/bin/script --quiet --return --command \"$*\" /dev/null <answers", "terminal",
            ]
            let outcome = try await NuncioProcess.run(
                ["setup", "--output", "nuncio.yaml", "--dns-listen", "127.0.0.1:0"], in: folder, wrapper: wrapper)
            #expect(outcome.out.contains("Zone: Give one value"), "\(outcome)")
            #expect(outcome.out.contains("Name server [ns1.delegates.example.net]: "), "\(outcome)")
            let written = try? String(contentsOf: folder.appending(path: "nuncio.yaml"), encoding: .utf8)
            if isWhole {
                #expect(outcome.exitCode == 0 && outcome.out.contains("must be one of closed, token, open"), "\(outcome)")
                #expect(written?.contains("mode: \"token\"") == true)
            } else {
                #expect(outcome.exitCode == 64 && outcome.out.contains("before --public-url was answered"), "\(outcome)")
                #expect(written == nil)
            }
        }
    }

    @Test func `a port that is taken is told with its holder, and the file is written all the same`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let holder = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let port = try await holder.waitUntilReady().dns
            let made = try await NuncioProcess.run(Self.options(port: port), in: folder)
            #expect(made.exitCode == 0, "\(made)")
            let words =
                "warning: cannot listen on 127.0.0.1:\(port) (UDP): nuncio (process \(holder.processID)) has it. Stop that"
            #expect(made.error.contains(words), "\(made)")
            // That server serves the same zone, so it could be this one.
            let again = try await NuncioProcess.run(["setup", "--output", "etc/nuncio.yaml", "--json"], in: folder)
            let report = try SetupWorld.report(again.out)
            #expect(report.checks.first?.state == "there" && report.written == false, "\(again)")
        }
    }

    @Test func `a file that cannot be made is told before the first question`() async throws {
        try await withTemporaryFolder { folder in
            try Data().write(to: folder.appending(path: "file"))
            for (path, words) in [
                ("file/nuncio.yaml", "“file/nuncio.yaml” cannot be made: “FOLDER/file” is not a folder"),
                ("etc/", "“etc/” is not the name of a file"),
            ] {
                let outcome = try await NuncioProcess.run(["setup", "--output", path], in: folder)
                let place = folder.resolvingSymlinksInPath().path
                #expect(outcome.exitCode == 5 && outcome.error.contains(words.replacing("FOLDER", with: place)), "\(outcome)")
            }
        }
    }

    @Test(.enabled("only root can mount a disk") { await SmallDisk.isPossible() })
    func `a full disk leaves no file behind`() async throws {
        try await withTemporaryFolder { folder in
            let disk = try await SmallDisk(mebibytes: 1, in: folder)
            try disk.fill(leaving: 0)
            let port = try FreePort.find()
            let arguments = Self.options(port: port).map { $0.replacing("etc/nuncio.yaml", with: "disk/nuncio.yaml") }
            let outcome = try await NuncioProcess.run(arguments, in: folder, wrapper: disk.wrapper)
            #expect(outcome.exitCode == 5 && outcome.error.contains("make room there"), "\(outcome)")
            #expect(Set(try disk.contents()) == ["mounted", "filler"])
            try disk.empty()
            #expect(try await NuncioProcess.run(arguments, in: folder, wrapper: disk.wrapper).exitCode == 0)
        }
    }
}
