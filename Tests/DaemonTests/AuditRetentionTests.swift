import DNS
import Delegates
import Logging
import TestSupport
import Testing

@testable import Daemon

/// The limits at which entries leave the audit log.
struct AuditRetentionTests {
    private let storage = MemoryStorage()
    private let clock = SteadyClock { Samples.start }

    private func retention(maximumCount: Int) -> AuditRetention {
        AuditRetention(
            storage: storage, clock: clock, lifetime: .seconds(100), maximumCount: maximumCount, logger: CapturedLog().logger)
    }

    private func write(_ count: Int, at time: Timestamp) async throws {
        for _ in 0..<count {
            try await storage.commit(
                .note(.refused, delegate: nil, detail: nil), by: Actor(.visitor, from: nil), at: time
            )
        }
    }

    private func forget(_ retention: AuditRetention) async {
        while await retention.forgetSome() {}
    }

    @Test func `entries go that are too old, or of which there are too many, and nothing for nothing`() async throws {
        try await write(5, at: Samples.start.advanced(by: .seconds(-101)))
        try await write(10, at: Samples.start)
        await forget(retention(maximumCount: 1000))
        #expect(try await storage.auditEntryCount() == 11)
        await forget(retention(maximumCount: 4))
        // One more entry says that the log was shortened.
        #expect(try await storage.auditEntryCount() == 5)
        await forget(retention(maximumCount: 4))
        #expect(try await storage.auditEntryCount() == 5)
    }
}
