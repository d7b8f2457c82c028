import DNS
import Daemon
import Foundation
import TestSupport

@testable import nuncio

/// A server that `nuncio setup` configured, the server of its parent zone, and a resolver that asks both.
struct SetupWorld {
    struct Report: Decodable {
        struct Check: Decodable {
            var check: String
            var name: String
            var state: String
            var records: [String]
            var detail: String?
        }
        var checks: [Check]
        var complete: Bool
        var written: Bool
        var parentZone: [String]
    }

    let folder: URL
    let childPort: UInt16
    let parent: NuncioProcess
    let parentPort: UInt16
    /// The time in seconds for which resolvers remember that a name of the parent's zone is not there.
    let memory: Int

    static func report(_ text: String) throws -> Report {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Report.self, from: Data(text.utf8))
    }

    /// Starts the parent's server, whose zone has no delegation yet.
    init(in folder: URL, memory: Int = 0) async throws {
        self.folder = folder
        self.memory = memory
        let place = folder.appending(path: "parent")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try Self.writeZone([], place, memory)
        try NuncioProcess.writeConfiguration(in: place) { text in
            text = text.replacing("delegates.example.net", with: "other.test")
            text += "zone-files: [\"example.net=parent.zone\"]\n"
        }
        childPort = try FreePort.find()
        parent = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: place)
        parentPort = try await parent.waitUntilReady().dns
    }

    /// Gives the parent's zone these records besides its own, from now on.
    func parentHas(_ records: [String]) async throws {
        let place = folder.appending(path: "parent")
        try Self.writeZone(records, place, memory)
        let outcome = try await NuncioProcess.run(["reload", "--config", "nuncio.yaml"], in: place)
        guard outcome.exitCode == 0 else { throw NuncioProcess.Failure(description: "no reload: \(outcome)") }
    }

    /// The DS records of a zone for its parent.
    func delegationSigners(_ zone: String, configuration: String, in place: String) async throws -> [String] {
        let outcome = try await NuncioProcess.run(
            ["dnssec", "ds", zone, "--config", configuration], in: folder.appending(path: place))
        return outcome.out.split(separator: "\n").map(String.init)
    }

    private static func writeZone(_ records: [String], _ place: URL, _ memory: Int) throws {
        let zone = """
            $ORIGIN example.net.
            $TTL 0
            @ \(memory) SOA ns hostmaster \(Int.random(in: 1...1_000_000_000)) 3600 600 604800 \(memory)
            @ NS ns
            ns A 127.0.0.1
            \(records.joined(separator: "\n"))

            """
        try Data(zone.utf8).write(to: place.appending(path: "parent.zone"))
    }
}
