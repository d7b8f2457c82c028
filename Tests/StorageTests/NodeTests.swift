import DNS
import Delegates
import PostgreSQL
import StorageParts
import Synchronization
import TestSupport
import Testing

@testable import PostgreSQLStorage

/// Nodes over one database, each with its own table.
@Suite(.timeLimit(.minutes(10)))
struct NodeTests: StorageContract {
    /// A node, with the table that it answers from.
    private struct Node: Sendable {
        let table: DelegateTable
        let gate: AnswerGate
        let settings: NodeSettings

        init(_ name: String, ask: @escaping @Sendable (String) async -> PeerAnswer = { _ in .silent }) {
            let began = ContinuousClock.now
            let gate = AnswerGate { UInt64(began.duration(to: .now) / .nanoseconds(1)) + 1 }
            let table = DelegateTable(gate: gate)
            self.gate = gate
            self.table = table
            settings = NodeSettings(
                name: name, version: "test", started: Samples.start, address: name, lease: .seconds(2), gate: gate, ask: ask,
                shown: { table.sequence.number },
                reload: { storage throws(StorageError) in try await storage.load(into: table, now: Samples.start) })
        }

        func run(_ database: String, _ body: (PostgreSQLDelegateStorage) async throws -> Void) async throws {
            try await withPostgreSQL(database, node: settings) { storage in
                storage.follow(with: table, clock: SteadyClock { Samples.start })
                try await storage.load(into: table, now: Samples.start)
                try await body(storage)
            }
        }
    }

