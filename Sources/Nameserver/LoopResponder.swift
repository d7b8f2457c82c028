import Authority
import NIOCore
import Synchronization

/// What the connections of one event loop answer with, one connection at a time: made once, so that a connection for one query
/// costs little.
final class LoopResponder {
    private let current: CurrentResponder
    private var copy: CurrentResponder.Copy
    var workspace = Workspace()
    private let tcp: QueryCounters
    private let tls: QueryCounters

    fileprivate init(_ current: CurrentResponder, statistics: QueryStatistics) {
        self.current = current
        tcp = statistics.makeCounters(.tcp)
        tls = statistics.makeCounters(.tls)
        copy = current.copy
    }

    /// What answers; the same until ``refresh()``.
    var responder: Responder { copy.responder }

    func counters(of transport: Transport) -> QueryCounters { transport == .tls ? tls : tcp }

    /// Takes up what has replaced it.
    func refresh() {
        current.refresh(&copy)
    }
}

/// The event loops' responders.
package final class LoopResponders: Sendable {
    private let current: CurrentResponder
    private let made = Mutex<[ObjectIdentifier: NIOLoopBound<LoopResponder>]>([:])

    private let statistics: QueryStatistics

    package init(_ current: CurrentResponder, statistics: QueryStatistics) {
        self.current = current
        self.statistics = statistics
    }

    /// - Precondition: it is called on the event loop.
    func responder(of loop: any EventLoop) -> LoopResponder {
        made.withLock { made in
            let bound =
                made[ObjectIdentifier(loop)] ?? NIOLoopBound(LoopResponder(current, statistics: statistics), eventLoop: loop)
            made[ObjectIdentifier(loop)] = bound
            return bound
        }.value
    }
}
