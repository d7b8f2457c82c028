import DelegateAPI
import Foundation
import Glibc
import TestSupport
import Testing

@testable import nuncio

/// Standard output that cannot be written.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct StandardOutputTests {
    private static let full = ["/bin/sh", "-c", "exec \"$@\" >/dev/full", "sh"]
    private static let closed = ["/bin/sh", "-c", "exec \"$@\" >&-", "sh"]
    private static let noRoom = "standard output cannot be written: No space left on device"

    private func withServer(_ body: (URL, API) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let ports = try await server.waitUntilReady()
            try await body(folder, API(port: ports.http))
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }

    @Test(arguments: [
        ["config", "check", "--config", "nuncio.yaml"], ["config", "check", "--json", "--config", "nuncio.yaml"],
        ["config", "records", "--config", "nuncio.yaml"], ["--help"], ["--version"], ["delegates", "--help"],
        ["dnssec", "generate", "d.example.net"],
    ])
    func `a command that prints fails where nothing can be printed`(arguments: [String]) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let full = try await NuncioProcess.run(arguments, in: folder, wrapper: Self.full)
            #expect(full.exitCode == 1 && full.error.contains(Self.noRoom), "\(full)")
            let closed = try await NuncioProcess.run(arguments, in: folder, wrapper: Self.closed)
            #expect(
                closed.exitCode == 1 && closed.error.contains("standard output cannot be written: it is closed"), "\(closed)")
        }
    }

    @Test func `lists, exports and reports fail where they cannot be printed`() async throws {
        try await withServer { folder, api in
            let credential = try await api.register()
            for command in [
                ["status"], ["status", "--json"], ["delegates", "list"], ["delegates", "list", "--json"],
                ["delegates", "show", credential.subdomain], ["keys", "list", "--delegate", credential.subdomain],
                ["groups", "list"], ["tokens", "list"], ["audit", "tail"], ["audit", "verify"], ["audit", "verify", "--json"],
                ["export"], ["export", "--format", "csv"], ["reload"], ["dnssec", "status"], ["dnssec", "ds"],
                ["backup", "b.db"],
                ["delegates", "create", "prepared", "--prepared"],
            ] {
                let result = try await NuncioProcess.run(
                    command + ["--config", "nuncio.yaml"], in: folder, wrapper: Self.full)
                #expect(result.exitCode == 1 && result.error.contains(Self.noRoom), "\(command): \(result)")
            }
        }
    }

    @Test func `of a key that was made and could not be shown is told how to get another`() async throws {
        try await withServer { folder, api in
            _ = try await NuncioProcess.run(["groups", "create", "mail", "--config", "nuncio.yaml"], in: folder)
            for (command, advice) in [
                (["delegates", "create", "web1"], "nuncio delegates rotate web1.delegates.example.net"),
                (["delegates", "rotate", "web1"], "nuncio delegates rotate web1.delegates.example.net"),
                (["keys", "create", "--group", "mail"], "nuncio keys rotate --group mail"),
                (["keys", "rotate", "--group", "mail"], "nuncio keys rotate --group mail"),
                (["tokens", "create", "team"], "nuncio tokens revoke team"),
                (["register", "--server", "http://127.0.0.1:\(api.port)"], "Register again"),
            ] {
                let options = command[0] == "register" ? [] : ["--config", "nuncio.yaml"]
                let result = try await NuncioProcess.run(command + options, in: folder, wrapper: Self.full)
                #expect(
                    result.exitCode == 1 && result.error.contains(Self.noRoom) && result.error.contains(advice),
                    "\(command): \(result)")
                // A closed standard output is noticed before anything is made.
                let closed = try await NuncioProcess.run(
                    command.map { $0 == "web1" || $0 == "team" ? "x" : $0 } + options, in: folder, wrapper: Self.closed)
                #expect(closed.exitCode == 1 && closed.error.contains("it is closed"), "\(command): \(closed)")
                #expect(!closed.error.contains("was made"), "\(closed)")
            }
            let list = try await NuncioProcess.run(["delegates", "list", "--config", "nuncio.yaml"], in: folder)
            #expect(list.error.contains("2 delegates.") && list.exitCode == 0, "\(list)")
        }
    }

    @Test func `an output that is closed gives its number to no other file`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(
                ["serve", "--config", "nuncio.yaml"], in: folder, wrapper: ["/bin/sh", "-c", "exec \"$@\" <&- >&-", "sh"])
            _ = try await server.waitUntilReady()
            for descriptor in 0...1 {
                let target = try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(server.processID)/fd/\(descriptor)")
                #expect(target == "/dev/null")
            }
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }

    @Test func `control characters of others' texts do not get to a terminal`() {
        #expect(
            TerminalText.escaped("a\u{1B}[31mb\u{7}\u{9B}1m\r\u{202E}x\nnext")
                == "a\\u{1B}[31mb\\u{7}\\u{9B}1m\\u{D}\\u{202E}x\nnext")
        #expect(TerminalText.escaped("mün 漢字 👩‍🚀") == "mün 漢字 👩‍🚀")
    }

    @Test func `in JSON they are what JSON writes for them`() throws {
        let json = TerminalText.escaped(json: "{\"label\":\"a\u{202E}\u{7F}\u{9B}b\"}")
        #expect(json == #"{"label":"a\u202e\u007f\u009bb"}"#)
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String]
        #expect(object == ["label": "a\u{202E}\u{7F}\u{9B}b"])
    }

    @Test func `a pipe that nobody reads any more is an error`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            // The shell ends with the exit code of the command before the pipe.
            let script = "\(NuncioProcess.program.path) config records --config nuncio.yaml | : ; exit ${PIPESTATUS[0]}"
            let result = try await NuncioProcess.run([], in: folder, wrapper: ["/bin/bash", "-c", script])
            #expect(result.exitCode == 1 || result.exitCode == 0 && result.error.isEmpty, "\(result)")
            #expect(result.exitCode == 0 || result.error.contains("standard output cannot be written"), "\(result)")
        }
    }

    @Test func `a name with control characters is told without them`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            for command in [
                ["config", "records", "\u{1B}[31mx", "--config", "nuncio.yaml"],
                ["backup", "\u{1B}[31mx/y", "--config", "nuncio.yaml"],
            ] {
                let result = try await NuncioProcess.run(command, in: folder)
                #expect(result.exitCode != 0 && !result.error.contains("\u{1B}"), "\(result)")
            }
        }
    }
}
