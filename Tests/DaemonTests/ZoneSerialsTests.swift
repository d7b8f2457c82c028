import DNS
import DelegateAPI
import Delegates
import Foundation
import GRDB
import Glibc
import Logging
import ServiceLifecycle
import Sockets
import Synchronization
import TestSupport
import Testing

@testable import Daemon

/// Serials of a running server: over reloads, restarts and hours.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct ZoneSerialsTests {
    private static let zone = "delegates.example.net"
    private static let fileZone = "example.org"

    private final class Clock: Sendable {
        let now = Mutex(Timestamp(secondsSinceEpoch: Int64(time(nil))))

        func pass(_ seconds: Int64) { now.withLock { $0 = $0.advanced(by: .seconds(seconds)) } }

        var clocks: Server.Clocks {
            Server.Clocks(
                steady: SteadyClock { self.now.withLock(\.self) }, system: { self.now.withLock(\.self) })
        }
    }

    /// A secondary's copy of a zone.
    private struct Copy: Equatable {
        var serial: UInt32
        /// All records, without the SOA's serial.
        var records: Set<String>

        func isNewer(than other: Copy) -> Bool { SerialNumber(serial).isNewer(than: SerialNumber(other.serial)) }
    }

    private struct Running {
        let server: Server
        let folder: URL
        let dns: UInt16
        let api: API

        func copy(of zone: String = ZoneSerialsTests.zone) async throws -> Copy {
            try await onThread { [dns] () throws in
                let connection = try TestClient(port: dns).openTCP()
                defer { connection.end() }
                let query = try QueryOctets("\(zone).", .axfr).octets
                try connection.send(TCPConnection.framed(query))
                let answers = try ParsedMessage(connection.receiveMessage()).answers
                let start = try #require(answers.first)
                #expect(start == answers.last && answers.count > 2)
                let serial = try #require(start.data.serial)
                let records = answers.dropLast().map { "\($0.owner) \($0.ttl) \($0.data.withSerial(0))" }
                return Copy(serial: serial, records: Set(records))
            }
        }

        func transferCode() async throws -> ResponseCode {
            try await onThread { [dns] () throws in
                let query = try QueryOctets("\(ZoneSerialsTests.zone).", .axfr, edns: EDNS(payloadSize: 1232)).octets
                return try ParsedMessage(TestClient(port: dns).askOverTCP(query)).responseCode
            }
        }

        func soa(of zone: String = ZoneSerialsTests.zone) async throws -> UInt32 {
            try await onThread { [dns] () throws in
                let query = try QueryOctets("\(zone).", .soa, edns: EDNS(payloadSize: 1232)).octets
                let answers = try ParsedMessage(TestClient(port: dns).askOverUDP(query)).answers
                return try #require(answers.first?.data.serial)
            }
        }
    }

    private func write(_ folder: URL, _ changes: (inout String) -> Void = { _ in }) throws {
        try NuncioProcess.writeConfiguration(in: folder) { text in
            text = text.replacing(
                "records:\n", with: "records:\n  - \"www.\(Self.zone). 60 IN A 192.0.2.1\"\n")
            text += """
                zone-files: ["\(folder.path)/example.org.zone"]
                storage: {sqlite: {path: "\(folder.path)/nuncio.db"}}
                dnssec: {mode: "off"}

                """
            text = text.replacing("nameserver:\n", with: "nameserver:\n  allow-transfer: [\"127.0.0.0/8\"]\n")
            changes(&text)
        }
    }

    private func writeFile(_ folder: URL, serial: UInt32, address: String = "192.0.2.1") throws {
        let text = "@ 60 SOA ns hostmaster \(serial) 2 3 4 5\n@ 60 NS ns\nns 60 A \(address)\n"
        try Data(text.utf8).write(to: folder.appending(path: "example.org.zone"))
    }

    private func read(_ folder: URL) -> Result<Daemon.Configuration, ConfigurationProblems> {
        var entries = ConfigurationEntries()
        entries.add(file: folder.appending(path: "nuncio.yaml").path)
        do throws(ConfigurationProblems) {
            return .success(try Daemon.Configuration(entries, processors: 1))
        } catch {
            return .failure(error)
        }
    }

    /// One run of the server, from its start to its end.
    private func run<Outcome: Sendable>(
        in folder: URL, _ clock: Clock = Clock(), _ body: (Running) async throws -> Outcome
    ) async throws -> Outcome {
        let reader: Reloading.Reader = { self.read(folder) }
        let server = try await Server(
            try reader().get(), version: "test", reader: reader,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            logLevel: SharedLogLevel(.critical), clocks: clock.clocks)
        let running = Running(
            server: server, folder: folder, dns: try #require(server.addresses.nameserver.first).port,
            api: API(port: try #require(server.addresses.webserver.first).port))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [Part(server: server)], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Result<Outcome, any Error>
            do {
                outcome = .success(try await body(running))
            } catch {
                outcome = .failure(error)
            }
            // This closes the storage, so that the next run can open it.
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try outcome.get()
        }
    }

    private struct Part: Service {
        let server: Server

        func run() async throws { try await server.run() }
    }

    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try writeFile(folder, serial: 10)
            try write(folder)
            try await body(folder)
        }
    }

    /// Changes that a transfer of the zone shows.
    private static let changes: [(what: String, change: @Sendable (inout String) -> Void)] = [
        ("an address", { $0.replace("192.0.2.1\"", with: "192.0.2.2\"") }),
        ("a TTL", { $0.replace("www.\(zone). 60", with: "www.\(zone). 61") }),
        ("the contact", { $0.replace("contact: \"hostmaster@", with: "contact: \"admin@") }),
        ("a name server", { $0.replace("nameservers: [", with: "nameservers: [\"ns.example.com\", ") }),
        ("mail records", { $0 += "mail-records: false\n" }),
        ("how long negative answers live", { $0 += "negative-ttl: 3\n" }),
    ]

    @Test func `a reload raises the serial with each change that a transfer shows, and with no other`() async throws {
        try await withFolder { folder in
            try await run(in: folder) { running async throws in
                var last = try await running.copy()
                #expect(try await running.soa() == last.serial)
                for (what, change) in Self.changes {
                    try write(folder, change)
                    _ = try await running.server.reloading.reload().get()
                    let next = try await running.copy()
                    #expect(next.isNewer(than: last) && next.records != last.records, "\(what)")
                    #expect(try await running.soa() == next.serial)
                    try write(folder) {
                        change(&$0)
                        $0 += "logging: {level: debug}\n"
                    }
                    _ = try await running.server.reloading.reload().get()
                    #expect(try await running.copy() == next, "\(what)")
                    last = next
                }
            }
        }
    }

    @Test func `the serial of a file counts if it is later, and rises by itself if the file changes without`() async throws {
        try await withFolder { folder in
            func reload(_ running: Running, _ serial: UInt32, _ address: String) async throws -> UInt32 {
                try writeFile(folder, serial: serial, address: address)
                _ = try await running.server.reloading.reload().get()
                return try await running.copy(of: Self.fileZone).serial
            }
            try await run(in: folder) { running async throws in
                #expect(try await running.copy(of: Self.fileZone).serial == 10)
                _ = try await running.api.register()
                #expect(try await running.copy(of: Self.fileZone).serial == 10)
                #expect(try await reload(running, 10, "192.0.2.2") == 11)
                #expect(try await reload(running, 11, "192.0.2.3") == 12)
                #expect(try await reload(running, 20, "192.0.2.3") == 20)
                #expect(try await reload(running, 5, "192.0.2.4") == 21)
            }
            try await run(in: folder) { running async throws in
                #expect(try await running.copy(of: Self.fileZone).serial == 21)
            }
            try writeFile(folder, serial: 5, address: "192.0.2.5")
            try await run(in: folder) { running async throws in
                #expect(try await running.copy(of: Self.fileZone).serial == 22)
            }
        }
    }

    @Test func `a start raises the serial if the zone is another one, and else it is what it was`() async throws {
        try await withFolder { folder in
            var last = try await run(in: folder) { running async throws in
                let before = try await running.copy()
                let credential = try await running.api.register()
                #expect(try await running.api.update(credential, Samples.value(1).text) == 200)
                // A change that DNS does not show: an entry of the audit log.
                _ = try await running.server.reloading.reload().get()
                let after = try await running.copy()
                #expect(after.serial == before.serial + 2)
                return after
            }
            try await run(in: folder) { running async throws in #expect(try await running.copy() == last) }
            for (what, change) in Self.changes {
                try write(folder, change)
                last = try await run(in: folder) { running async throws in
                    let next = try await running.copy()
                    #expect(next.isNewer(than: last) && next.records != last.records, "\(what)")
                    return next
                }
                try await run(in: folder) { running async throws in #expect(try await running.copy() == last) }
            }
        }
    }

    @Test func `a serial that a reload has raised is in the storage when the reload is over`() async throws {
        try await withFolder { folder in
            try await run(in: folder) { running async throws in
                for index in 1...5 {
                    try write(folder) { $0.replace("192.0.2.1\"", with: "192.0.2.\(10 + index)\"") }
                    _ = try await running.server.reloading.reload().get()
                    var reading = GRDB.Configuration()
                    reading.readonly = true
                    let database = try DatabaseQueue(path: "\(folder.path)/nuncio.db", configuration: reading)
                    let kept = try await database.read {
                        try Int64.fetchOne(
                            $0, sql: "SELECT serial_offset FROM zone_serial WHERE zone = ?", arguments: [Self.zone])
                    }
                    // No delegate has changed.
                    #expect(try await running.soa() == kept.map { UInt32($0) })
                }
            }
        }
    }

    @Test func `values that become too old raise the serial, and go from transfers with it`() async throws {
        try await withFolder { folder in
            let clock = Clock()
            try await run(in: folder, clock) { running async throws in
                let credential = try await running.api.register()
                for index in 1...3 {
                    #expect(try await running.api.update(credential, Samples.value(index).text) == 200)
                }
                let before = try await running.copy()
                #expect(before.records.contains { $0.contains(Samples.value(1).text) })
                clock.pass(3601)
                // Until the change has a number, the whole zone is as it was.
                let between = try await running.copy()
                await running.server.serials.tick()
                let after = try await running.copy()
                #expect(between == before || between == after)
                #expect(after.serial == before.serial + 1)
                #expect(before.records.subtracting(after.records).count == 1 && after.records.isSubset(of: before.records))
                await running.server.serials.tick()
                #expect(try await running.copy() == after)
            }
        }
    }

    @Test func `values that become too old while no server runs raise the serial at the next start, once`() async throws {
        try await withFolder { folder in
            let clock = Clock()
            let before = try await run(in: folder, clock) { running async throws in
                let credential = try await running.api.register()
                for index in 1...3 {
                    #expect(try await running.api.update(credential, Samples.value(index).text) == 200)
                }
                return try await running.copy()
            }
            clock.pass(3601)
            let after = try await run(in: folder, clock) { running async throws in
                // Until the change has a number, the whole zone is as it was.
                let between = try await running.copy()
                await running.server.serials.tick()
                let after = try await running.copy()
                #expect(between == before || between == after)
                return after
            }
            #expect(after.isNewer(than: before) && before.records.subtracting(after.records).count == 1)
            clock.pass(3601)
            try await run(in: folder, clock) { running async throws in
                await running.server.serials.tick()
                #expect(try await running.copy() == after)
            }
        }
    }

    @Test func `while the storage does not take a serial, nobody gets a copy`() async throws {
        try await withFolder { folder in
            try await run(in: folder) { running async throws in
                let before = try await running.copy()
                let (file, elsewhere) = ("\(folder.path)/nuncio.db", "\(folder.path)/elsewhere.db")
                try FileManager.default.moveItem(atPath: file, toPath: elsewhere)
                try write(folder) { $0.replace("192.0.2.1\"", with: "192.0.2.2\"") }
                let problems = try await running.server.reloading.reload().get()
                #expect(problems.count == 1 && problems[0].contains("no zone can be transferred"), "\(problems)")
                #expect(try await running.soa() == before.serial + 1)
                let code = try await running.transferCode()
                #expect(code == .serverFailure)
                await running.server.serials.tick()
                #expect(try await running.transferCode() == .serverFailure)
                try FileManager.default.moveItem(atPath: elsewhere, toPath: file)
                // The storage looks at its file once a second.
                try await waitUntil("copies are given out again") { () async throws in
                    try? await running.server.serials.keep()
                    return try await running.transferCode() == .noError
                }
                let after = try await running.copy()
                #expect(after.serial == before.serial + 1 && after.records != before.records)
            }
        }
    }

    @Test func `whether copies are allowed is nothing that a serial says`() async throws {
        try await withFolder { folder in
            try await run(in: folder) { running async throws in
                let before = try await running.copy()
                try write(folder) { $0.replace("127.0.0.0/8", with: "127.0.0.0/16") }
                _ = try await running.server.reloading.reload().get()
                #expect(try await running.copy() == before)
            }
        }
    }

    @Test func `a clock that is behind at a start brings no value back`() async throws {
        try await withFolder { folder in
            let clock = Clock()
            let after = try await run(in: folder, clock) { running async throws in
                let credential = try await running.api.register()
                for index in 1...3 {
                    #expect(try await running.api.update(credential, Samples.value(index).text) == 200)
                }
                clock.pass(3601)
                await running.server.serials.tick()
                return try await running.copy()
            }
            clock.pass(-7200)
            try await run(in: folder, clock) { running async throws in
                await running.server.serials.tick()
                #expect(try await running.copy() == after)
            }
        }
    }

    @Test func `a zone that goes and comes back goes on from its serial`() async throws {
        try await withFolder { folder in
            let before = try await run(in: folder) { running async throws in try await running.copy() }
            let text = try String(contentsOf: folder.appending(path: "nuncio.yaml"), encoding: .utf8)
            try Data(
                text.replacing("[\"\(Self.zone)\"]", with: "[\"other.example.net\"]").replacing(
                    ".\(Self.zone)", with: ".other.example.net"
                ).utf8
            ).write(to: folder.appending(path: "nuncio.yaml"))
            try await run(in: folder) { running async throws in
                _ = try await running.api.register()
                #expect(try await running.copy(of: "other.example.net").serial > 1)
            }
            try write(folder)
            try await run(in: folder) { running async throws in
                #expect(try await running.copy().isNewer(than: before))
            }
        }
    }

    @Test func `a zone that another server had begins above its serial`() async throws {
        try await withFolder { folder in
            func above(_ serial: String) throws {
                try write(folder) { $0 += "serials-above: [\"\(Self.zone)=\(serial)\", \"\(Self.fileZone)=7\"]\n" }
            }
            try await run(in: folder) { running async throws in
                try above("2026112901")
                _ = try await running.server.reloading.reload().get()
                #expect(try await running.soa() == 2_026_112_902)
                // Ten is above seven.
                #expect(try await running.soa(of: Self.fileZone) == 10)
                _ = try await running.api.register()
                #expect(try await running.soa() > 2_026_112_902)
            }
            let last = try await run(in: folder) { running async throws in try await running.soa() }
            #expect(last > 2_026_112_902)
            try write(folder)
            // The key is no longer needed.
            try await run(in: folder) { running async throws in
                #expect(try await running.soa() == last)
                let status = running.server.serials.current(of: [try DomainName(Self.zone), try DomainName("other.example")])
                #expect(status == [Self.zone: last])
            }
        }
    }
}
