import DNS
import Delegates
import Foundation
import Logging
import SQLiteStorage
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

/// What every storage does, run over each of them.
struct StorageContractTests {
    enum Kind: CaseIterable, CustomTestStringConvertible {
        case memory
        case sqlite
        var testDescription: String { "\(self)" }
    }

    private func withStorage(_ kind: Kind, _ body: (any DelegateStorage) async throws -> Void) async throws {
        switch kind {
        case .memory: try await body(MemoryStorage())
        case .sqlite: try await withTemporaryFolder { try await withSQLite(in: $0) { try await body($0) } }
        }
    }

    private func credential(_ label: String = "a", networks: [String] = []) throws -> Credential {
        var generator = SystemRandomNumberGenerator()
        return Credential(
            username: UniqueID(using: &generator), keyDigest: APIKey(using: &generator).digest,
            delegate: try DomainName("\(label).d.example"), allowedNetworks: try AllowedNetworks(networks))
    }

    @Test(arguments: Kind.allCases)
    func `what was enrolled is found, what was not is not`(_ kind: Kind) async throws {
        let credential = try credential(networks: ["192.0.2.1/24", "2001:db8::/32"])
        let other = try self.credential("b")
        try await withStorage(kind) { storage in
            #expect(try await storage.credential(of: credential.username) == nil)
            _ = try await storage.enrol(credential, at: Samples.start)
            #expect(try await storage.credential(of: credential.username) == credential)
            #expect(try await storage.credential(of: other.username) == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func `a name is enrolled once, whatever its case`(_ kind: Kind) async throws {
        let first = try credential("Name")
        let second = try credential("nAME")
        try await withStorage(kind) { storage in
            _ = try await storage.enrol(first, at: Samples.start)
            await #expect(throws: StorageError.nameTaken) { try await storage.enrol(second, at: Samples.start) }
            #expect(try await storage.credential(of: second.username) == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func `nothing is published at a name that is not enrolled`(_ kind: Kind) async throws {
        let name = try DomainName("nobody.d.example")
        try await withStorage(kind) { storage in
            await #expect(throws: StorageError.noSuchDelegate) {
                try await storage.publish(Samples.value(1), at: name, at: Samples.start)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `what was not committed is not told to be`(_ kind: Kind) async throws {
        let credential = try credential()
        let unknown = try DomainName("nobody.d.example")
        try await withStorage(kind) { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            await #expect(throws: StorageError.nameTaken) {
                try await storage.enrol(credential, at: Samples.start) { _ in Issue.record("it was enrolled twice") }
            }
            await #expect(throws: StorageError.noSuchDelegate) {
                try await storage.publish(Samples.value(1), at: unknown, at: Samples.start) { _ in
                    Issue.record("it was published at a name that is not enrolled")
                }
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `each change has a higher place than the one before`(_ kind: Kind) async throws {
        let credential = try credential()
        try await withStorage(kind) { storage in
            var last = try await storage.enrol(credential, at: Samples.start)
            for index in [1, 2, 1] {
                let next = try await storage.publish(Samples.value(index), at: credential.delegate, at: Samples.start)
                #expect(next > last)
                last = next
            }
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.sequence == last)
        }
    }

    @Test(arguments: Kind.allCases)
    func `concurrent publications are all kept, each with a place of its own`(_ kind: Kind) async throws {
        let credential = try credential()
        try await withStorage(kind) { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            let places = try await withThrowingTaskGroup { group in
                for index in 0..<64 {
                    group.addTask {
                        try await storage.publish(Samples.value(index), at: credential.delegate, at: Samples.start)
                    }
                }
                return try await group.reduce(into: Set<ChangeSequence>()) { $0.insert($1) }
            }
            #expect(places.count == 64)
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: credential.delegate, now: Samples.start)?.count == 64)
        }
    }

    @Test(arguments: Kind.allCases)
    func `what is loaded is what was published, in order, with its age`(_ kind: Kind) async throws {
        let credential = try credential()
        let silent = try self.credential("silent")
        try await withStorage(kind) { storage in
            _ = try await storage.enrol(silent, at: Samples.start)
            _ = try await storage.enrol(credential, at: Samples.start)
            for (index, age) in [(1, 4000), (2, 100), (3, 50), (4, 10), (2, 0)] {
                let time = Timestamp(secondsSinceEpoch: Samples.start.secondsSinceEpoch - Int64(age))
                _ = try await storage.publish(Samples.value(index), at: credential.delegate, at: time)
            }
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: silent.delegate, now: Samples.start) == [])
            #expect(
                table.values(at: credential.delegate, now: Samples.start) == [3, 4, 2].map { Samples.value($0).recordData })
            let later = Samples.start.advanced(by: .seconds(3600))
            #expect(table.values(at: credential.delegate, now: later) == [4, 2].map { Samples.value($0).recordData })
        }
    }

    @Test(arguments: Kind.allCases)
    func `a value from the future is as old as now`(_ kind: Kind) async throws {
        let credential = try credential()
        try await withStorage(kind) { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            for index in 1...3 {
                let ahead = Samples.start.advanced(by: .seconds(1_000_000))
                _ = try await storage.publish(Samples.value(index), at: credential.delegate, at: ahead)
            }
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: credential.delegate, now: Samples.start)?.count == 3)
            let later = Samples.start.advanced(by: .seconds(3600))
            #expect(table.values(at: credential.delegate, now: later)?.count == 2)
        }
    }

    @Test(arguments: Kind.allCases)
    func `a healthy storage says so`(_ kind: Kind) async throws {
        try await withStorage(kind) { try await $0.checkHealth() }
    }
}

extension DelegateStorage {
    /// Enrols, and returns the place that the change was told to have.
    func enrol(_ credential: Credential, at time: Timestamp) async throws -> ChangeSequence {
        let place = Mutex<ChangeSequence?>(nil)
        try await enrol(credential, at: time) { sequence in place.withLock { $0 = sequence } }
        return try #require(place.withLock { $0 })
    }

    /// Publishes, and returns the place that the change was told to have.
    func publish(_ value: ChallengeValue, at delegate: DomainName, at time: Timestamp) async throws -> ChangeSequence {
        let place = Mutex<ChangeSequence?>(nil)
        try await publish(value, at: delegate, at: time) { sequence in place.withLock { $0 = sequence } }
        return try #require(place.withLock { $0 })
    }
}

/// Runs the storage's service around a body, and shuts it down in good order.
func withSQLite<Outcome: Sendable>(
    in folder: URL, deadlines: StorageDeadlines = StorageDeadlines(), log: CapturedLog = CapturedLog(),
    _ body: (SQLiteDelegateStorage) async throws -> Outcome
) async throws -> Outcome {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let storage = try SQLiteDelegateStorage(
        path: folder.appending(path: "nuncio.db").path, deadlines: deadlines, logger: log.logger)
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [storage], logger: logger))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        do {
            let outcome = try await body(storage)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return outcome
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
    }
}
