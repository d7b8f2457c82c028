import Delegates
import TestSupport
import Testing

@testable import Daemon

/// Serials of zones whose values become too old.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct SerialAgeTests {
    @Test func `values that become too old raise the serial, and go from transfers with it`() async throws {
        try await SerialsFolder.with { folder in
            let clock = ManualClock()
            try await folder.run(clock) { running async throws in
                let credential = try await running.api.register()
                for index in 1...3 {
                    #expect(try await running.api.update(credential, Samples.value(index).text) == 200)
                }
                let before = try await running.copy()
                #expect(before.records.contains { $0.contains(Samples.value(1).text) })
                clock.pass(3601)
                // Until the change has a number, the whole zone is as it was.
                let between = try await running.copy()
                await running.server.serials.tick()
                let after = try await running.copy()
                #expect(between == before || between == after)
                #expect(after.serial == before.serial + 1)
                #expect(before.records.subtracting(after.records).count == 1 && after.records.isSubset(of: before.records))
                await running.server.serials.tick()
                #expect(try await running.copy() == after)
            }
        }
    }

    @Test func `values that become too old while no server runs raise the serial at the next start, once`() async throws {
        try await SerialsFolder.with { folder in
            let clock = ManualClock()
            let before = try await folder.run(clock) { running async throws in
                let credential = try await running.api.register()
                for index in 1...3 {
                    #expect(try await running.api.update(credential, Samples.value(index).text) == 200)
                }
                return try await running.copy()
            }
            clock.pass(3601)
            let after = try await folder.run(clock) { running async throws in
                // Until the change has a number, the whole zone is as it was.
                let between = try await running.copy()
                await running.server.serials.tick()
                let after = try await running.copy()
                #expect(between == before || between == after)
                return after
            }
            #expect(after.isNewer(than: before) && before.records.subtracting(after.records).count == 1)
            clock.pass(3601)
            try await folder.run(clock) { running async throws in
                await running.server.serials.tick()
                #expect(try await running.copy() == after)
            }
        }
    }

    @Test func `a clock that is behind at a start brings no value back`() async throws {
        try await SerialsFolder.with { folder in
            let clock = ManualClock()
            let after = try await folder.run(clock) { running async throws in
                let credential = try await running.api.register()
                for index in 1...3 {
                    #expect(try await running.api.update(credential, Samples.value(index).text) == 200)
                }
                clock.pass(3601)
                await running.server.serials.tick()
                return try await running.copy()
            }
            clock.pass(-7200)
            try await folder.run(clock) { running async throws in
                await running.server.serials.tick()
                #expect(try await running.copy() == after)
            }
        }
    }
}
