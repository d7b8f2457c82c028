import Authority
package import DNS
import DNSSEC
package import Delegates

/// Keys that several servers share.
extension SignedZones {
    /// Takes what the storage has of a zone's keys, and signs with them from now on.
    ///
    /// - Parameter sequence: the change that put it there.
    /// - Returns: whether ``zones`` has changed.
    package func take(
        _ content: [UInt8], of apex: DomainName, at sequence: ChangeSequence, now: Timestamp
    ) throws(KeyFolder.Failure) -> Bool {
        guard let shared else { return false }
        return try change { state throws(KeyFolder.Failure) in
            // A zone that is not configured here can become so.
            guard try shared.take(content, of: apex, at: sequence), state.configured.zone(withApex: apex) != nil,
                var zone = try SignedZone.read(apex, from: shared)
            else { return false }
            let former = state.zones[apex]
            let isSame = former?.keys.stage == zone.keys.stage && former?.keys.keys == zone.keys.keys
            if let former, isSame { zone.keepParent(of: former) }
            state.zones[apex] = zone
            guard !isSame else { return false }
            report(former == nil ? .keysTaken(SigningEvent.Keys(zone)) : .stageChanged(SigningEvent.Keys(zone)))
            apply(to: &state, now: now)
            return true
        }
    }

    /// Notes that a state of a zone's keys could not be shared.
    package func noteNotShared(_ apex: DomainName, because reason: String) {
        let failure = KeyFolder.Failure.notShared(apex: apex, reason: reason)
        change { state in
            guard let trouble = state.zones[apex]?.trouble, trouble == failure else {
                state.zones[apex]?.trouble = failure
                report(.keysNotStored(apex: apex, failure))
                return
            }
        }
    }
}
