import Synchronization

/// Whether a node that shares its storage with others may answer for delegates now.
///
/// It may for a time, which it has to renew: a process that was stopped for longer must not wake up and deny what others have published
/// meanwhile.
package final class AnswerGate: Sendable {
    private let end: Atomic<UInt64>
    private let clock: @Sendable () -> UInt64

    /// - Parameter clock: the nanoseconds of a clock that is never set, and goes on while the machine sleeps.
    package init(clock: @escaping @Sendable () -> UInt64) {
        end = Atomic(0)
        self.clock = clock
    }

    package enum State: Hashable, Sendable {
        case open
        case closed
        /// Closed for longer than ``AnswerGate/longTime``: others may sign with keys by now that do not go with those of here.
        case closedForLong
    }

    /// Keys of a zone that follow one another go together for an hour beyond what caches need (RFC 7583 calls it the propagation delay). Half
    /// of that is left to others.
    package static let longTime: UInt64 = 30 * 60 * 1_000_000_000

    package var state: State {
        let (now, end) = (clock(), end.load(ordering: .acquiring))
        if now < end { return .open }
        return now - end > Self.longTime ? .closedForLong : .closed
    }

    package var isOpen: Bool { state == .open }

    /// Keeps the gate open until that moment of its clock, and not longer.
    package func open(until moment: UInt64) { end.store(moment, ordering: .releasing) }

    package func close() { _ = end.min(clock(), ordering: .releasing) }

    /// The clock's moment.
    package var now: UInt64 { clock() }
}
