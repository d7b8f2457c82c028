import DNS
import Delegates
import TestSupport
import Testing

/// The contract of every storage: the values of delegates, and their ages.
struct ValueContractTests: StorageContract {
    @Test(arguments: StorageKind.allCases)
    func `nothing is published at a name that is not enrolled`(_ kind: StorageKind) async throws {
        let name = try DomainName("nobody.d.example")
        try await kind.withStorage { storage in
            await #expect(throws: Refusal.noSuchDelegate) {
                try await storage.publish(Samples.value(1), at: name, at: Samples.start)
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `what is loaded is what was published, in order, with its age`(_ kind: StorageKind) async throws {
        let credential = try credential()
        let silent = try self.credential("silent")
        try await kind.withStorage { storage in
            _ = try await storage.enrol(silent, at: Samples.start)
            _ = try await storage.enrol(credential, at: Samples.start)
            for (index, age) in [(1, 4000), (2, 100), (3, 50), (4, 10), (2, 0)] {
                let time = Timestamp(secondsSinceEpoch: Samples.start.secondsSinceEpoch - Int64(age))
                _ = try await storage.publish(Samples.value(index), at: credential.name, at: time)
            }
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: silent.name, now: Samples.start) == [])
            #expect(
                table.values(at: credential.name, now: Samples.start) == [3, 4, 2].map { Samples.value($0).recordData })
            let later = Samples.start.advanced(by: .seconds(3600))
            #expect(table.values(at: credential.name, now: later) == [4, 2].map { Samples.value($0).recordData })
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a value from the future is as old as now`(_ kind: StorageKind) async throws {
        let credential = try credential()
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            for index in 1...3 {
                let ahead = Samples.start.advanced(by: .seconds(1_000_000))
                _ = try await storage.publish(Samples.value(index), at: credential.name, at: ahead)
            }
            let table = DelegateTable()
            try await storage.load(into: table, now: Samples.start)
            #expect(table.values(at: credential.name, now: Samples.start)?.count == 3)
            let later = Samples.start.advanced(by: .seconds(3600))
            #expect(table.values(at: credential.name, now: later)?.count == 2)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `values that are withdrawn are gone`(_ kind: StorageKind) async throws {
        let credential = try credential()
        let other = try self.credential("b")
        try await kind.withStorage { storage in
            for one in [credential, other] {
                _ = try await storage.enrol(one, at: Samples.start)
                for index in 1...3 { _ = try await storage.publish(Samples.value(index), at: one.name, at: Samples.start) }
            }
            try await storage.commit(.withdraw(delegate: credential.name), at: Samples.start)
            #expect(try await values(of: credential.name, in: storage) == 0)
            #expect(try await values(of: other.name, in: storage) == 3)
            _ = try await storage.publish(Samples.value(2), at: credential.name, at: Samples.start)
            #expect(try await values(of: credential.name, in: storage) == 1)
        }
    }
}
