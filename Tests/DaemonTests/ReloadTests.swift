import DNS
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// A configuration that is reloaded while the server runs.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct ReloadTests {
    private func withServer(_ body: (NuncioProcess, NuncioProcess.Ports, URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try write(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let ports = try await server.waitUntilReady()
            try await server.waitForFile(folder.appending(path: "nuncio.db.socket"))
            try await body(server, ports, folder)
        }
    }

    /// - Parameter address: The address of `www`, which is added to the configuration of every test.
    private func write(in folder: URL, address: String = "192.0.2.1", _ changes: (inout String) -> Void = { _ in }) throws {
        try NuncioProcess.writeConfiguration(in: folder) { text in
            text = text.replacing(
                "records:\n", with: "records:\n  - \"www.delegates.example.net. 60 IN A \(address)\"\n")
            changes(&text)
        }
    }

    private func address(_ ports: NuncioProcess.Ports) async throws -> [String] {
        try await onThread { () throws in
            let query = try QueryOctets("www.delegates.example.net", .a, edns: EDNS(payloadSize: 1232))
            return try ParsedMessage(TestClient(port: ports.dns).askOverUDP(query.octets)).answers.map { "\($0.data)" }
        }
    }

    private func reload(_ folder: URL) async throws -> (exitCode: Int, out: String, error: String) {
        try await NuncioProcess.run(["reload", "--config", "nuncio.yaml"], in: folder)
    }

    @Test func `records, limits and the log's level hold from the next query on`() async throws {
        try await withServer { server, ports, folder async throws in
            #expect(try await address(ports) == ["192.0.2.1"])
            try write(in: folder, address: "192.0.2.2") { $0 += "\nlogging: {level: debug, queries: 1}\n" }
            let outcome = try await reload(folder)
            #expect(outcome.exitCode == 0 && outcome.error.isEmpty)
            #expect(outcome.out.hasPrefix("“/") && outcome.out.hasSuffix("/nuncio.yaml” was read, and is now in effect.\n"))
            #expect(try await address(ports) == ["192.0.2.2"])
            try await server.waitForError("/nuncio.yaml [Daemon] configuration reloaded")
            try await server.waitForError("dns.name=www.delegates.example.net.")
        }
    }

    @Test func `SIGHUP does the same`() async throws {
        try await withServer { server, ports, folder async throws in
            try write(in: folder, address: "192.0.2.3")
            server.signal(SIGHUP)
            try await server.waitForError("configuration reloaded")
            #expect(try await address(ports) == ["192.0.2.3"])
        }
    }

    @Test(arguments: [
        (##"contact: "nobody""##, ##"“contact” must be a mail address"##),
        (##"nameserver: {listen: ["127.0.0.1:0"], threads: 7}"##, ##"“nameserver.threads” has changed: restart"##),
        (##"storage: {sqlite: {path: "elsewhere.db"}}"##, ##"“storage.sqlite.path” has changed: restart"##),
        (##"audit: {addresses: none}"##, ##"“audit.addresses” has changed: restart"##),
        (##"audit: {retention-days: 7}"##, ##"“audit.retention-days” has changed: restart"##),
        (##"surprise: 1"##, ##"surprise"##),
    ])
    func `what is wrong is told, and all stays as it was`(line: String, problem: String) async throws {
        try await withServer { server, ports, folder async throws in
            try write(in: folder, address: "192.0.2.4") { text in
                let key = line.prefix { $0 != ":" }
                let lines = text.split(separator: "\n")
                var isInside = false
                let others = lines.filter { other in
                    if !other.hasPrefix(" ") { isInside = other.hasPrefix("\(key):") }
                    return !isInside
                }
                text = others.joined(separator: "\n") + "\n\(line)\n"
            }
            // The command is told where the server is, whatever the configuration says.
            let outcome = try await NuncioProcess.run(
                ["reload", "--config", "nuncio.yaml", "--storage", "nuncio.db"], in: folder)
            #expect(outcome.exitCode == 2 && outcome.error.contains(problem), "\(outcome)")
            #expect(
                outcome.error.hasSuffix("/nuncio.yaml” was read, but the old configuration stays in effect.\n"), "\(outcome)")
            #expect(try await address(ports) == ["192.0.2.1"])
            try await server.waitForError("configuration not reloaded")
        }
    }

    @Test func `without a server the command says where it looked`() async throws {
        try await withTemporaryFolder { folder in
            try write(in: folder)
            let outcome = try await reload(folder)
            #expect(outcome.exitCode == 6 && outcome.error.contains("nuncio.db.socket"))
        }
    }

    @Test func `no query is lost while the configuration is read anew`() async throws {
        try await withServer { server, ports, folder async throws in
            let isOver = Flag()
            try await withThrowingTaskGroup(of: Int.self) { group in
                for client in 0..<4 {
                    group.addTask {
                        try await onThread { () throws in
                            let dns = TestClient(port: ports.dns)
                            var count = 0
                            while !isOver.isRaised || count < 200 {
                                let query = try QueryOctets("www.delegates.example.net", .a).octets
                                let response = try ParsedMessage(
                                    client % 2 == 0 ? dns.askOverUDP(query) : dns.askOverTCP(query))
                                guard response.answers.count == 1 else {
                                    throw NuncioProcess.Failure(description: "\(response)")
                                }
                                count += 1
                            }
                            return count
                        }
                    }
                }
                for round in 1...20 {
                    try write(in: folder, address: "192.0.2.\(round)")
                    server.signal(SIGHUP)
                    try await onThread { () throws in
                        let query = try QueryOctets("www.delegates.example.net", .a).octets
                        let deadline = Date(timeIntervalSinceNow: 15)
                        while try ParsedMessage(TestClient(port: ports.dns).askOverUDP(query)).answers.first
                            .map({ "\($0.data)" }) != "192.0.2.\(round)"
                        {
                            guard Date() < deadline else { throw NuncioProcess.Failure(description: "not reloaded") }
                        }
                    }
                }
                isOver.raise()
                for try await count in group { #expect(count >= 200) }
            }
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isRaised: Bool { value.load(ordering: .relaxed) }
        func raise() { value.store(true, ordering: .relaxed) }
    }
}
