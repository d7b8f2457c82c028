import Delegates
import Synchronization
import TestSupport
import Testing

@testable import Daemon

/// Keys that are slow to check.
struct SlowKeyQueueTests {
    /// A check that ends when it is told to.
    private final class Gate: Sendable {
        private let state = Mutex((isOpen: false, running: 0, most: 0, count: 0))

        func check(_ key: String, _ hash: BcryptHash) -> Bool {
            state.withLock { state in
                state.running += 1
                state.count += 1
                state.most = max(state.most, state.running)
            }
            while !state.withLock(\.isOpen) {}
            state.withLock { $0.running -= 1 }
            return key == "right"
        }

        func open() { state.withLock { $0.isOpen = true } }

        var most: Int { state.withLock(\.most) }

        /// The number of keys that were checked.
        var count: Int { state.withLock(\.count) }
    }

    @Test func `one is checked at a time, so many wait, and of one network few`() async throws {
        let gate = Gate()
        let queue = SlowKeyQueue(check: gate.check)
        let networks = SlowKeyQueue.maximumWaiting / SlowKeyQueue.maximumWaitingOfNetwork
        let addresses = try (0...networks).map { try #require(IPAddress("192.0.\($0).1")) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for (index, address) in addresses.prefix(networks).enumerated() {
                for _ in 0..<SlowKeyQueue.maximumWaitingOfNetwork {
                    group.addTask {
                        try await queue.matches("right", Samples.bcryptHash, of: UniqueID.random(), from: address)
                    }
                }
                let expected = (index + 1) * SlowKeyQueue.maximumWaitingOfNetwork
                try await waitUntil("they wait") { queue.waitingCount == expected }
                // The network has no more places, whatever else is free.
                await #expect(throws: Refusal.busy) {
                    try await queue.matches("right", Samples.bcryptHash, of: UniqueID.random(), from: address)
                }
            }
            // There are no more places at all.
            await #expect(throws: Refusal.busy) {
                try await queue.matches("right", Samples.bcryptHash, of: UniqueID.random(), from: addresses[networks])
            }
            gate.open()
            for try await isRight in group { #expect(isRight) }
        }
        #expect(gate.most == 1 && queue.waitingCount == 0)
        let isRight = try await queue.matches("wrong", Samples.bcryptHash, of: UniqueID.random(), from: nil)
        #expect(!isRight)
    }

    @Test func `another's account keeps its holder out only in one's own network`() async throws {
        let gate = Gate()
        let queue = SlowKeyQueue(check: gate.check)
        let user = UniqueID.random()
        let (mine, theirs) = (try #require(IPAddress("192.0.2.1")), try #require(IPAddress("198.51.100.1")))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<SlowKeyQueue.maximumWaitingOfUserAndNetwork {
                group.addTask { try await queue.matches("wrong", Samples.bcryptHash, of: user, from: theirs) }
            }
            try await waitUntil("they wait") { queue.waitingCount == SlowKeyQueue.maximumWaitingOfUserAndNetwork }
            await #expect(throws: Refusal.busy) {
                try await queue.matches("right", Samples.bcryptHash, of: user, from: theirs)
            }
            group.addTask { try await queue.matches("right", Samples.bcryptHash, of: user, from: mine) }
            group.addTask { try await queue.matches("right", Samples.bcryptHash, of: UniqueID.random(), from: theirs) }
            gate.open()
            let outcomes = try await group.reduce(into: [Bool]()) { $0.append($1) }
            #expect(outcomes.filter { $0 }.count == 2)
        }
    }

    @Test func `a key of a client that is gone is not checked`() async throws {
        let gate = Gate()
        let queue = SlowKeyQueue(check: gate.check)
        let first = Task { try await queue.matches("right", Samples.bcryptHash, of: UniqueID.random(), from: nil) }
        try await waitUntil("the first is checked") { gate.most == 1 }
        let second = Task { try await queue.matches("right", Samples.bcryptHash, of: UniqueID.random(), from: nil) }
        try await waitUntil("the second waits") { queue.waitingCount == 2 }
        second.cancel()
        gate.open()
        #expect(try await first.value)
        await #expect(throws: Refusal.busy) { try await second.value }
        #expect(gate.count == 1 && queue.waitingCount == 0)
    }

    @Test func `one account from many networks has few places`() async throws {
        let gate = Gate()
        let queue = SlowKeyQueue(check: gate.check)
        let user = UniqueID.random()
        let addresses = try (0...SlowKeyQueue.maximumWaitingOfUser).map { try #require(IPAddress("192.0.\($0).1")) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for address in addresses.dropLast() {
                group.addTask { try await queue.matches("wrong", Samples.bcryptHash, of: user, from: address) }
            }
            try await waitUntil("they wait") { queue.waitingCount == SlowKeyQueue.maximumWaitingOfUser }
            let last = try #require(addresses.last)
            await #expect(throws: Refusal.busy) {
                try await queue.matches("right", Samples.bcryptHash, of: user, from: last)
            }
            group.addTask { try await queue.matches("right", Samples.bcryptHash, of: UniqueID.random(), from: last) }
            gate.open()
            let outcomes = try await group.reduce(into: [Bool]()) { $0.append($1) }
            #expect(outcomes.filter { $0 }.count == 1)
        }
    }
}
