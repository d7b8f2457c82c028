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

    package var isOpen: Bool { clock() < end.load(ordering: .acquiring) }

    /// Keeps the gate open until that moment of its clock, and not longer.
    package func open(until moment: UInt64) { end.store(moment, ordering: .releasing) }

    package func close() { end.store(0, ordering: .releasing) }

    /// The clock's moment.
    package var now: UInt64 { clock() }
}
