import Synchronization

/// How many delegates one network may enrol in an hour. A network is an IPv4 /24 or an IPv6 /48: what one party can hold.
package final class RegistrationLimit: Sendable {
    private let maximum: Atomic<Int>
    private let counts = Mutex<[IPNetwork: (began: Timestamp, count: Int)]>([:])

    private static let period = Duration.seconds(3600)
    /// When more networks than this are remembered, those whose hour is over are forgotten, or else all.
    private static let maximumNetworks = 100_000

    /// - Parameter maximum: registrations an hour; 0 is no limit.
    package init(maximum: Int) {
        self.maximum = Atomic(maximum)
    }

    /// What holds from now on; what was counted stays counted.
    package func setMaximum(_ maximum: Int) {
        self.maximum.store(maximum, ordering: .relaxed)
    }

    /// Counts one registration.
    ///
    /// - Throws: ``Refusal/tooManyRegistrations(retryAfter:)``.
    package func count(_ address: IPAddress, now: Timestamp) throws(Refusal) {
        let maximum = maximum.load(ordering: .relaxed)
        guard maximum > 0 else { return }
        let network = IPNetwork(partyOf: address)
        let refusedUntil: Timestamp? = counts.withLock { counts in
            var entry = counts[network] ?? (now, 0)
            if now >= entry.began.advanced(by: Self.period) { entry = (now, 0) }
            guard entry.count < maximum else { return entry.began.advanced(by: Self.period) }
            if counts.count >= Self.maximumNetworks {
                counts = counts.filter { now < $0.value.began.advanced(by: Self.period) }
                if counts.count >= Self.maximumNetworks { counts = [:] }
            }
            counts[network] = (entry.began, entry.count + 1)
            return nil
        }
        if let refusedUntil {
            throw .tooManyRegistrations(
                retryAfter: .seconds(max(1, refusedUntil.secondsSinceEpoch - now.secondsSinceEpoch)))
        }
    }
}
