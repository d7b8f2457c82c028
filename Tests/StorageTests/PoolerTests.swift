import Delegates
import Foundation
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import PostgreSQLStorage

/// A storage behind a pooler.
@Suite(.timeLimit(.minutes(10)))
struct PoolerTests: StorageContract {
    private func settings(_ table: DelegateTable, _ gate: AnswerGate) -> NodeSettings {
        NodeSettings(
            name: "ns1", version: "test", started: Samples.start, address: "", lease: .seconds(5), gate: gate,
            ask: { _ in .silent }, shown: { table.sequence.number },
            reload: { storage throws(StorageError) in try await storage.load(into: table, now: Samples.start) })
    }

    @Test(.enabled(if: Pooler.Kind.pgbouncer(mode: "session").isInstalled), arguments: ["session", "transaction"])
    func `changes are made behind a pooler in each mode, and the log says where notifications do not come`(
        mode: String
    ) async throws {
        try await withTemporaryFolder { folder in
            let server = try PostgreSQLServer.shared
            let pooler = try Pooler(.pgbouncer(mode: mode), of: server, in: folder)
            let database = try pooler.connection(to: server.makeDatabase())
            let gate = AnswerGate { 1 }
            let (table, log) = (DelegateTable(gate: gate), CapturedLog())
            try await withPostgreSQL(database, node: settings(table, gate), log: log) { storage in
                storage.follow(with: table, clock: SteadyClock { Samples.start })
                try await storage.load(into: table, now: Samples.start)
                for index in 1...5 {
                    try await enrol(storage, "d\(index)")
                    _ = try await storage.publish(Samples.value(index), at: try name("d\(index)"), at: Samples.start)
                }
                #expect(table.sequence == ChangeSequence(10))
                func warnings() -> Int { log.lines.count { $0.contains("no notifications come") } }
                if mode == "transaction" {
                    try await waitUntil("the log says so") { warnings() == 1 }
                } else {
                    try await waitUntil("notifications come") { storage.hearsNotifications == true }
                    #expect(warnings() == 0)
                }
            }
        }
    }

    @Test(.enabled(if: Pooler.Kind.pgpool.isInstalled))
    func `a start behind pgpool is refused with the reason`() async throws {
        try await withTemporaryFolder { folder in
            let server = try PostgreSQLServer.shared
            let pooler = try Pooler(.pgpool, of: server, in: folder)
            let database = try pooler.connection(to: server.makeDatabase())
            let error = await #expect(throws: StorageError.self) { try await withPostgreSQL(database) { _ in } }
            #expect(error.map { "\($0)" }?.contains("pgpool is in between") == true, "\(String(describing: error))")
        }
    }
}
