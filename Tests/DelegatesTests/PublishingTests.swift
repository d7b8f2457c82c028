import Delegates
import TestSupport
import Testing

/// Publishing and withdrawing values.
struct PublishingTests {
    private let room: Room

    init() async throws {
        room = try await Room()
    }

    @Test func `a value is in the DNS when publishing returns, and not if it throws`() async throws {
        let outcome = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        let publishing = Publishing(storage: room.storage, table: room.table, clock: room.clock, limits: Limits())
        try await publishing.publish(Samples.value(1), at: outcome.delegate, by: room.server)
        #expect(room.table.values(at: outcome.delegate, now: room.clock.now) == [Samples.value(1).recordData])

        room.storage.fail(with: .overloaded)
        await #expect(throws: StorageError.overloaded) {
            try await publishing.publish(Samples.value(2), at: outcome.delegate, by: room.server)
        }
        #expect(room.table.values(at: outcome.delegate, now: room.clock.now) == [Samples.value(1).recordData])
    }

    @Test func `what is committed is in the DNS, also when its client was told otherwise`() async throws {
        let outcome = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        let publishing = Publishing(storage: room.storage, table: room.table, clock: room.clock, limits: Limits())
        room.storage.failAfterCommits(with: .unavailable("slow"))
        await #expect(throws: StorageError.unavailable("slow")) {
            try await publishing.publish(Samples.value(1), at: outcome.delegate, by: room.server)
        }
        #expect(room.table.values(at: outcome.delegate, now: room.clock.now) == [Samples.value(1).recordData])
        #expect(!room.table.isStale)
        room.storage.fail(with: .unavailable("gone"))
        await #expect(throws: StorageError.unavailable("gone")) {
            try await publishing.publish(Samples.value(2), at: outcome.delegate, by: room.server)
        }
        #expect(room.table.isStale)
        room.storage.fail(with: nil)

        let stranger = try room.address("192.0.2.1")
        await #expect(throws: StorageError.unavailable("slow")) {
            try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: stranger)
        }
        #expect(room.table.count == 2)
        #expect(room.table.sequence == ChangeSequence(3))
    }

    @Test func `so many values an hour are published at a delegate, and at others too`() async throws {
        let publishing = Publishing(
            storage: room.storage, table: room.table, clock: room.clock, limits: Limits(Limits.Settings(updatesPerHour: 2)))
        for _ in 0..<2 {
            let outcome = try await room.enrolment().enrol(
                allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
            for index in 1...2 { try await publishing.publish(Samples.value(index), at: outcome.delegate, by: room.server) }
            await #expect(throws: Refusal.tooManyUpdates(retryAfter: .seconds(3600))) {
                try await publishing.publish(Samples.value(3), at: outcome.delegate, by: room.server)
            }
            #expect(room.table.values(at: outcome.delegate, now: room.clock.now)?.count == 2)
        }
    }

    @Test func `values that are withdrawn are out of the DNS`() async throws {
        let outcome = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        let publishing = Publishing(storage: room.storage, table: room.table, clock: room.clock, limits: Limits())
        for index in 1...3 { try await publishing.publish(Samples.value(index), at: outcome.delegate, by: room.server) }
        try await publishing.withdraw(at: outcome.delegate, by: room.server)
        #expect(room.table.values(at: outcome.delegate, now: room.clock.now) == [])
        try await publishing.publish(Samples.value(2), at: outcome.delegate, by: room.server)
        #expect(room.table.values(at: outcome.delegate, now: room.clock.now) == [Samples.value(2).recordData])
    }
}
