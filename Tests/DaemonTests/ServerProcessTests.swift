import DNS
import DelegateAPI
import Delegates
import Foundation
import GRDB
import Glibc
import Synchronization
import TestSupport
import Testing

/// The highest number for which each delegate's client got a 200.
private final class Acknowledged: Sendable {
    private let numbers: Mutex<[String: Int]>

    init(_ numbers: [String: Int]) {
        self.numbers = Mutex(numbers)
    }

    var all: [String: Int] { numbers.withLock { $0 } }
    var total: Int { numbers.withLock { $0.values.reduce(0, +) } }

    func last(of credential: RegisterResponse) -> Int {
        numbers.withLock { $0[credential.fulldomain] ?? 0 }
    }

    /// - Returns: The new total.
    func note(_ number: Int, of credential: RegisterResponse) -> Int {
        numbers.withLock { numbers in
            numbers[credential.fulldomain] = number
            return numbers.values.reduce(0, +)
        }
    }
}

/// The whole server as a process: what it keeps when it is killed, and how it starts and stops.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct ServerProcessTests {
    private func withServer(_ body: (NuncioProcess, NuncioProcess.Ports, URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            try await body(server, try await server.waitUntilReady(), folder)
        }
    }

    private func ask(_ name: String, _ type: RecordType, at port: UInt16) async throws -> ParsedMessage {
        try await onThread {
            try ParsedMessage(TestClient(port: port).askOverTCP(QueryOctets(name, type, edns: EDNS(payloadSize: 1232)).octets))
        }
    }

    @Test func `a delegate can be asked for before the first value, and each value at once`() async throws {
        try await withServer { server, ports, _ in
            let api = API(port: ports.http)
            let credential = try await api.register()
            for type in [RecordType.txt, .a, .soa, .ns, .cname, .ds] {
                let before = try await ask(credential.fulldomain, type, at: ports.dns)
                #expect(before.responseCode == .noError && before.negativeSOA != nil)
            }
            for index in 1...100 {
                #expect(try await api.update(credential, Samples.value(index).text) == 200)
                let texts = try await ask(credential.fulldomain, .txt, at: ports.dns).texts
                #expect(texts.last == Samples.value(index).text && texts.count == min(index, 64))
            }
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }

    /// Ten times: clients publish, the process is killed meanwhile, and the next one answers all that was acknowledged.
    @Test func `acknowledged values survive kill -9`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            var credentials: [RegisterResponse] = []
            var last: [String: Int] = [:]
            for round in 0..<10 {
                let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
                let ports = try await server.waitUntilReady()
                let api = API(port: ports.http)
                for (delegate, index) in last {
                    let texts = try await ask(delegate, .txt, at: ports.dns).texts
                    #expect(texts.contains(Samples.value(index).text), "round \(round)")
                }
                while credentials.count < 8 { credentials.append(try await api.register()) }

                let acknowledged = Acknowledged(last)
                // The kill comes in the middle: after a number of further acknowledgements, different in each round.
                let enough = acknowledged.total + 40 + round * 7
                await withTaskGroup { group in
                    for credential in credentials {
                        group.addTask {
                            let first = acknowledged.last(of: credential) + 1
                            for index in first..<first + 1000 {
                                guard (try? await api.update(credential, Samples.value(index).text)) == 200 else { return }
                                if acknowledged.note(index, of: credential) == enough { server.signal(SIGKILL) }
                            }
                        }
                    }
                }
                #expect(try await server.waitForExit() == -Int(SIGKILL))
                last = acknowledged.all
            }
            #expect(last.values.reduce(0, +) >= 400)
        }
    }

    @Test func `SIGTERM loses nothing that was acknowledged and ends with 0`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            var server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            var ports = try await server.waitUntilReady()
            let api = API(port: ports.http)
            let credential = try await api.register()
            var acknowledged = 0
            while (try? await api.update(credential, Samples.value(acknowledged + 1).text)) == 200 {
                acknowledged += 1
                if acknowledged == 30 { server.signal(SIGTERM) }
            }
            #expect(try await server.waitForExit() == 0)
            #expect(acknowledged >= 30)
            server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            ports = try await server.waitUntilReady()
            let texts = try await ask(credential.fulldomain, .txt, at: ports.dns).texts
            #expect(texts.contains(Samples.value(acknowledged).text))
        }
    }

    @Test func `while the storage cannot be written, DNS answers what was committed and the API says 503`() async throws {
        try await withServer { _, ports, folder in
            let api = API(port: ports.http)
            let credential = try await api.register()
            #expect(try await api.update(credential, Samples.value(1).text) == 200)

            var configuration = GRDB.Configuration()
            configuration.allowsUnsafeTransactions = true
            let intruder = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path, configuration: configuration)
            try await intruder.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
            #expect(try await api.update(credential, Samples.value(2).text) == 503)
            #expect(try await api.health() == 503)
            #expect(try await ask(credential.fulldomain, .txt, at: ports.dns).texts == [Samples.value(1).text])
            #expect(try await ask(credential.fulldomain, .a, at: ports.dns).responseCode == .noError)

            try await intruder.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            #expect(try await api.update(credential, Samples.value(3).text) == 200)
            #expect(try await api.health() == 200)
            #expect(try await ask(credential.fulldomain, .txt, at: ports.dns).texts == [1, 3].map { Samples.value($0).text })
        }
    }

    @Test func `what it makes is for its own user alone`() async throws {
        try await withServer { _, _, folder in
            for name in ["nuncio.db", "nuncio.db-wal", "nuncio.db.lock"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
        }
    }

    // MARK: Not starting

    @Test func `a DNS port that is taken is told with who has it`() async throws {
        try await withServer { _, ports, _ in
            try await withTemporaryFolder { folder in
                try NuncioProcess.writeConfiguration(in: folder)
                let second = try await NuncioProcess.run(
                    ["serve", "--config", "nuncio.yaml", "--dns-listen", "127.0.0.1:\(ports.dns)"], in: folder)
                #expect(second.exitCode == 3)
                #expect(
                    second.error.contains(/cannot listen on 127\.0\.0\.1:\d+ \(UDP\): nuncio \(process \d+\) has it/),
                    "\(second.error)")
                #expect(!second.error.contains("] ready"))
            }
        }
    }

    @Test func `an HTTP port that is taken is told with who has it`() async throws {
        try await withServer { _, ports, _ in
            try await withTemporaryFolder { folder in
                try NuncioProcess.writeConfiguration(in: folder)
                let second = try await NuncioProcess.run(
                    ["serve", "--config", "nuncio.yaml", "--http-listen", "127.0.0.1:\(ports.http)"], in: folder)
                #expect(second.exitCode == 3)
                #expect(
                    second.error.contains(/cannot listen on 127\.0\.0\.1:\d+ \(TCP\): nuncio \(process \d+\) has it/),
                    "\(second.error)")
                #expect(!second.error.contains("] ready"))
            }
        }
    }

    @Test func `a second HTTP port that is taken is told as the first would be`() async throws {
        try await withServer { _, ports, _ in
            try await withTemporaryFolder { folder in
                try NuncioProcess.writeConfiguration(in: folder)
                let second = try await NuncioProcess.run(
                    [
                        "serve", "--config", "nuncio.yaml", "--http-listen", "127.0.0.1:0", "--http-listen",
                        "127.0.0.1:\(ports.http)",
                    ], in: folder)
                #expect(
                    second.exitCode == 3 && second.error.contains("cannot listen on 127.0.0.1:\(ports.http) (TCP)"),
                    "\(second.error)")
            }
        }
    }

    @Test func `a port for metrics that is taken stops the start`() async throws {
        try await withServer { _, ports, _ in
            try await withTemporaryFolder { folder in
                try NuncioProcess.writeConfiguration(in: folder)
                let second = try await NuncioProcess.run(
                    ["serve", "--config", "nuncio.yaml"], in: folder,
                    environment: ["NUNCIO_METRICS_LISTEN": "127.0.0.1:\(ports.http)"])
                #expect(second.exitCode == 3, "\(second.error)")
                #expect(second.error.contains("cannot listen on 127.0.0.1:\(ports.http) (TCP)"))
                #expect(!second.error.contains("] ready"))
            }
        }
    }

    @Test func `an address of another machine is told`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let result = try await NuncioProcess.run(
                ["serve", "--config", "nuncio.yaml", "--dns-listen", "192.0.2.1:53"], in: folder)
            #expect(result.exitCode == 3 && result.error.contains("not an address of this machine"))
        }
    }

    @Test func `storage that another process has is told`() async throws {
        try await withServer { _, _, folder in
            let second = try await NuncioProcess.run(["serve", "--config", "nuncio.yaml"], in: folder)
            #expect(second.exitCode == 4 && second.error.contains("another nuncio has it open"))
        }
    }

    @Test func `storage that cannot be opened is told`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let result = try await NuncioProcess.run(
                ["serve", "--config", "nuncio.yaml", "--storage", "/proc/nothing/nuncio.db"], in: folder)
            #expect(result.exitCode == 4 && result.error.contains("“/proc/nothing/nuncio.db” cannot be opened"))
        }
    }

    @Test func `a wrong configuration does not start`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder) { $0 += "registraton: 1\n" }
            let result = try await NuncioProcess.run(["serve", "--config", "nuncio.yaml"], in: folder)
            #expect(
                result.exitCode == 2 && result.error.contains("nuncio.yaml:15: there is no key “registraton”"),
                "\(result.error)")
        }
    }

    @Test func `log lines can be JSON`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml", "--log-format", "json"], in: folder)
            try await server.waitForError("\"message\":\"ready\"")
            server.signal(SIGINT)
            #expect(try await server.waitForExit() == 0)
            for line in server.standardError.split(separator: "\n") {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                #expect(object?["level"] != nil && object?["message"] != nil && object?["time"] != nil, "\(line)")
            }
        }
    }
}
