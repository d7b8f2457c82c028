/// How long a published value is served: for an hour, and beyond that while it is one of the delegate's last two; never more
/// than 64 at a time. Clients do not withdraw what they publish, and some publish one value for each name of a certificate.
package enum ValueRetention {
    package static let lifetime = Duration.seconds(3600)
    package static let maximumCount = 64
    package static let alwaysKeptCount = 2

    /// Which of a delegate's values to keep, given the moments of their publication in the order of their sequence.
    package static func kept(of published: [Timestamp], now: Timestamp) -> Range<Int> {
        let count = published.count
        let oldest = max(0, count - maximumCount)
        let alwaysKept = max(0, count - alwaysKeptCount)
        // Moments may be out of order where the system's clock was set between two starts: look at each.
        let firstFresh = (oldest..<max(oldest, alwaysKept)).first { isFresh(published[$0], now: now) }
        return (firstFresh ?? alwaysKept)..<count
    }

    package static func isFresh(_ published: Timestamp, now: Timestamp) -> Bool {
        now < published.advanced(by: lifetime)
    }
}
