package import DNS

/// How long signatures are to hold, in seconds.
package struct SignaturePolicy: Hashable, Sendable {
    /// Of those that are made ahead.
    package var lifetime: UInt32
    /// Of those that are made for one answer. One that denies something can be replayed as long as it holds.
    package var denialLifetime: UInt32
    /// Those that are made ahead are replaced when they have less time left.
    package var refresh: UInt32
    /// No signature that has less time left is given out, whichever way it was made: monitors warn at three days.
    package var least: UInt32
    /// Each holds up to so much less: they do not all have to be replaced at once.
    package var jitter: UInt32

    /// Their inception lies so far back: clocks go wrong, and certificate authorities allow for no difference.
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

    /// Whether a signature may be given out: it holds, and has time enough left.
    package func isGivenOut(_ signature: Signature, at now: UInt32) -> Bool {
        signature.holds(at: now) && signature.secondsLeft(at: now) >= Int32(least)
    }

    /// Whether a signature should be replaced: it ends too soon, or begins too late, or ends so late that the clock must have been
    /// wrong when it was made.
    ///
    /// - Parameter margin: what ends so many seconds later is due, too.
    package func isDue(_ signature: Signature, at now: UInt32, within margin: UInt32 = 0) -> Bool {
        let left = signature.secondsLeft(at: now)
        return !signature.holds(at: now) || left < Int32(refresh + margin) || left > Int32(lifetime + Self.backdating)
    }
}
