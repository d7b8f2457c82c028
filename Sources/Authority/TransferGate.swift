import Synchronization

/// Whether zones may be transferred now. The gate is closed while a raised serial is not durable: after a crash, the serial could stand for
/// other zone data.
package final class TransferGate: Sendable {
    private let openness = Atomic(true)

    package init() {}

    package var isOpen: Bool { openness.load(ordering: .acquiring) }

    package func set(isOpen: Bool) { openness.store(isOpen, ordering: .releasing) }
}
