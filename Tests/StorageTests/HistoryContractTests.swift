import Delegates
import TestSupport
import Testing

/// The contract of every storage: the history of a delegate, in the audit log.
struct HistoryContractTests: StorageContract {
    @Test(arguments: StorageKind.allCases)
    func `what happened to a delegate is remembered, also when it was deleted`(_ kind: StorageKind) async throws {
        let credential = try credential()
        let second = try self.credential()
        let other = try self.credential("b")
        let addresses = try ["192.0.2.1", "192.0.2.2", "2001:db8:1::1"].map { try #require(IPAddress($0)) }
        try await kind.withStorage { storage in
            _ = try await storage.enrol(credential, at: Samples.start)
            _ = try await storage.enrol(other, at: Samples.start)
            for (index, address) in addresses.enumerated() {
                try await storage.commit(
                    .publish(Samples.value(index), delegate: credential.name),
                    by: Actor(.credential(credential.username), from: address), at: Samples.start)
            }
            try await storage.commit(.addCredential(second, maximum: 2), at: Samples.start)
            try await storage.commit(.editCredential(second.username, CredentialEdit(label: "x")), at: Samples.start)
            try await storage.commit(.revokeCredential(credential.username), at: Samples.start)
            // A refused change did not happen.
            await #expect(throws: Refusal.lastCredential) {
                try await storage.commit(.revokeCredential(second.username), at: Samples.start)
            }
            try await storage.commit(.probe, at: Samples.start)
            try await storage.commit(.withdraw(delegate: credential.name), at: Samples.start)
            try await storage.commit(.delete(delegate: credential.name), at: Samples.start)

            let entries = try await storage.history(of: credential.name, before: nil, maximum: 100)
            let kinds: [AuditEvent.Kind] = [
                .enrolled, .usedFromNewNetwork, .published, .published, .usedFromNewNetwork, .published, .keyMade, .keyChanged,
                .keyEnded, .withdrawn, .deleted,
            ]
            #expect(entries.reversed().map(\.event.kind) == kinds)
            #expect(entries.allSatisfy { $0.event.time == Samples.start && $0.event.delegate == credential.name })
            let new = entries.filter { $0.event.kind == .usedFromNewNetwork }.map(\.event)
            #expect(new.map(\.detail) == ["2001:db8:1::/48", "192.0.2.0/24"])
            #expect(new.map(\.address) == ["2001:db8:1::1", "192.0.2.1"])
            #expect(new.allSatisfy { $0.actor == "key \(credential.username)" })
            #expect(
                entries.filter { [.keyMade, .keyChanged].contains($0.event.kind) }.allSatisfy {
                    $0.event.detail == second.username.description && $0.event.actor == "server"
                })
            let page = try await storage.history(of: credential.name, before: entries[3].number, maximum: 2)
            #expect(page == Array(entries[4...5]))
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `old entries go from the front, so many at a time, and the numbers go on`(_ kind: StorageKind) async throws {
        let credential = try credential()
        try await kind.withStorage { storage in
            func numbers() async throws -> [UInt64] {
                try await storage.history(of: credential.name, before: nil, maximum: 100).map(\.number)
            }
            _ = try await storage.enrol(credential, at: Samples.start)
            for (index, age) in [1, 9, 2, 3].enumerated() {
                let time = Samples.start.advanced(by: .seconds(age))
                _ = try await storage.publish(Samples.value(index), at: credential.name, at: time)
            }
            let end = Samples.start.advanced(by: .seconds(5))
            try await storage.commit(.forgetAudit(before: end, maximum: 1), at: end)
            #expect(try await numbers() == [5, 4, 3, 2])
            #expect(try await storage.beginningOfAudit() == Samples.start.advanced(by: .seconds(1)))
            // An old entry after a new one stays: the log has no gaps.
            try await storage.commit(.forgetAudit(before: end, maximum: 10), at: end)
            #expect(try await numbers() == [5, 4, 3])
            let later = Samples.start.advanced(by: .seconds(10))
            try await storage.commit(.forgetAudit(before: later, maximum: 10), at: end)
            #expect(try await numbers() == [])
            // Only the moment of the shortening is left.
            #expect(try await storage.beginningOfAudit() == end)
            _ = try await storage.publish(Samples.value(9), at: credential.name, at: end)
            #expect(try await numbers().count == 1)
        }
    }
}
