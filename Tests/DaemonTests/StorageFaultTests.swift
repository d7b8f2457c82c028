import DNS
import DelegateAPI
import Delegates
import Foundation
import Glibc
import NIOCore
import TestSupport
import Testing

/// The whole server on a disk that hangs, fails or is full.
@Suite(
    .serialized, .timeLimit(.minutes(30)),
    .enabled("strace is missing, or may not watch other processes here") { await StorageFault.isPossible() })
struct StorageFaultTests {
    private static let allCalls = "pread64,pwrite64,fsync,fdatasync"

    private func withServer(
        _ body: (NuncioProcess, NuncioProcess.Ports, URL) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            try await body(server, try await server.waitUntilReady(), folder)
        }
    }

    private func texts(_ credential: RegisterResponse, at port: UInt16) async throws -> [String] {
        try await onThread {
            let query = try QueryOctets(credential.fulldomain, .txt, edns: EDNS(payloadSize: 1232)).octets
            let response = try ParsedMessage(TestClient(port: port).askOverUDP(query))
            guard !response.isTruncated else { return try ParsedMessage(TestClient(port: port).askOverTCP(query)).texts }
            return response.texts
        }
    }

    /// Kills the server, starts another, and returns its answer for each delegate.
    private func textsAfterKill(
        _ server: NuncioProcess, _ credentials: [RegisterResponse], in folder: URL
    ) async throws -> [[String]] {
        server.signal(SIGKILL)
        #expect(try await server.waitForExit() == -Int(SIGKILL))
        let next = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
        let ports = try await next.waitUntilReady()
        var answers: [[String]] = []
        for credential in credentials { answers.append(try await texts(credential, at: ports.dns)) }
        return answers
    }

    @Test(arguments: ["fsync,fdatasync", "pwrite64", allCalls])
    func `while the disk hangs, DNS answers, updates are refused, and memory stays what it was`(_ calls: String) async throws {
        try await withServer { server, ports, folder in
            let api = API(port: ports.http)
            let credential = try await api.register()
            #expect(try await api.update(credential, Samples.value(1).text) == 200)

            let fault = try await StorageFault("delay_enter=600s", calls: calls, of: server.processID, in: folder)
            // 40 clients; the server waits for the first change of each, for as long as clients are let wait.
            let firstStatuses = try await statuses(1, from: 40, of: credential, api)
            #expect(firstStatuses == [503])
            #expect(try await api.health() == 503)
            let before = try server.residentKilobytes()
            async let laterStatuses = statuses(50, from: 40, of: credential, api)
            for _ in 0..<100 {
                #expect(try await texts(credential, at: ports.dns) == [Samples.value(1).text])
            }
            #expect(try await laterStatuses == [503])
            #expect(try await api.health() == 503)
            let after = try server.residentKilobytes()
            #expect(after - before < 16_384, "from \(before) KB to \(after) KB")

            try await fault.end()
            try await waitUntil("updates work again") { try await api.update(credential, Samples.value(2).text) == 200 }
            #expect(try await api.health() == 200)
            let answered = try await texts(credential, at: ports.dns)
            #expect(answered.first == Samples.value(1).text && answered.last == Samples.value(2).text)
            // The stall is logged once.
            let commits = server.standardError.matches(of: /commit stalls:/).count
            let reads = server.standardError.matches(of: /reads stall:/).count
            #expect(commits <= 1 && reads <= 1 && commits + reads >= 1, "\(server.standardError)")
            // A change that came through late was in the table as it was in the file.
            #expect(try await textsAfterKill(server, [credential], in: folder) == [answered])
        }
    }

    /// Each client makes its updates one after the other, with a value that is none of those acknowledged before and after.
    private func statuses(
        _ count: Int, from clients: Int, of credential: RegisterResponse, _ api: API
    ) async throws -> Set<Int> {
        try await withThrowingTaskGroup { group in
            for client in 0..<clients {
                group.addTask {
                    var statuses: Set<Int> = []
                    for _ in 0..<count { statuses.insert(try await api.update(credential, Samples.value(100 + client).text)) }
                    return statuses
                }
            }
            return try await group.reduce(into: []) { $0.formUnion($1) }
        }
    }

    @Test(arguments: [("fsync,fdatasync", "EIO"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC")])
    func `while the disk fails, DNS answers and updates are refused, until it is well again`(
        _ calls: String, _ error: String
    ) async throws {
        try await withServer { server, ports, folder in
            let api = API(port: ports.http)
            let credential = try await api.register()
            #expect(try await api.update(credential, Samples.value(1).text) == 200)
            let fault = try await StorageFault("error=\(error)", calls: calls, of: server.processID, in: folder)
            for index in 100..<110 {
                #expect(try await api.update(credential, Samples.value(index).text) == 503)
                #expect(try await api.health() == 503)
                #expect(try await texts(credential, at: ports.dns) == [Samples.value(1).text])
            }
            try await fault.end()
            #expect(try await api.health() == 200)
            #expect(try await api.update(credential, Samples.value(2).text) == 200)
            let expected = [1, 2].map { Samples.value($0).text }
            #expect(try await texts(credential, at: ports.dns) == expected)
            #expect(try await textsAfterKill(server, [credential], in: folder) == [expected])
        }
    }

    /// In each thread, the second call fails and every third after that; of writes, of which a commit has many, fewer do.
    @Test(arguments: [
        ("fsync,fdatasync", "error=EIO:when=2+3"), ("pwrite64", "error=EIO:when=20+60"),
        ("pwrite64", "error=ENOSPC:when=20+60"),
    ])
    func `on a disk that fails now and then, what was acknowledged survives kill -9`(
        _ calls: String, _ effect: String
    ) async throws {
        try await withServer { server, ports, folder in
            let api = API(port: ports.http)
            var credentials: [RegisterResponse] = []
            while credentials.count < 8 { credentials.append(try await api.register()) }
            let fault = try await StorageFault(effect, calls: calls, of: server.processID, in: folder)
            let acknowledged = try await withThrowingTaskGroup { group in
                for (client, credential) in credentials.enumerated() {
                    group.addTask {
                        var acknowledged: Set<String> = []
                        for index in 1...50 {
                            let value = Samples.value(client * 100 + index).text
                            if try await api.update(credential, value) == 200 { acknowledged.insert(value) }
                        }
                        return (client, acknowledged)
                    }
                }
                return try await group.reduce(into: [Int: Set<String>]()) { $0[$1.0] = $1.1 }
            }
            let count = acknowledged.values.reduce(0) { $0 + $1.count }
            #expect(count > 0 && count < 8 * 50)
            let answers = try await textsAfterKill(server, credentials, in: folder)
            try await fault.end()
            for (client, values) in acknowledged { #expect(values.isSubset(of: answers[client])) }
        }
    }

    @Test func `a stop while the disk hangs ends, and acknowledges nothing`() async throws {
        try await withServer { server, ports, folder in
            let api = API(port: ports.http)
            let credential = try await api.register()
            #expect(try await api.update(credential, Samples.value(1).text) == 200)
            let fault = try await StorageFault("delay_enter=600s", calls: "fsync,fdatasync", of: server.processID, in: folder)
            async let update = api.update(credential, Samples.value(2).text)
            try await waitUntil("the commit stalls") { try await api.health() == 503 }
            server.signal(SIGTERM)
            #expect(try await update == 503)
            try await server.waitForError("] stopped\n")
            #expect(server.standardError.contains("storage not closed cleanly"))
            // strace keeps a process that ends until the delay is over; a disk would, too.
            try await fault.endAtOnce()
            #expect(try await server.waitForExit() == 0)

            let next = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let answered = try await texts(credential, at: try await next.waitUntilReady().dns)
            #expect(answered.first == Samples.value(1).text)
        }
    }
}
