import Authority
import DNS
import DNSSEC
package import Delegates

extension SignedZones {
    /// The status of each zone, in the order of their names.
    package func statuses(now: Timestamp) -> [SigningStatus] {
        look { state in
            state.configured.all.map(\.apex).sorted { $0.description < $1.description }.map { apex in
                state.zones[apex].map { status(of: $0, in: state, now: now) } ?? SigningStatus(apex: apex)
            }
        }
    }

    func status(of zone: SignedZone, in state: State, now: Timestamp) -> SigningStatus {
        var status = SigningStatus(apex: zone.apex, stage: zone.keys.stage)
        status.keys = zone.keys.keys.map(zone.status(of:))
        status.requestedDS = zone.requestedDS
        status.signals = signals(of: zone, in: state)
        status.waiting = zone.keys.waiting(timing(of: zone.apex, in: state))
        if case .time(let seconds) = status.waiting { status.waitEnd = state.systemTime(after: seconds, now: now) }
        status.isResigned = state.isResigned
        status.parent = zone.parentState
        status.contradiction = zone.contradiction(by: zone.parent)
        status.parentAsked = (zone.parent == .unknown ? zone.parentAsked : zone.parentTold).map {
            state.systemTime(after: $0.secondsSinceEpoch - now.secondsSinceEpoch, now: now)
        }
        status.parentTrouble = zone.parentTrouble
        if zone.keys.isSigned {
            status.expiration = earliestExpiration(in: state).map { state.systemTime(after: $0, now: now) }
        }
        status.trouble = zone.trouble
        return status
    }

    /// The records that tell the parent of a zone of its keys, in the zones of its name servers elsewhere.
    private func signals(of zone: SignedZone, in state: State) -> [ResourceRecord] {
        guard let signer = zone.makeSigner() else { return [] }
        let nameservers = state.configured.zone(withApex: zone.apex)?.nameservers ?? []
        let elsewhere = nameservers.filter { state.configured.zone(containing: $0) == nil }
        return elsewhere.compactMap(signer.signalName(below:)).flatMap(signer.signals(at:)).flatMap { rrset in
            rrset.data.map { ResourceRecord(owner: rrset.owner, ttl: rrset.ttl, data: $0) }
        }
    }
}

extension SignedZones.State {
    /// The time that the system's clock shows a number of seconds from now.
    fileprivate func systemTime(after seconds: Int64, now: Timestamp) -> Timestamp {
        Timestamp(secondsSinceEpoch: now.secondsSinceEpoch + (systemTimeOffset ?? 0) + seconds)
    }
}

extension SignedZone {
    fileprivate func status(of key: ZoneKeys.Key) -> SigningStatus.Key {
        let uses = keys.uses
        var parentHas: Bool?
        switch parent {
        case .unknown: break
        case .none, .unusable: parentHas = false
        // An outgoing DS is gone when no resolver sees it; an incoming DS is there when all do.
        case .keys(let tags, let others, _, _, _):
            parentHas = tags.contains(key.tag) || !uses.requested.contains(key.tag) && others.contains(key.tag)
        }
        return SigningStatus.Key(
            tag: key.tag, algorithm: key.algorithm, role: key.role, isIncoming: key.isIncoming,
            isAdopted: key.isAdopted == true, isPublished: uses.published.contains(key.tag),
            signsKeys: uses.entry.contains(key.tag), signsData: uses.data.contains(key.tag),
            parentShouldHave: uses.requested.contains(key.tag), parentHas: parentHas)
    }
}
