import DNS
import Delegates
import Foundation
import SQLiteStorage
import TestSupport
import Testing

/// A storage whose files are moved, deleted or replaced while it is open.
struct StoragePlaceTests {
    enum Fate: CaseIterable {
        case moved
        case deleted
        case replaced
    }

    private let credential: Credential

    init() throws {
        credential = Credential(
            username: UniqueID.random(), keyDigest: APIKey.random().digest, delegate: try DomainName("a.d.example"),
            allowedNetworks: .all, created: Samples.start)
    }

    private func publish(_ index: Int, _ storage: SQLiteDelegateStorage) async throws {
        try await storage.commit(
            .publish(Samples.value(index), delegate: credential.name),
            by: Actor(.credential(credential.username), from: IPAddress("192.0.2.7")), at: Samples.start)
    }

    private func expectRefusal(_ file: URL, _ storage: SQLiteDelegateStorage) async throws {
        let expected = StorageError.unavailable(
            "“\(file.path)” is not the file that is open: it was moved, deleted or replaced")
        for _ in 0..<3 { await #expect(throws: expected) { try await publish(2, storage) } }
        await #expect(throws: expected) { try await storage.checkHealth() }
    }

    @Test(arguments: ["", "-wal", "-shm", ".lock"], Fate.allCases)
    func `changes are refused while a file is not the one that is open`(_ suffix: String, _ fate: Fate) async throws {
        try await withTemporaryFolder { folder in
            let log = CapturedLog()
            try await withSQLite(in: folder, log: log) { storage in
                _ = try await storage.enrol(credential, at: Samples.start)
                try await publish(1, storage)
                let file = folder.appending(path: "nuncio.db\(suffix)")
                let away = folder.appending(path: "away")
                try FileManager.default.moveItem(at: file, to: away)
                switch fate {
                case .moved: break
                case .deleted: try FileManager.default.removeItem(at: away)
                case .replaced: try Data().write(to: file)
                }
                try await expectRefusal(file, storage)
                #expect(log.lines.count { $0.contains(" storage is not in its place: changes are refused ") } == 1)
                guard fate != .deleted else { return }
                if fate == .replaced { try FileManager.default.removeItem(at: file) }
                try FileManager.default.moveItem(at: away, to: file)
                // The storage looks regularly, without a request.
                try await waitUntil("the storage is in its place again") {
                    log.lines.contains { $0.contains(" storage is in its place again ") }
                }
                try await publish(3, storage)
                try await storage.checkHealth()
                #expect(!log.lines.contains { $0.contains("commit failed") })
            }
        }
    }

    @Test func `a folder that is moved away is noticed without a change, and all is well when it is back`() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "place")
            let log = CapturedLog()
            try await withSQLite(in: place, log: log) { storage in
                _ = try await storage.enrol(credential, at: Samples.start)
                let away = folder.appending(path: "away")
                try FileManager.default.moveItem(at: place, to: away)
                try await waitUntil("it is noticed") {
                    log.lines.contains { $0.contains(" storage is not in its place") }
                }
                try await expectRefusal(place.appending(path: "nuncio.db"), storage)
                try FileManager.default.moveItem(at: away, to: place)
                try await waitUntil("it is back") { log.lines.contains { $0.contains(" storage is in its place again ") } }
                try await publish(1, storage)
            }
            try await withSQLite(in: place) { storage in
                let entries = try await storage.history(of: credential.name, before: nil, maximum: 10)
                #expect(entries.count == 3)
            }
        }
    }
}
