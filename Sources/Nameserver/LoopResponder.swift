package import Authority
import NIOCore
package import Sockets
import Synchronization

/// What the connections of one event loop answer with, one connection at a time: made once, so that a connection for one query
/// costs little.
final class LoopResponder {
    private let current: Replaceable<Responder>
    private var copy: Replaceable<Responder>.Copy
    var workspace = Workspace()

    fileprivate init(_ current: Replaceable<Responder>) {
        self.current = current
        copy = current.copy
    }

    /// What answers; the same until ``refresh()``.
    var responder: Responder { copy.value }

    /// Takes up what has replaced it.
    func refresh() {
        _ = current.refresh(&copy)
    }
}

/// The event loops' responders.
package final class LoopResponders: Sendable {
    private let current: Replaceable<Responder>
    private let made = Mutex<[ObjectIdentifier: NIOLoopBound<LoopResponder>]>([:])

    package init(_ current: Replaceable<Responder>) {
        self.current = current
    }

    /// - Precondition: it is called on the event loop.
    func responder(of loop: any EventLoop) -> LoopResponder {
        made.withLock { made in
            let bound = made[ObjectIdentifier(loop)] ?? NIOLoopBound(LoopResponder(current), eventLoop: loop)
            made[ObjectIdentifier(loop)] = bound
            return bound
        }.value
    }
}
