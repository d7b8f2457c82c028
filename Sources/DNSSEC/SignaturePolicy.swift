package import DNS

/// The lifetimes of signatures, in seconds.
package struct SignaturePolicy: Hashable, Sendable {
    /// The lifetime of signatures made in advance.
    package var lifetime: UInt32
    /// The lifetime of signatures made for one response. A denial can be replayed as long as its signature holds.
    package var denialLifetime: UInt32
    /// The time left below which signatures made in advance are replaced.
    package var refresh: UInt32
    /// The least time left of a signature that is given out, however it was made: monitors warn at three days.
    package var least: UInt32
    /// The most by which a lifetime is shortened, so that signatures need not all be replaced at once.
    package var jitter: UInt32

    /// The age of the inception in a new signature: clocks go wrong, and certificate authorities tolerate no difference.
    package static let backdating: UInt32 = 3600

    package init(
        lifetime: UInt32 = 14 * 86_400, denialLifetime: UInt32 = 6 * 86_400, refresh: UInt32 = 7 * 86_400,
        least: UInt32 = 4 * 86_400, jitter: UInt32 = 86_400
    ) {
        self.lifetime = lifetime
        self.denialLifetime = denialLifetime
        self.refresh = refresh
        self.least = least
        self.jitter = jitter
    }

    /// Whether a signature may be given out: it holds, and has enough time left.
    package func isGivenOut(_ signature: Signature, at now: UInt32) -> Bool {
        signature.holds(at: now) && signature.secondsLeft(at: now) >= Int32(least)
    }

    /// Whether a signature should be replaced: it ends too soon, begins too late, or ends so late that the clock must have been wrong when
    /// it was made.
    ///
    /// - Parameter margin: a signature that becomes due within this number of seconds is due, too.
    package func isDue(_ signature: Signature, at now: UInt32, within margin: UInt32 = 0) -> Bool {
        let left = signature.secondsLeft(at: now)
        return !signature.holds(at: now) || left < Int32(refresh + margin) || left > Int32(lifetime + Self.backdating)
    }
}
