import DNS
import DNSSEC
import Foundation
import Glibc
import TestSupport
import Testing

/// The outcome of BIND's dnssec-cds, which registries use in scripts, for the zone's CDS and CDNSKEY records.
@Suite(
    .serialized, .timeLimit(.minutes(30)),
    .enabled(
        if: ["/usr/bin/dnssec-cds", "/usr/bin/dig"].allSatisfy(FileManager.default.fileExists), "dnssec-cds or dig are missing")
)
struct RegistryToolTests {
    private static let zone = "delegates.example.net"

    private func serve(_ folder: URL) async throws -> (server: NuncioProcess, port: UInt16) {
        try NuncioProcess.writeConfiguration(in: folder) { $0 += "dnssec: {resolvers: []}\n" }
        let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
        let ports = try await server.waitUntilReady()
        try await server.waitForFile(folder.appending(path: "nuncio.db.socket"))
        return (server, ports.dns)
    }

    private func run(_ program: String, _ arguments: [String], in folder: URL) async throws -> (
        exitCode: Int, out: String, error: String
    ) {
        try await onThread {
            let (out, error) = (folder.appending(path: UUID().uuidString), folder.appending(path: UUID().uuidString))
            let process = try ChildProcess(
                program, arguments, in: folder, environment: ["PATH": "/usr/bin:/bin", "TZ": "UTC"], output: out, error: error)
            let exitCode = process.waitForExit()
            return (exitCode, try String(contentsOf: out, encoding: .utf8), try String(contentsOf: error, encoding: .utf8))
        }
    }

    /// The tool's outcome for the zone as it is served now.
    private func convert(_ folder: URL, port: UInt16, _ options: String...) async throws -> (
        exitCode: Int, out: String, error: String
    ) {
        let questions = ["DNSKEY", "CDNSKEY", "CDS"].flatMap { [Self.zone, $0] }
        let dig = try await run(
            "/usr/bin/dig", ["@127.0.0.1", "-p", "\(port)", "+tcp", "+dnssec", "+noall", "+answer"] + questions, in: folder)
        try Data(dig.out.utf8).write(to: folder.appending(path: "child"))
        return try await run("/usr/bin/dnssec-cds", options + ["-f", "child", "-d", "dsset-", Self.zone], in: folder)
    }

    @Test func `it takes the records, and makes a DS that nobody can use of a request to delete`() async throws {
        try await withTemporaryFolder { folder in
            let (server, port) = try await serve(folder)
            let ds = try await NuncioProcess.run(["dnssec", "ds", "--config", "nuncio.yaml"], in: folder)
            try Data(ds.out.utf8).write(to: folder.appending(path: "dsset-"))
            // Signatures begin an hour ago: the tool takes a file that was written since for a replay.
            let young = try await convert(folder, port: port)
            #expect(young.exitCode == 1 && young.error.contains("could not validate child DNSKEY RRset"))
            let digest = try #require(ds.out.split(whereSeparator: \.isWhitespace).last).uppercased()
            for start in ["-7200", "-777600"] {
                let steady = try await convert(folder, port: port, "-s", start)
                #expect(steady.exitCode == 0 && steady.out.uppercased().contains(digest.prefix(56)), "\(steady)")
            }

            try NuncioProcess.writeConfiguration(in: folder) { $0 += "dnssec: {resolvers: [], mode: \"off\"}\n" }
            #expect(try await NuncioProcess.run(["reload", "--config", "nuncio.yaml"], in: folder).exitCode == 0)
            let deletion = try await convert(folder, port: port, "-s", "-7200")
            #expect(deletion.exitCode == 0 && deletion.out.contains("DS 768 0 2"), "\(deletion)")
            let fields = deletion.out.split(whereSeparator: \.isWhitespace)
            let start = try #require(fields.firstIndex(of: "DS"))
            let record = try ResourceRecord("\(Self.zone). 3600 IN DS \(fields[(start + 1)...].joined(separator: " "))")
            #expect(!DelegationSignerUse.isUsable(record.data))
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }
}
