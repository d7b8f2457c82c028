package import Authority
import Synchronization

/// The responder, replaced as a whole now and then while many threads use it. Each user keeps a copy, and refreshes it where that suits:
/// this costs one atomic read while nothing has changed, and no reference is counted by several threads.
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
    /// - Returns: whether it was out of date.
    @discardableResult
    func refresh(_ copy: inout Copy) -> Bool {
        guard generation.load(ordering: .acquiring) != copy.generation else { return false }
        copy = self.copy
        return true
    }
}
