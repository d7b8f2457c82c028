import Delegates
import Logging
import PrometheusMetrics
import StorageParts
import Synchronization

/// What operators see of the nodes.
extension Nodes {
    func noteTrouble(_ trouble: String?) {
        let former = state.withLock { state in
            defer { state.trouble = trouble }
            return state.trouble
        }
        switch (former, trouble) {
        case (nil, let trouble?): logger.error("lease not renewed", metadata: ["error": "\(trouble)"])
        case (.some, nil): logger.notice("lease renewed again")
        case (nil, nil), (.some, .some): break
        }
    }

    /// Why this node does not answer for delegates; `nil` if it does.
    var trouble: StorageError? {
        guard !settings.gate.isOpen else { return nil }
        return .unavailable("this node is behind the others, or does not know: delegates get SERVFAIL until it has caught up")
    }

    /// Whether this node is the first of those that are alive.
    var leads: Bool {
        state.withLock { state in
            guard let renewal = state.renewal, isGood(renewal) else { return false }
            return state.members.others.first { !$0.isOut && $0.row.name < settings.name } == nil
        }
    }

    /// Whether notifications come; `nil` before that is known.
    var isListening: Bool? { state.withLock(\.isListening) }

    var statuses: [NodeStatus] {
        let (members, end) = state.withLock { ($0.members, $0.end) }
        let own = following.place.sequence
        return members.all.values.sorted { $0.row.name < $1.row.name }.map { member in
            let isThisNode = member.row.name == settings.name && member.row.instance == instance
            let place = isThisNode ? own : member.row.place
            return NodeStatus(
                name: member.row.name, version: member.row.version, address: member.row.address,
                started: member.row.started, place: place.number,
                lag: max(end, own).number - min(place, max(end, own)).number, lease: member.row.lease,
                age: member.beatSeen.duration(to: .now), isOut: member.isOut, isThisNode: isThisNode)
        }
    }

    func write(to exposition: inout Exposition) {
        let statuses = statuses
        exposition.write(
            .gauge, "nuncio_nodes", "Nodes that share the database.",
            [
                ([("state", "alive")], Double(statuses.count { !$0.isOut })),
                ([("state", "out")], Double(statuses.count(where: \.isOut))),
            ])
        exposition.write(
            .gauge, "nuncio_node_lag_changes", "Changes in the database that this node does not answer with yet.",
            Double(statuses.first(where: \.isThisNode)?.lag ?? 0))
        exposition.write(
            .gauge, "nuncio_node_answers", "Whether this node answers for delegates: 1 or 0.", settings.gate.isOpen ? 1 : 0)
        exposition.write(
            .counter, "nuncio_node_lost_changes_total", "Changes that the database had lost when this node looked.",
            Double(lostChanges.load(ordering: .relaxed)))
        exposition.write(
            "nuncio_node_confirmation_seconds", "Time from a commit until all other nodes that are alive have it.",
            [([], confirmations.snapshot)])
    }
}
