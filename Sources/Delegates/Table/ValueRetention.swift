/// How long a published value is served: for an hour, and after that while it is one of the delegate's last two; never more than 64 at a
/// time. Clients do not withdraw what they publish, and some publish one value for each name of a certificate.
package enum ValueRetention {
    package static let lifetime = Duration.seconds(3600)
    package static let maximumCount = 64
    package static let alwaysKeptCount = 2

    /// The range of a delegate's values to keep, given the moments of their publication in the order of their sequence.
    package static func kept(of published: [Timestamp], now: Timestamp) -> Range<Int> {
        firstKept(of: published.count, now: now) { published[$0] }..<published.count
    }

    /// The index of the first of `count` values to keep; all values after it are kept, too.
    ///
    /// - Parameter published: returns the moment of a value's publication; called only if that matters.
    package static func firstKept(of count: Int, now: Timestamp, published: (Int) -> Timestamp) -> Int {
        let oldest = max(0, count - maximumCount)
        let alwaysKept = max(0, count - alwaysKeptCount)
        // Moments may be out of order if the system's clock was set between two starts, so look at each.
        for index in oldest..<max(oldest, alwaysKept) where isFresh(published(index), now: now) { return index }
        return alwaysKept
    }

    package static func isFresh(_ published: Timestamp, now: Timestamp) -> Bool {
        now < published.advanced(by: lifetime)
    }
}