    @Test func `a change that is acknowledged is in the tables of all nodes`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        let (first, second) = (Node("ns1"), Node("ns2"))
        try await first.run(database) { one in
            try await second.run(database) { other in
                for index in 1...20 {
                    let (maker, follower) = index.isMultiple(of: 2) ? (one, second) : (other, first)
                    let label = "d\(index)"
                    try await enrol(maker, label)
                    _ = try await maker.publish(Samples.value(index), at: try name(label), at: Samples.start)
                    #expect(follower.table.values(at: try name(label), now: Samples.start)?.count == 1, "\(label)")
                }
                #expect(first.table.sequence == second.table.sequence)
                #expect(one.nodeStatuses.map(\.name) == ["ns1", "ns2"])
                #expect(one.leads)
                #expect(!other.leads)
            }
        }
    }

    @Test func `changes of many nodes at once are in one order without a gap`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        let (first, second) = (Node("ns1"), Node("ns2"))
        try await first.run(database) { one in
            try await second.run(database) { other in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<60 {
                        let storage = index.isMultiple(of: 2) ? one : other
                        group.addTask { try await enrol(storage, "d\(index)") }
                    }
                    try await group.waitForAll()
                }
                let place = FeedPlace(
                    feed: try await one.load(into: DelegateTable(), now: Samples.start).feed, sequence: ChangeSequence(0))
                guard case .entries(let entries) = try await other.changes(after: place, maximum: 1000) else {
                    Issue.record("the feed begins later")
                    return
                }
                #expect(entries.map(\.sequence.number) == Array(1...60))
                #expect(first.table.count == 60)
                #expect(second.table.count == 60)
                #expect(try await one.verifyAuditLog() == other.verifyAuditLog())
            }
        }
    }

    @Test func `a second node of the same name is refused while the first one lives`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await Node("ns1").run(database) { _ in
            await #expect {
                try await Node("ns1").run(database) { _ in }
            } throws: { "\($0)".contains("another node is named “ns1”") }
        }
        // It has given the name back.
        try await Node("ns1").run(database) { storage in
            try await waitUntil("it is there") { storage.nodeStatuses.map(\.name) == ["ns1"] }
        }
    }

    @Test func `a node that begins later has all that was changed before`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        let (first, second) = (Node("ns1"), Node("ns2"))
        try await first.run(database) { one in
            try await enrol(one, "a", "b")
            _ = try await one.publish(Samples.value(1), at: try name("a"), at: Samples.start)
            try await second.run(database) { other in
                try await waitUntil("the gate opens") { second.gate.isOpen }
                #expect(second.table.values(at: try name("a"), now: Samples.start)?.count == 1)
                #expect(second.table.count == 2)
            }
        }
    }

    @Test func `a node without a database keeps its answers back as soon as another shows more`() async throws {
        let server = try PostgreSQLServer()
        let database = try server.makeDatabase()
        let shown = Mutex(PeerAnswer.shows(0))
        let node = Node("ns1", ask: { _ in shown.withLock(\.self) })
        let other = Node("ns2")
        try await node.run(database) { storage in
            try await other.run(database) { _ in
                try await enrol(storage, "a")
                try await waitUntil("the gate opens") { node.gate.isOpen }
                shown.withLock { $0 = .shows(1) }
                try await waitUntil("each knows the other") { storage.nodeStatuses.count == 2 }
                server.stopAll()
                // Longer than the lease.
                let began = ContinuousClock.now
                try await waitUntil("the lease is over") { began.duration(to: .now) > .seconds(4) }
                // Each look lets it answer for less than a second: on a busy machine the next one can come late.
                try await waitUntil("the gate is open: nobody shows more") { node.gate.isOpen }
                try await waitUntil("the gate of the other one, to which the first is silent, closes") { !other.gate.isOpen }
                shown.withLock { $0 = .shows(2) }
                try await waitUntil("the gate closes") { !node.gate.isOpen }
                shown.withLock { $0 = .shows(1) }
                server.continueAll()
                try await waitUntil("the gates open again") { node.gate.isOpen && other.gate.isOpen }
                try await enrol(storage, "b")
                #expect(other.table.count == 2)
            }
        }
    }

    @Test func `a sequence that went back goes on above all that was shown`() async throws {
        let server = try PostgreSQLServer.shared
        let database = try server.makeDatabase()
        let (node, log) = (Node("ns1"), CapturedLog())
        let databaseName = try #require(try ConnectionString(database)["dbname"])
        try await withPostgreSQL(database, node: node.settings, log: log) { storage in
            storage.follow(with: node.table, clock: SteadyClock { Samples.start })
            try await storage.load(into: node.table, now: Samples.start)
            try await enrol(storage, "a", "b", "c")
            _ = try await storage.publish(Samples.value(1), at: try name("c"), at: Samples.start)
            // As after a failover to a replica that lacks the last two changes.
            try server.execute(
                """
                DELETE FROM challenge_value; DELETE FROM credential WHERE delegate_id = 3; DELETE FROM delegate WHERE id = 3;
                DELETE FROM change_feed WHERE number > 2; DELETE FROM audit_entry WHERE number > 2;
                UPDATE change_sequence SET number = 2, shown_number = 2, last_delegate_id = 2
                """, in: databaseName)
            try await waitUntil("the loss is told") { log.lines.contains { $0.contains("lost changes") } }
            #expect(node.table.values(at: try name("c"), now: Samples.start)?.count == 1, "What was shown stays.")
            try await enrol(storage, "d")
            #expect(node.table.sequence == ChangeSequence(5))
            #expect(node.table.count == 4)
        }
    }

    @Test func `after a loss the next change gets a number above all that was shown, also before anybody has noticed`()
        async throws
    {
        let server = try PostgreSQLServer.shared
        let database = try server.makeDatabase()
        let databaseName = try #require(try ConnectionString(database)["dbname"])
        let (first, second) = (Node("ns1"), Node("ns2"))
        try await first.run(database) { one in
            try await second.run(database) { other in
                try await enrol(one, "a", "b", "c")
                // In one transaction, so that no renewal comes between.
                try server.execute(
                    """
                    DELETE FROM credential WHERE delegate_id = 3; DELETE FROM delegate WHERE id = 3;
                    DELETE FROM change_feed WHERE number > 2; DELETE FROM audit_entry WHERE number > 2;
                    UPDATE change_sequence SET number = 2, shown_number = 2, last_delegate_id = 2; UPDATE node SET place = 2
                    """, in: databaseName)
                try await enrol(one, "d")
                try await enrol(other, "e")
                for table in [first.table, second.table] {
                    for label in ["d", "e"] { #expect(table.isEnrolled(try name(label))) }
                }
                #expect(first.table.sequence == second.table.sequence)
            }
        }
    }

    @Test func `a node that was in the middle of what was lost goes on`() async throws {
        let server = try PostgreSQLServer.shared
        let database = try server.makeDatabase()
        let databaseName = try #require(try ConnectionString(database)["dbname"])
        try await Node("ns1").run(database) { storage in
            try await enrol(storage, "a", "b")
            // Another node has shown ten changes more, and has raised the sequence; this one has the first of them.
            try server.execute(
                """
                INSERT INTO change_feed (number, part, places, time) VALUES (3, 0, 1, 0);
                UPDATE change_sequence SET number = 3, shown_number = 3
                """, in: databaseName)
            try await waitUntil("it has the first one") { storage.following.place.sequence == ChangeSequence(3) }
            try server.execute(
                """
                UPDATE change_feed SET places = 10 WHERE number = 3; UPDATE change_sequence SET number = 12, shown_number = 12
                """, in: databaseName)
            try await waitUntil("it has all of them") { storage.following.place.sequence == ChangeSequence(12) }
            try await enrol(storage, "c")
        }
    }

    @Test func `a node keeps its answers back when its database is another one`() async throws {
        let server = try PostgreSQLServer.shared
        let database = try server.makeDatabase()
        let databaseName = try #require(try ConnectionString(database)["dbname"])
        let (node, log) = (Node("ns1"), CapturedLog())
        try await withPostgreSQL(database, node: node.settings, log: log) { storage in
            storage.follow(with: node.table, clock: SteadyClock { Samples.start })
            try await storage.load(into: node.table, now: Samples.start)
            try await waitUntil("the gate opens") { node.gate.isOpen }
            try server.execute("UPDATE feed SET name = gen_random_uuid()::text", in: databaseName)
            try await waitUntil("the gate closes") { !node.gate.isOpen }
            try await waitUntil("the log says so") { log.lines.contains { $0.contains("restart this node") } }
            await #expect { try await enrol(storage, "a") } throws: { "\($0)".contains("another one") }
        }
    }
}
