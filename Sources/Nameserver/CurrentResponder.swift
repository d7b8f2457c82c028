package import Authority
import Synchronization

/// What answers, replaced as a whole now and then while many threads use it. Who uses it keeps a copy, and brings it up to date where
/// that suits: that costs one atomic read as long as it is the same, and no reference is counted by several threads.
package final class CurrentResponder: Sendable {
    private let generation = Atomic<UInt64>(0)
    private let responder: Mutex<Responder>

    package init(_ responder: Responder) {
        self.responder = Mutex(responder)
    }

    /// The responder as of one replacement.
    struct Copy: Sendable {
        fileprivate(set) var responder: Responder
        fileprivate var generation: UInt64
    }

    var copy: Copy {
        responder.withLock { Copy(responder: $0, generation: generation.load(ordering: .relaxed)) }
    }

    package func replace(by new: Responder) {
        responder.withLock { responder in
            responder = new
            generation.wrappingAdd(1, ordering: .releasing)
        }
    }

    /// Brings a copy up to date.
    ///
    /// - Returns: whether it was not.
    @discardableResult
    func refresh(_ copy: inout Copy) -> Bool {
        guard generation.load(ordering: .acquiring) != copy.generation else { return false }
        copy = self.copy
        return true
    }
}
