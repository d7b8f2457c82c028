import Foundation
import Sockets
import TestSupport
import Testing

@testable import Daemon

/// A folder with the configuration and the storage of a server whose zones may be copied, for several runs of it.
struct SerialsFolder {
    let url: URL

    static let zone = "delegates.example.net"
    /// The zone of the master file.
    static let fileZone = "example.org"

    /// Changes that a transfer of the zone shows.
    static let changes: [(what: String, change: @Sendable (inout String) -> Void)] = [
        ("an address", { $0.replace("192.0.2.1\"", with: "192.0.2.2\"") }),
        ("a TTL", { $0.replace("www.\(zone). 60", with: "www.\(zone). 61") }),
        ("the contact", { $0.replace("contact: \"hostmaster@", with: "contact: \"admin@") }),
        ("a name server", { $0.replace("nameservers: [", with: "nameservers: [\"ns.example.com\", ") }),
        ("mail records", { $0 += "mail-records: false\n" }),
        ("how long negative answers live", { $0 += "negative-ttl: 3\n" }),
    ]

    /// Makes a folder for a test, with a configuration and a master file in it.
    static func with(_ body: (SerialsFolder) async throws -> Void) async throws {
        try await withTemporaryFolder { url in
            let folder = SerialsFolder(url: url)
            try folder.writeFile(serial: 10)
            try folder.write()
            try await body(folder)
        }
    }

    /// Writes the configuration, with changes to its text.
    func write(_ changes: (inout String) -> Void = { _ in }) throws {
        try NuncioProcess.writeConfiguration(in: url) { text in
            text = text.replacing(
                "records:\n", with: "records:\n  - \"www.\(Self.zone). 60 IN A 192.0.2.1\"\n")
            text += """
                zone-files: ["\(url.path)/example.org.zone"]
                storage: {sqlite: {path: "\(url.path)/nuncio.db"}}
                dnssec: {mode: "off"}

                """
            text = text.replacing("nameserver:\n", with: "nameserver:\n  allow-transfer: [\"127.0.0.0/8\"]\n")
            changes(&text)
        }
    }

    /// Writes the master file of a further zone.
    func writeFile(serial: UInt32, address: String = "192.0.2.1") throws {
        let text = "@ 60 SOA ns hostmaster \(serial) 2 3 4 5\n@ 60 NS ns\nns 60 A \(address)\n"
        try Data(text.utf8).write(to: url.appending(path: "example.org.zone"))
    }

    /// One run of the server, from its start to its end.
    func run<Outcome: Sendable>(
        _ clock: ManualClock = ManualClock(), _ body: (CopiedServer) async throws -> Outcome
    ) async throws -> Outcome {
        let server = try await Server(readingFrom: url, clocks: clock.clocks)
        let running = CopiedServer(
            server: server, dns: try #require(server.addresses.nameserver.first).port,
            api: API(port: try #require(server.addresses.webserver.first).port))
        return try await server.serve { try await body(running) }
    }
}
