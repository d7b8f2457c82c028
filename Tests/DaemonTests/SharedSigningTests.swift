import DNS
import DNSSEC
import Delegates
import Foundation
import Sockets
import StorageParts
import TestSupport
import Testing

@testable import Daemon
@testable import Signing

/// Servers over one PostgreSQL database that sign the same zone.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct SharedSigningTests {
    private let apex: DomainName

    init() throws { apex = try DomainName("delegates.example.net") }

    private func server(
        _ name: String, in folder: URL, _ database: String, clock: ManualClock = ManualClock(), sealingDigit: Character = "7",
        port: UInt16? = nil, _ signing: String = ""
    ) async throws -> Server {
        let own = folder.appending(path: name)
        try FileManager.default.createDirectory(at: own.appending(path: "state"), withIntermediateDirectories: true)
        let key = own.appending(path: "sealing-key")
        try Data("\(String(repeating: sealingDigit, count: 64))\n".utf8).write(to: key)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key.path)
        try NuncioProcess.writeConfiguration(in: own) { text in
            if let port {
                text = text.replacing(
                    "nameserver:\n  listen: [\"127.0.0.1:0\"]", with: "nameserver:\n  listen: [\"127.0.0.1:\(port)\"]")
            }
            text += """
                storage: {postgresql: {connection: "\(database)"}}
                state-folder: "\(own.path)/state"
                node: {name: "\(name)", address: "127.0.0.1:\(port ?? 53)"}
                dnssec:
                  resolvers: []
                  sealing-key-file: "\(key.path)"
                \(signing)

                """
        }
        return try await Server(readingFrom: own, clocks: clock.clocks)
    }

    private func status(_ server: Server) throws -> SigningStatus {
        try #require(server.signedZones.statuses(now: Samples.start).first)
    }

    private func tags(_ server: Server) throws -> [UInt16] { try status(server).keys.map(\.tag) }

    private func ask(_ server: Server, _ name: String, _ type: RecordType) async throws -> ParsedMessage {
        let port = try #require(server.addresses.nameserver.first).port
        return try await onThread {
            let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true))
            return try ParsedMessage(TestClient(port: port).askOverUDP(query.octets))
        }
    }

    /// Lets time pass for a server's upkeep.
    private func tick(_ server: Server, _ clock: ManualClock, _ seconds: Int64) async throws {
        clock.pass(seconds)
        try await onThread {
            server.signingUpkeep.tick()
            while server.signingUpkeep.refresh() {}
        }
    }

    @Test func `nodes have the same keys, change them together, and another goes on when one ends`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withTemporaryFolder { folder in
            let clock = ManualClock()
            do {
                let first = try await server("ns1", in: folder, database, clock: clock)
                try await first.serve {
                    let second = try await server("ns2", in: folder, database, clock: clock)
                    let former = try tags(first)
                    #expect(try tags(second) == former && former.count == 1)
                    let secrets = [first, second].map { $0.sharedSecrets?.secrets.cookies?.secrets.secrets }
                    #expect(secrets[0] == secrets[1] && secrets[0]?.count == 1)
                    try await second.serve {
                        let keeping = try #require(second.sharedSecrets)
                        #expect(try await keeping.change(apex, .replace(nil)).stage == .entryKeyIntroduced)
                        // The change is acknowledged when the other one has it.
                        #expect(try status(first).stage == .entryKeyIntroduced)
                        #expect(try tags(first) == tags(second))
                        await #expect(throws: KeyChangeRefusal.notNow(.underWay(.entryKeyIntroduced))) {
                            try await #require(first.sharedSecrets).change(apex, .replace(nil))
                        }
                        for server in [first, second] {
                            let keys = try await ask(server, "delegates.example.net", .dnskey)
                            #expect(keys.answers.count { $0.type == .dnskey } == 2)
                        }
                        // The same records and keys have the same serial, whichever signatures they have.
                        #expect(first.serials.current(of: [apex]) == second.serials.current(of: [apex]))
                    }
                }
            }
            // Both have ended; a third one goes on where they were.
            let third = try await server("ns3", in: folder, database, clock: clock)
            #expect(try status(third).stage == .entryKeyIntroduced)
            try await third.serve {
                for _ in 0..<40 { try await tick(third, clock, 300) }
                try await waitUntil("the next stage") {
                    try await tick(third, clock, 10)
                    return try status(third).stage == .entryKeyAwaitsParent
                }
                let kept = try await third.sharedSecrets?.place.sharedSecrets() ?? []
                #expect(kept.map(\.name) == ["cookies", "dnssec/delegates.example.net."])
                #expect(kept.allSatisfy { Data(base64Encoded: $0.content)?.range(of: Data("PrivateKey".utf8)) == nil })
            }
        }
    }

    @Test func `what a failover has lost of the keys goes back into the database`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withTemporaryFolder { folder in
            let first = try await server("ns1", in: folder, database)
            try await first.serve {
                let keeping = try #require(first.sharedSecrets)
                let before = try await keeping.place.sharedSecrets()
                _ = try await keeping.change(apex, .replace(nil))
                let name = String(database.split(separator: "=").last ?? "")
                for loss in [
                    before.map {
                        "UPDATE shared_secret SET content = '\($0.content)', sequence = \($0.sequence.number) WHERE name = '\($0.name)'"
                    }
                    .joined(separator: ";"), "DELETE FROM shared_secret",
                ] {
                    try PostgreSQLServer.shared.execute(loss, in: name)
                    try await keeping.keepLost()
                    #expect(try await keeping.place.sharedSecrets().map(\.name) == before.map(\.name))
                    let second = try await server("ns2", in: folder, database)
                    #expect(try tags(second) == tags(first) && tags(second).count == 2)
                    try await second.serve {}
                }
            }
        }
    }

    @Test func `a node that cannot take a change of keys keeps its answers back, and the others go on`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withTemporaryFolder { folder in
            let first = try await server("ns1", in: folder, database, port: try FreePort.find())
            try await first.serve {
                let second = try await server("ns2", in: folder, database, port: try FreePort.find())
                try await second.serve {
                    // Signed denials have this code, too (RFC 9824).
                    let unknown = "unknown.delegates.example.net"
                    #expect(try await ask(second, unknown, .txt).responseCode == .noError)
                    // As with a private key that it lacks.
                    let (secrets, storage) = (second.sharedSecrets?.secrets, second.sharedSecrets?.place)
                    storage?.followSecrets { secret in
                        _ = secrets?.take(SharedSecret(name: secret.name, content: "", sequence: secret.sequence))
                        return false
                    }
                    // The change waits until the lease of the second one is over.
                    #expect(
                        try await #require(first.sharedSecrets).change(apex, .replace(nil)).stage == .entryKeyIntroduced)
                    #expect(try status(second).stage == .steady && secrets?.failure != nil)
                    try await waitUntil("answers are kept back") {
                        try await ask(second, unknown, .txt).responseCode == .serverFailure
                    }
                    #expect(try await ask(first, unknown, .txt).responseCode == .noError)
                }
            }
        }
    }

    @Test func `a node with another sealing key, or none, does not start`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withTemporaryFolder { folder in
            let first = try await server("ns1", in: folder, database)
            try await first.serve { () async throws -> Void in
                await #expect {
                    _ = try await server("ns2", in: folder, database, sealingDigit: "8")
                } throws: { "\($0)".contains("was sealed with another key") && "\($0)".contains("sealing-key-file") }
            }
        }
    }

    @Test func `keys that a server alone had go on as those of all, and back`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withTemporaryFolder { folder in
            let own = folder.appending(path: "alone")
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            let alone = try await Server(in: own)
            let former = try tags(alone)
            try await alone.serve {}
            let first = try await server(
                "ns1", in: folder, database, clock: ManualClock(), "  key-folder: \"\(own.path)/nuncio.db.keys\"")
            try await first.serve {
                #expect(try tags(first) == former)
                let second = try await server("ns2", in: folder, database)
                #expect(try tags(second) == former)
                try await second.serve {}
                _ = try await #require(first.sharedSecrets).change(apex, .replace(nil))
            }
            // Back to a server that signs alone.
            let export = KeyExport(first.reloading.configuration)
            let written = try await export.write(to: own.path + "/exported")
            #expect(try written.map(\.zone) == ["delegates.example.net"] && written.map(\.tags) == [tags(first)])
            await #expect(throws: KeyFolder.Failure.self) { _ = try await export.write(to: own.path + "/exported") }
            let again = try await Server(in: own) {
                $0 = $0.replacing("dnssec: {", with: "dnssec: {key-folder: \"\(own.path)/exported\", ")
            }
            #expect(try tags(again) == tags(first) && status(again).stage == .entryKeyIntroduced)
            try await again.serve {}
            await #expect(throws: KeyExport.Failure.self) {
                _ = try await KeyExport(again.reloading.configuration).write(
                    to: own.path + "/more")
            }
        }
    }
}
