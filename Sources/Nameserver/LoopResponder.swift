import Authority
import NIOCore
import Synchronization

/// The responder and workspace of one event loop, or thread, which its connections use one at a time. They are made once, so that a
/// connection for one query costs little.
final class LoopResponder {
    let transport: Transport
    let counters: QueryCounters
    private let current: CurrentResponder
    private var copy: CurrentResponder.Copy
    var workspace: Workspace

    init(_ transport: Transport, _ current: CurrentResponder, statistics: QueryStatistics) {
        self.transport = transport
        self.current = current
        counters = statistics.makeCounters(transport)
        copy = current.copy
        workspace = Workspace(signaturesPerSecond: copy.responder.signaturesPerSecond)
    }

    /// The responder; the same until ``refresh()``.
    var responder: Responder { copy.responder }

    /// Takes up the responder's replacement.
    func refresh() {
        if current.refresh(&copy) { workspace.setSignaturesPerSecond(copy.responder.signaturesPerSecond) }
        copy.responder.beginBatch(with: &workspace)
    }
}
