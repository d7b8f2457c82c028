import DNS
import Delegates
import Foundation
import GRDB
import Logging
import ServiceLifecycle
import StorageParts
import Synchronization
import TestSupport
import Testing

@testable import SQLiteStorage

/// The answers to clients while the storage takes its time. Another connection's lock on the file holds a commit up: the
/// storage waits for it inside its transaction, as it would wait for a disk.
@Suite(.timeLimit(.minutes(30)))
struct StallTests {
    private let credential: Credential
    private let log = CapturedLog()
    private let deadlines: StorageDeadlines

    init() throws {
        credential = Credential(
            username: UniqueID.random(), keyDigest: APIKey.random().digest,
            delegate: try DomainName("a.d.example"), allowedNetworks: .all, created: Samples.start)
        var deadlines = StorageDeadlines()
        deadlines.stall = .milliseconds(200)
        deadlines.commit = .milliseconds(500)
        deadlines.lock = .seconds(120)
        self.deadlines = deadlines
    }

    /// Holds SQLite's one lock for writing.
    private struct WriteLock {
        private let database: DatabaseQueue

        init(in folder: URL) async throws {
            var configuration = GRDB.Configuration()
            configuration.allowsUnsafeTransactions = true
            database = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path, configuration: configuration)
            try await database.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        }

