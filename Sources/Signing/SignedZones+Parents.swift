import Authority
package import DNS
import DNSSEC
package import Delegates
import Sockets

/// The state of the parents.
extension SignedZones {
    /// How long knowledge of a parent stays fresh enough.
    private static func lifetime(_ zone: SignedZone) -> Duration {
        switch zone.keys.stage {
        case .entryKeyAwaitsParent, .algorithmAwaitsParent, .deletionRequested: .seconds(60)
        case .entryKeyRetires, .algorithmRetires, .algorithmWithdrawn, .deletionWaits: .seconds(600)
        case .steady, .entryKeyIntroduced, .zoneKeyIntroduced, .zoneKeyRetires, .algorithmSigns, .algorithmIntroduced,
            .unsigned:
            // Right after the start nothing is known, and the network may not be up yet.
            zone.parent == .unknown ? .seconds(60) : .seconds(3600)
        }
    }

    /// The zones whose parents should be asked.
    func parentsToAsk(now: Timestamp) -> [DomainName] {
        look { state in
            state.zones.values.filter { zone in
                // A parent on this server is known.
                parentHere(of: zone, in: state) == nil
                    && zone.parentAsked.map { now >= $0.advanced(by: Self.lifetime(zone)) } ?? true
            }.map(\.apex)
        }
    }

    /// What the parent zone has, if it is one of these zones; otherwise `nil`.
    func parentHere(of zone: SignedZone, in state: State) -> ZoneKeys.ParentView? {
        guard let apex = state.configured.parent(of: zone.apex)?.apex, let parent = state.signed.zone(withApex: apex)
        else { return nil }
        let ds = parent.rrset(at: zone.apex, type: .ds)
        return zone.parentView(of: ds?.data ?? [], ttl: .whole(ds?.ttl ?? parent.negativeTTL))
    }

    /// What resolvers said of a parent, if it is not too old; otherwise unknown.
    func told(of zone: SignedZone, within limit: Duration = .seconds(1800), now: Timestamp) -> ZoneKeys.ParentView {
        guard let told = zone.parentTold, now < told.advanced(by: limit) else { return .unknown }
        return zone.parent
    }

    /// Asks the resolvers about a zone's parent now.
    package func askParent(of apex: DomainName, now: () -> Timestamp) async {
        let (resolvers, isKnown) = look { state -> ([Endpoint]?, Bool) in
            let zone = state.zones[apex]
            guard zone.flatMap({ parentHere(of: $0, in: state) }) == nil else { return (nil, true) }
            return (state.settings.resolvers, zone?.parentTold != nil)
        }
        guard let resolvers else { return }
        // A delegation that resolvers have told of is there.
        let survey =
            await isKnown ? ParentSurvey(of: apex, by: resolvers) : ParentSurvey(ofMaybeUndelegated: apex, by: resolvers)
        take(survey, of: apex, now: now())
    }

    /// Takes in what resolvers said.
    func take(_ survey: ParentSurvey, of apex: DomainName, now: Timestamp) {
        change { state in
            guard var zone = state.zones[apex] else { return }
            zone.parentAsked = now
            let former = zone.parent
            let finding = survey.finding(for: zone)
            zone.parentTrouble = finding.trouble
            // Earlier knowledge stays: a resolver that is away for a while says nothing about the parent.
            if finding.view != .unknown {
                zone.parent = finding.view
                zone.parentTold = now
            }
            state.zones[apex] = zone
            if !former.isAlike(zone.parent) { report(.parentChanged(apex: apex, zone.parentState)) }
        }
    }
}
