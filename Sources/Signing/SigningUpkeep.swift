import DNS
import DNSSEC
package import Delegates
import ServiceLifecycle
import Synchronization

/// Keeps the zones signed while the server runs: it watches the clock, the signatures, the stages of changes, and the parents.
package final class SigningUpkeep: Service {
    private let zones: SignedZones
    private let clock: SteadyClock
    private let systemTime: @Sendable () -> Timestamp
    /// Called when the zones have changed.
    private let zonesChanged: @Sendable () -> Void
    private let last: Mutex<Timestamp>

    /// The number of delegates that are checked in one go: others want to publish meanwhile.
    private static let delegatesAtOnce = 256
    private static let period = Duration.seconds(1)

    package init(
        zones: SignedZones, clock: SteadyClock, systemTime: @escaping @Sendable () -> Timestamp,
        zonesChanged: @escaping @Sendable () -> Void
    ) {
        self.zones = zones
        self.clock = clock
        self.systemTime = systemTime
        self.zonesChanged = zonesChanged
        last = Mutex(clock.now)
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup { group in
                group.addTask { try await self.keepSigned() }
                group.addTask { try await self.watchParents() }
                try await group.waitForAll()
            }
        }
    }

    private func keepSigned() async throws {
        while true {
            tick()
            while refresh() {
                try Task.checkCancellation()
                await Task.yield()
                if clock.now > last.withLock(\.self) { tick() }
            }
            try await Task.sleep(for: Self.period)
        }
    }

    /// Does what is due now.
    func tick() {
        let now = clock.now
        let seconds = last.withLock { last in
            defer { last = now }
            return now.secondsSinceEpoch - last.secondsSinceEpoch
        }
        if zones.tick(by: max(0, seconds), now: now, systemTime: systemTime()).zonesChanged { zonesChanged() }
    }

    /// Checks the next delegates.
    ///
    /// - Returns: whether there are more.
    func refresh() -> Bool { zones.refreshSignatures(maximum: Self.delegatesAtOnce, now: clock.now) }

    private func watchParents() async throws {
        while true {
            await askParents()
            try await Task.sleep(for: Self.period)
        }
    }

    /// Asks for the DS records of the zones that are due.
    func askParents() async {
        for apex in zones.parentsToAsk(now: clock.now) { await zones.askParent(of: apex) { clock.now } }
    }
}
