import DNS
import Delegates
import Foundation
import PostgreSQL
import PostgreSQLStorage
import SQLiteStorage
import StorageParts
import TestSupport
import Testing

/// A storage that is copied to another kind, and back.
@Suite(.timeLimit(.minutes(10)))
struct StorageCopyTests: StorageContract {
    private let log = CapturedLog()

    /// Something in each table.
    private func fill(_ storage: any DelegateStorage) async throws {
        let token = RegistrationToken(
            label: try OperatorLabel("team"), digest: APIKey.random().digest, created: Samples.start, quota: 3)
        try await storage.commit(.makeToken(token), at: Samples.start)
        let owner = credential(.delegate(try name("a")), label: "Büro")
        try await storage.commit(.enrol(with: owner.credential), at: Samples.start)
        try await enrol(storage, "b", "gone")
        try await storage.commit(.enrol(NewDelegate(name: try name("p"), preparedFor: token.label)), at: Samples.start)
        _ = try await storage.commit(.publish(Samples.value(1), delegate: try name("a")), by: by(owner), at: Samples.start)
        _ = try await storage.publish(Samples.value(2), at: try name("b"), at: Samples.start)
        try await storage.commit(.delete(delegate: try name("gone")), at: Samples.start)
        try await storage.commit(.disable(delegate: try name("b")), at: Samples.start)
        try await storage.commit(.makeGroup(try OperatorLabel("web")), at: Samples.start)
        try await storage.commit(.addMember(try name("a"), group: try OperatorLabel("web")), at: Samples.start)
        let shared = credential(.group(try OperatorLabel("web")))
        try await storage.commit(.addCredential(shared.credential, maximum: 2), at: Samples.start)
        try await storage.commit(.declareDomain(try DeclaredDomain("example.com"), delegate: try name("a")), at: Samples.start)
        let record = SerialRecord(
            zone: try DomainName("d.example"), serial: ZoneSerial(offset: 7, countsChanges: true),
            content: ZoneDigest(octets: Array(repeating: 1, count: 32)), revision: 1)
        try await storage.commit(.keepSerials([record]), at: Samples.start)
        try await storage.commit(.forgetAudit(before: Samples.start, keeping: 5, maximum: 3), at: Samples.start)
    }

    /// All rows of a storage.
    private func rows(of source: any CopySource) async throws -> [String: [[StoredValue]]] {
        var all: [String: [[StoredValue]]] = [:]
        for table in StoredTable.all { all[table.name] = try await source.rows(of: table, after: nil, maximum: 1000) }
        return all
    }

    @Test func `everything comes along, there and back, and each table had something`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { try await fill($0) }
            let database = try ConnectionString(PostgreSQLServer.shared.makeDatabase())
            let (first, back) = (folder.appending(path: "nuncio.db").path, folder.appending(path: "back.db").path)
            let source = try SQLiteCopy(reading: first, logger: log.logger)
            let original = try await rows(of: source)
            #expect(original.filter(\.value.isEmpty).keys.sorted() == [])
            let target = try await PostgreSQLCopy.writing(database)
            var shown: [Int] = []
            let outcome = try await StorageCopy(from: source, to: target).run { done, _ in shown.append(done) }
            #expect(outcome.delegates == 4)
            #expect(shown == shown.sorted())
            try source.close()
            target.close()
            let again = try await PostgreSQLCopy.reading(database)
            #expect(try await rows(of: again) == original)
            let file = try SQLiteCopy(writing: back, logger: log.logger)
            _ = try await StorageCopy(from: again, to: file).run { _, _ in }
            #expect(try await rows(of: file) == original)
            try file.close()
            again.close()
            // Servers use both, and go on with the next change.
            try await withPostgreSQL(database.text) { storage in
                #expect(try await storage.verifyAuditLog() != .broken(number: 0))
                await #expect(throws: Refusal.nameDeleted) { try await enrol(storage, "gone") }
                try await enrol(storage, "new")
                #expect(try await storage.delegate(try name("new")) != nil)
            }
        }
    }

    @Test func `a copy that was interrupted goes on, and no server uses it before`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { try await fill($0) }
            let source = try SQLiteCopy(reading: folder.appending(path: "nuncio.db").path, logger: log.logger)
            let database = try ConnectionString(PostgreSQLServer.shared.makeDatabase())
            let target = InterruptedTarget(target: try await PostgreSQLCopy.writing(database))
            await #expect(throws: InterruptedTarget.Interruption.self) {
                _ = try await StorageCopy(from: source, to: target).run { _, _ in }
            }
            await #expect {
                try await withPostgreSQL(database.text) { _ in }
            } throws: { "\($0)".contains("beginning of a copy") }
            let rest = try await PostgreSQLCopy.writing(database)
            let outcome = try await StorageCopy(from: source, to: rest).run { _, _ in }
            #expect(outcome.isContinued)
            #expect(try await rows(of: rest) == rows(of: source))
            rest.close()
            try source.close()
        }
    }

    @Test func `a storage that has something takes no copy`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { try await fill($0) }
            let database = try PostgreSQLServer.shared.makeDatabase()
            try await withPostgreSQL(database) { try await enrol($0, "a") }
            let source = try SQLiteCopy(reading: folder.appending(path: "nuncio.db").path, logger: log.logger)
            let target = try await PostgreSQLCopy.writing(try ConnectionString(database))
            await #expect {
                _ = try await StorageCopy(from: source, to: target).run { _, _ in }
            } throws: { "\($0)".contains("give an empty database") }
            target.close()
            try source.close()
        }
    }
}

/// A target that fails in the middle.
private struct InterruptedTarget: CopyTarget {
    struct Interruption: Error {}

    let target: PostgreSQLCopy

    var description: String { target.description }
    func count(of table: StoredTable) async throws -> Int { try await target.count(of: table) }
    func rows(of table: StoredTable, after key: [StoredValue]?, maximum: Int) async throws -> [[StoredValue]] {
        try await target.rows(of: table, after: key, maximum: maximum)
    }
    func checkIsUnchanged() async throws {}
    func progress() async throws -> CopyProgress? { try await target.progress() }
    func begin(_ progress: CopyProgress) async throws { try await target.begin(progress) }
    func insert(_ rows: [[StoredValue]], into table: StoredTable, _ progress: CopyProgress) async throws {
        guard table.name != "credential" else { throw Interruption() }
        try await target.insert(rows, into: table, progress)
    }
    func finish() async throws {}
}
