import DNS
import Delegates
import TestSupport
import Testing

/// What is noted for the audit log.
struct AuditNotesTests {
    private let storage = MemoryStorage()
    private let clock = SteadyClock { Samples.start }

    @Test func `what was noted before the end is written, and nothing after it`() async throws {
        let notes = AuditNotes(storage: storage, clock: clock)
        notes.refused(.wrongSecret, of: nil, from: Samples.client)
        notes.configurationReloaded()
        notes.keysChanged(of: try DomainName("d.example"), stage: "steady")
        #expect(storage.events.isEmpty)
        notes.finish()
        notes.configurationReloaded()
        await notes.run()
        #expect(storage.events.map(\.kind) == [.refused, .configurationReloaded, .signingKeysChanged])
        #expect(storage.events.map(\.detail) == ["wrong secret", nil, "d.example steady"])
    }

    @Test func `a storage in trouble loses a note and keeps those after it`() async throws {
        let notes = AuditNotes(storage: storage, clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await notes.run() }
            storage.fail(with: .overloaded)
            notes.refused(.wrongSecret, of: nil, from: Samples.client)
            try await waitUntil("it was refused") { storage.failedCommits == 1 }
            storage.fail(with: nil)
            notes.configurationReloaded()
            notes.finish()
            try await group.waitForAll()
        }
        #expect(storage.events.map(\.kind) == [.configurationReloaded])
    }
}
