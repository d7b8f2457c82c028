import Synchronization

/// Whether copies of zones are given out now. Closed while a serial that rose is not durable: after a crash it could stand for another zone.
package final class TransferGate: Sendable {
    private let openness = Atomic(true)

    package init() {}

    package var isOpen: Bool { openness.load(ordering: .acquiring) }

    package func set(isOpen: Bool) { openness.store(isOpen, ordering: .releasing) }
}
