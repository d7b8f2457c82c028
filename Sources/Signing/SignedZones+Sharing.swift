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
            let isConfigured = state.configured.zone(withApex: apex) != nil
            let hasBegun = shared.hasBegun(apex)
            guard try shared.take(content, of: apex, at: sequence, signs: isConfigured), isConfigured,
                var zone = try SignedZone.read(apex, from: shared)
            else { return false }
            retireFiles(of: apex, shared)
            let former = state.zones[apex]
            let isSame = former?.keys.stage == zone.keys.stage && former?.keys.keys == zone.keys.keys
            if let former, isSame { zone.keepParent(of: former) }
            state.zones[apex] = zone
            guard !isSame else { return false }
            report(former == nil ? zone.firstKeys(areOwn: hasBegun) : .stageChanged(SigningEvent.Keys(zone)))
            apply(to: &state, now: now)
            return true
        }
    }

    /// Puts files of the time before keys were shared out of use.
    func retireFiles(of apex: DomainName, _ shared: SharedKeys) {
        do {
            let names = try shared.retireFiles(of: apex)
            if !names.isEmpty { report(.filesRetired(apex: apex, names: names)) }
        } catch {
            report(.filesNotRetired(apex: apex, error))
        }
    }

    /// Proposes keys for the zones that are to be signed and have none: the proposal at a reload may not have come through.
    package func proposeMissing() throws(KeyFolder.Failure) {
        guard let shared else { return }
        try change { state throws(KeyFolder.Failure) in
            guard state.settings.isOn else { return }
            for zone in state.configured.all where state.zones[zone.apex] == nil && !shared.isAgreeing(on: zone.apex) {
                state.zones[zone.apex] = try adopt(zone.apex, shared, in: &state, known: nil, beginsZones: true)
            }
        }
    }

    /// The keys of a zone and their stage, as they are in use.
    package func use(of apex: DomainName) -> KeyUse? {
        look { state in state.zones[apex].map { KeyUse(stage: $0.keys.stage, keys: $0.keys.keys) } }
    }

    package struct KeyUse: Equatable, Sendable {
        let stage: ZoneKeys.Stage
        let keys: [ZoneKeys.Key]
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

extension SignedZone {
    /// - Parameter own: whether this server has proposed the zone's first keys.
    fileprivate func firstKeys(areOwn own: Bool) -> SigningEvent {
        let entry = keys.keys.first { $0.role != .zoneSigning }
        guard own, let entry, let ds = secrets[entry.tag]?.ds(apex: apex) else { return .keysTaken(SigningEvent.Keys(self)) }
        let tags = keys.keys.map(\.tag)
        return entry.isAdopted == true
            ? .keysAdopted(apex: apex, tags: tags, ds: ds) : .keysMade(apex: apex, tags: tags, ds: ds)
    }
}