        func release() async throws {
            try await database.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        }
    }

    private final class Counter: Sendable {
        let value = Mutex(0)
    }

    /// A table, and publishing that keeps it up to date.
    private func room(_ storage: SQLiteDelegateStorage) async throws -> (table: DelegateTable, publishing: Publishing) {
        let table = DelegateTable()
        let clock = SteadyClock { Samples.start }
        storage.follow(with: table, clock: clock)
        try await storage.load(into: table, now: Samples.start)
        return (table, Publishing(storage: storage, table: table, clock: clock, limits: Limits()))
    }

    private func values(_ table: DelegateTable) -> [RecordData] {
        table.values(at: credential.name, now: Samples.start) ?? []
    }

    private func isTrouble(_ error: any Error) -> Bool { error is StorageError }

    private func lines(_ message: String) -> Int { log.lines.count { $0.contains(message) } }

    @Test func `whoever waits for a stalled commit is told, and what comes through after all is in the table`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder, deadlines: deadlines, log: log) { storage in
                _ = try await storage.enrol(credential, at: Samples.start)
                let (table, publishing) = try await room(storage)
                try await publishing.publish(Samples.value(1), at: credential.name, by: Actor(.server, from: nil))

                let lock = try await WriteLock(in: folder)
                await #expect {
                    try await publishing.publish(Samples.value(2), at: credential.name, by: Actor(.server, from: nil))
                } throws: {
                    isTrouble($0)
                }
                #expect(values(table) == [Samples.value(1).recordData] && table.isStale)
                // Refused at once now, and not committed later.
                await #expect {
                    try await publishing.publish(Samples.value(3), at: credential.name, by: Actor(.server, from: nil))
                } throws: { error in
                    "\(error)".hasPrefix("the storage has not finished a commit for")
                }
                await #expect { try await storage.checkHealth() } throws: { isTrouble($0) }
                // Committed data can still be read.
                #expect(try await storage.credential(of: credential.username) == credential)

                try await lock.release()
                try await waitUntil("what was under way is in the table") { values(table).count == 2 }
                #expect(!table.isStale)
                try await waitUntil("changes are taken again") { (try? await storage.checkHealth()) != nil }
                try await publishing.publish(Samples.value(4), at: credential.name, by: Actor(.server, from: nil))
                let expected = [1, 2, 4].map { Samples.value($0).recordData }
                #expect(values(table) == expected)
                // The table matches the database.
                let reloaded = DelegateTable()
                try await storage.load(into: reloaded, now: Samples.start)
                #expect(values(reloaded) == expected && reloaded.sequence == table.sequence)
            }
            #expect(lines("commit stalls") == 1 && lines("commit no longer stalled") == 1, "\(log.lines)")
        }
    }

    @Test func `what waits without a transaction when its client is told is never committed`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder, deadlines: deadlines, log: log) { storage in
                _ = try await storage.enrol(credential, at: Samples.start)
                let (table, publishing) = try await room(storage)
                let lock = try await WriteLock(in: folder)
                // The first update has a transaction of its own or shares it with some; the rest waits for it to end.
                let published = await withTaskGroup { group in
                    for index in 1...50 {
                        group.addTask {
                            (try? await publishing.publish(
                                Samples.value(index), at: credential.name, by: Actor(.server, from: nil))) != nil
                        }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(published == 0)
                try await lock.release()
                try await waitUntil("the stall is over") { (try? await storage.checkHealth()) != nil }
                let committed = values(table)
                try await publishing.publish(Samples.value(51), at: credential.name, by: Actor(.server, from: nil))
                // No other value came in between.
                #expect(values(table) == committed + [Samples.value(51).recordData])
            }
        }
    }

    @Test func `a stop in the middle of a stall ends, and acknowledges nothing`() async throws {
        try await withTemporaryFolder { folder in
            let (lock, publication) = try await withSQLite(in: folder, deadlines: deadlines, log: log) { storage in
                _ = try await storage.enrol(credential, at: Samples.start)
                let lock = try await WriteLock(in: folder)
                let publication = Task { [credential] in
                    try await storage.publish(Samples.value(1), at: credential.name, at: Samples.start)
                }
                try await waitUntil("the commit stalls") { lines("commit stalls") == 1 }
                return (lock, publication)
            }
            await #expect { try await publication.value } throws: { isTrouble($0) }
            #expect(lines("storage not closed cleanly") == 1, "\(log.lines)")
            try await lock.release()
        }
    }

    @Test func `a read that stalls is given up, others are refused until the disk has answered`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder, deadlines: deadlines, log: log) { storage in
                let pool = try DatabasePool(path: folder.appending(path: "nuncio.db").path)
                let reads = DatabaseReads(database: pool, deadlines: deadlines, logger: log.logger)
                let disk = DispatchSemaphore(value: 0)
                let hasBegun = Mutex(false)
                let first = Task {
                    try await reads.read { _ in
                        hasBegun.withLock { $0 = true }
                        disk.wait()
                    }
                }
                try await waitUntil("the read is given up") {
                    // A read that is given up before it begins does not stall.
                    guard hasBegun.withLock(\.self) else { return false }
                    reads.checkDeadlines(now: .now)
                    return lines("reads stall") == 1
                }
                await #expect { try await first.value } throws: { isTrouble($0) }
                await #expect { try await reads.read { _ in 1 } } throws: { error in
                    "\(error)".hasPrefix("the storage has not finished a read for")
                }
                disk.signal()
                try await waitUntil("reads go on") { (try? await reads.read { _ in 1 }) == 1 }
                #expect(lines("reads no longer stalled") == 1)
            }
        }
    }

    @Test func `searches that wait for another one do not stall, and more than sixteen at once are refused`() async throws {
        var deadlines = StorageDeadlines()
        // Only the test says that it is over.
        deadlines.stall = .seconds(3600)
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder, deadlines: deadlines, log: log) { storage in
                let disk = DispatchSemaphore(value: 0)
                let begun = Counter()
                try await withThrowingTaskGroup(of: StorageError?.self) { group in
                    // Whatever fails, all searches end.
                    defer { for _ in 0..<17 { disk.signal() } }
                    for _ in 0..<17 {
                        group.addTask { [searches = storage.searches] in
                            do throws(StorageError) {
                                try await searches.read { _ in
                                    begun.value.withLock { $0 += 1 }
                                    disk.wait()
                                }
                                return nil
                            } catch {
                                return error
                            }
                        }
                    }
                    // The others wait, so this one has been refused.
                    #expect(try await group.next() == .overloaded)
                    let allWait = ContinuousClock.now
                    await #expect(throws: StorageError.overloaded) {
                        try await storage.delegates(DelegateFilter(text: "web"), after: nil, maximum: 1)
                    }
                    #expect(try await storage.delegates(DelegateFilter(), after: nil, maximum: 1).records.isEmpty)

                    let firstEnds = ContinuousClock.now
                    disk.signal()
                    #expect(try await group.next() == .some(nil))
                    try await waitUntil("the second search has begun") { begun.value.withLock { $0 } == 2 }
                    // A moment at which all others have waited for longer than a stall, and the second search has not run for so long.
                    let moment = firstEnds + deadlines.stall - allWait.duration(to: firstEnds) / 2
                    storage.searches.checkDeadlines(now: moment)
                    for _ in 0..<15 { disk.signal() }
                    #expect(try await group.reduce(0) { $0 + ($1 == nil ? 1 : 0) } == 15)
                }
            }
        }
        #expect(lines("reads stall") == 0, "\(log.lines)")
    }

    @Test func `a load of credentials that is cancelled is no failed read`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder, log: log) { storage in
                let load = Task {
                    while !Task.isCancelled { await Task.yield() }
                    return try await storage.load(into: CredentialTable(delegates: DelegateTable()))
                }
                load.cancel()
                await #expect { try await load.value } throws: { isTrouble($0) }
            }
        }
        #expect(!log.lines.contains { $0.hasPrefix("error") }, "\(log.lines)")
    }
}
