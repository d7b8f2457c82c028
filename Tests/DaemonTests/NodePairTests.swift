import DNS
import Delegates
import Foundation
import Sockets
import TestSupport
import Testing

@testable import Daemon

/// Two servers over one PostgreSQL database.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct NodePairTests {
    private func server(_ name: String, in folder: URL, _ database: String) async throws -> Server {
        let own = folder.appending(path: name)
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        try NuncioProcess.writeConfiguration(in: own) { text in
            text += """
                storage: {postgresql: {connection: "\(database)"}}
                state-folder: "\(own.path)/state"
                node: {name: "\(name)", address: "127.0.0.1:53"}
                dnssec: {mode: "off"}

                """
        }
        return try await Server(readingFrom: own)
    }

    private func api(of server: Server) throws -> API {
        API(port: try #require(server.addresses.webserver.first).port)
    }

    private let zones: [DomainName]

    init() throws { zones = [try DomainName("delegates.example.net")] }

    @Test func `an update at one server is answered by the other, with the same serial`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withTemporaryFolder { folder in
            let first = try await server("ns1", in: folder, database)
            try await first.serve {
                let api = try api(of: first)
                let credential = try await api.register()
                #expect(try await api.update(credential, Samples.value(1).text) == 200)
                let second = try await server("ns2", in: folder, database)
                try await second.serve {
                    for index in 2...4 {
                        let maker = index.isMultiple(of: 2) ? try self.api(of: second) : api
                        #expect(try await maker.update(credential, Samples.value(index).text) == 200)
                        #expect(first.table.sequence == second.table.sequence)
                    }
                    #expect(first.serials.current(of: zones) == second.serials.current(of: zones))
                    #expect(!first.table.isHeldBack && !second.table.isHeldBack)
                }
            }
        }
    }

    @Test func `a serial that a server has stored becomes the other's`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withTemporaryFolder { folder in
            let first = try await server("ns1", in: folder, database)
            try await first.serve {
                let second = try await server("ns2", in: folder, database)
                try await second.serve {
                    let before = try #require(second.serials.current(of: zones).values.first)
                    #expect(try await !second.serials.adoptStored())
                    try PostgreSQLServer.shared.execute(
                        "UPDATE zone_serial SET serial_offset = serial_offset + 5, revision = revision + 1",
                        in: String(database.split(separator: "=").last ?? ""))
                    for server in [first, second] {
                        #expect(try await server.serials.adoptStored())
                        #expect(server.serials.current(of: zones).values.first == before + 5)
                        #expect(try await !server.serials.adoptStored())
                    }
                    // A zone that is not this server's keeps its serial.
                    try PostgreSQLServer.shared.execute(
                        "UPDATE zone_serial SET serial_offset = 0, revision = revision + 1, content_sha256 = sha256('')",
                        in: String(database.split(separator: "=").last ?? ""))
                    #expect(try await !second.serials.adoptStored())
                }
            }
        }
    }
}
