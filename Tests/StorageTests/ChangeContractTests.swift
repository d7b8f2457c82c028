import DNS
import Delegates
import TestSupport
import Testing

/// The contract of every storage: each change that is committed is told, and has a place of its own.
struct ChangeContractTests: StorageContract {
    @Test(arguments: StorageKind.allCases)
    func `what was not committed is not told to be`(_ kind: StorageKind) async throws {
        let credential = try credential()
        let unknown = try DomainName("nobody.d.example")
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            storage.follow { Issue.record("\($0) was committed") }
            await #expect(throws: Refusal.nameTaken) {
                try await storage.commit(.enrol(with: credential), at: Samples.start)
            }
            await #expect(throws: Refusal.noSuchDelegate) {
                try await storage.commit(.publish(Samples.value(1), delegate: unknown), at: Samples.start)
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `each change has a higher place than the one before`(_ kind: StorageKind) async throws {
        let credential = try credential()
        try await kind.withStorage { storage in
            var last = try await storage.enrol(credential, at: Samples.start)
            for index in [1, 2, 1] {
                let next = try await storage.publish(Samples.value(index), at: credential.name, at: Samples.start)
                #expect(next > last)
                last = next
            }
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.sequence == last)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `concurrent publications are all kept, each with a place of its own`(_ kind: StorageKind) async throws {
        let credential = try credential()
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            let places = try await withThrowingTaskGroup { group in
                for index in 0..<64 {
                    group.addTask {
                        try await storage.publish(Samples.value(index), at: credential.name, at: Samples.start)
                    }
                }
                return try await group.reduce(into: Set<ChangeSequence>()) { $0.insert($1) }
            }
            #expect(places.count == 64)
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: credential.name, now: Samples.start)?.count == 64)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a healthy storage says so`(_ kind: StorageKind) async throws {
        try await kind.withStorage { try await $0.checkHealth() }
    }
}
