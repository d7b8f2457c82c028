import DNS
import Delegates
import PostgreSQL
import StorageParts
import Synchronization
import TestSupport
import Testing

@testable import PostgreSQLStorage

/// What nodes share, and the database cannot read.
@Suite(.timeLimit(.minutes(10)))
struct SharedSecretTests: StorageContract {
    private func keep(
        _ content: String, after former: ChangeSequence?, in storage: PostgreSQLDelegateStorage
    ) async throws -> Bool {
        try await storage.keep(content, named: "name", after: former, at: Samples.start, waits: true) == .kept
    }

    @Test func `a content takes the place of the one that it names, and of no other`() async throws {
        try await withPostgreSQL { storage in
            try await enrol(storage, "a")
            #expect(try await keep("one", after: nil, in: storage))
            let first = try #require(try await storage.sharedSecrets().first)
            #expect(first == SharedSecret(name: "name", content: "one", sequence: ChangeSequence(2)))
            for former in [nil, ChangeSequence(1), ChangeSequence(3)] as [ChangeSequence?] {
                #expect(try await !keep("two", after: former, in: storage))
            }
            #expect(try await storage.sharedSecrets() == [first])
            #expect(try await keep("three", after: first.sequence, in: storage))
            #expect(try await storage.sharedSecrets().map(\.content) == ["three"])
            #expect(try await storage.sharedSecrets().map(\.sequence) == [ChangeSequence(3)])
            // What was refused has no number.
            try await enrol(storage, "b")
            let loaded = try await storage.load(into: DelegateTable(), now: Samples.start)
            #expect(loaded.sequence == ChangeSequence(4))
        }
    }

    @Test func `of many at once one comes first`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withPostgreSQL(database) { first in
            try await withPostgreSQL(database) { second in
                let kept = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for index in 0..<20 {
                        let storage = index.isMultiple(of: 2) ? first : second
                        group.addTask { try await keep("\(index)", after: nil, in: storage) }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(kept == 1)
            }
        }
    }

    @Test func `followers hear of it as of each other change, also those that come later`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withPostgreSQL(database) { storage in
            let told = Mutex<[SharedSecret]>([])
            let table = DelegateTable()
            storage.follow(with: table, clock: SteadyClock { Samples.start })
            storage.followSecrets { secret in
                told.withLock { $0.append(secret) }
                return true
            }
            let begin = try await storage.load(into: table, now: Samples.start)
            #expect(try await keep("one", after: nil, in: storage))
            #expect(try await keep("two", after: ChangeSequence(1), in: storage))
            #expect(told.withLock { $0.map(\.content) } == ["one", "two"])
            guard case .entries(let entries) = try await storage.changes(after: begin, maximum: 10) else {
                Issue.record("the feed begins later")
                return
            }
            #expect(
                entries.map(\.effects) == [
                    [.secret(name: "name", content: "one")], [.secret(name: "name", content: "two")],
                ])
            // Other nodes see from this one's place that keys are others.
            #expect(table.sequence == ChangeSequence(2))
        }
    }

    @Test func `a node whose follower cannot take a content stays before it, and what comes later waits`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withPostgreSQL(database) { storage in
            try await withPostgreSQL(database) { other in
                let table = DelegateTable()
                let takes = Mutex(false)
                storage.follow(with: table, clock: SteadyClock { Samples.start })
                storage.followSecrets { _ in takes.withLock(\.self) }
                try await storage.load(into: table, now: Samples.start)
                #expect(try await keep("one", after: nil, in: other))
                try await enrol(other, "a")
                for _ in 0..<3 {
                    await #expect(throws: Following.Failure.secretNotTaken) { try await storage.following.catchUp() }
                    #expect(storage.following.place.sequence == ChangeSequence(0) && table.count == 0)
                }
                takes.withLock { $0 = true }
                try await storage.following.catchUp()
                #expect(storage.following.place.sequence == ChangeSequence(2) && table.count == 1)
            }
        }
    }
}
