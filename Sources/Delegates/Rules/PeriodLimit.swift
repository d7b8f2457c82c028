import Synchronization

/// A limit on how often something may happen in a period, for each key by itself. The period begins when it first happens.
final class PeriodLimit<Key: Hashable & Sendable>: Sendable {
    private let period: Duration
    private let counts = Mutex<[Key: (began: Timestamp, count: Int)]>([:])

    /// When this number of keys is remembered, those whose period is over are forgotten or, if that is not enough, all.
    private static var maximumKeys: Int { 100_000 }

    init(period: Duration) {
        self.period = period
    }

    /// Counts one event, unless the maximum is reached.
    ///
    /// - Parameter maximum: the limit in one period; 0 means no limit.
    /// - Returns: how long to wait for the next time; `nil` if the event may happen now.
    func count(_ key: Key, maximum: Int, now: Timestamp) -> Duration? {
        guard maximum > 0 else { return nil }
        return counts.withLock { counts in
            let (entry, wait) = look(at: counts[key], maximum: maximum, now: now)
            if let wait { return wait }
            if counts.count >= Self.maximumKeys, counts[key] == nil {
                counts = counts.filter { now < $0.value.began.advanced(by: period) }
                if counts.count >= Self.maximumKeys { counts = [:] }
            }
            counts[key] = (entry.began, entry.count + 1)
            return nil
        }
    }

    /// How long to wait until it may happen again; `nil` if it may happen now.
    func wait(_ key: Key, maximum: Int, now: Timestamp) -> Duration? {
        guard maximum > 0 else { return nil }
        return counts.withLock { look(at: $0[key], maximum: maximum, now: now).wait }
    }

    private func look(
        at entry: (began: Timestamp, count: Int)?, maximum: Int, now: Timestamp
    ) -> (entry: (began: Timestamp, count: Int), wait: Duration?) {
        var entry = entry ?? (now, 0)
        if now >= entry.began.advanced(by: period) { entry = (now, 0) }
        guard entry.count >= maximum else { return (entry, nil) }
        let end = entry.began.advanced(by: period)
        return (entry, .seconds(max(1, end.secondsSinceEpoch - now.secondsSinceEpoch)))
    }
}
