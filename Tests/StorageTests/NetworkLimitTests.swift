import DNS
import Delegates
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

/// The number of delegates of a network, as the storages count it.
struct NetworkLimitTests {
    private let network: IPNetwork

    init() throws {
        network = try #require(IPNetwork("192.0.2.0/24"))
    }

    private func enrol(_ label: String, in storage: any DelegateStorage) async throws -> DomainName {
        let name = try DomainName("\(label).d.example")
        let credential = Credential(
            username: UniqueID.random(), keyDigest: APIKey.random().digest, delegate: name, allowedNetworks: .all,
            created: Samples.start)
        let new = NewDelegate(
            name: name, credential: credential, origin: NewDelegate.Origin(network: network, maximum: 2))
        try await storage.commit(.enrol(new), by: Actor(.visitor, from: IPAddress("192.0.2.7")), at: Samples.start)
        return name
    }

    private func check(_ storage: any DelegateStorage) async throws {
        let first = try await enrol("a", in: storage)
        _ = try await enrol("b", in: storage)
        await #expect(throws: Refusal.tooManyDelegatesOfNetwork(maximum: 2)) { _ = try await enrol("c", in: storage) }
        #expect(try await storage.delegate(try DomainName("c.d.example")) == nil)
        try await storage.commit(.delete(delegate: first), at: Samples.start)
        _ = try await enrol("d", in: storage)
        await #expect(throws: Refusal.tooManyDelegatesOfNetwork(maximum: 2)) { _ = try await enrol("e", in: storage) }
    }

    @Test func `a network has so many delegates that are alive`() async throws {
        try await check(MemoryStorage())
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in try await check(storage) }
            // The limit holds after the next start, too.
            try await withSQLite(in: folder) { storage in
                await #expect(throws: Refusal.tooManyDelegatesOfNetwork(maximum: 2)) { _ = try await enrol("f", in: storage) }
                let refused = try await storage.delegate(try DomainName("f.d.example"))
                #expect(refused == nil)
            }
        }
    }

    @Test func `where no addresses are kept, no network is`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder, addresses: .none) { storage in
                for label in ["a", "b", "c"] { _ = try await enrol(label, in: storage) }
                let other = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path)
                let count = try await other.read {
                    try Int.fetchOne($0, sql: "SELECT count(*) FROM delegate WHERE enrolled_from IS NOT NULL")
                }
                #expect(count == 0)
            }
        }
    }
}
