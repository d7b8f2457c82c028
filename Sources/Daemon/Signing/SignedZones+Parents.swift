import DNS
import DNSSEC
import Delegates
import Logging
import Sockets

/// What the parents have.
extension SignedZones {
    /// How long what is known of a parent is enough.
    private static func lifetime(_ zone: SignedZone) -> Duration {
        switch zone.keys.stage {
        case .entryKeyAwaitsParent, .algorithmAwaitsParent, .deletionRequested: .seconds(60)
        case .entryKeyRetires, .algorithmRetires, .deletionWaits: .seconds(600)
        case .steady, .entryKeyIntroduced, .zoneKeyIntroduced, .zoneKeyRetires, .algorithmSigns, .algorithmIntroduced,
            .algorithmWithdrawn, .unsigned:
            // Right after the start nothing is known; the network may not be there yet.
            zone.parent == .unknown ? .seconds(60) : .seconds(3600)
        }
    }

    /// The zones whose parents should be asked, and whom to ask.
    func parentsToAsk(now: Timestamp) -> [(apex: DomainName, resolvers: [Endpoint])] {
        look { state in
            state.zones.values.compactMap { zone in
                let isDue = zone.parentAsked.map { now >= $0.advanced(by: Self.lifetime(zone)) } ?? true
                return isDue ? (zone.apex, state.settings.resolvers) : nil
            }
        }
    }

    /// What is known of a parent, if it is not too old: that there is no DS is good only for as long as resolvers say so.
    func freshParent(of zone: SignedZone, now: Timestamp) -> ZoneKeys.ParentView {
        guard zone.parent.isInsecure, let told = zone.parentTold else { return zone.parent }
        return now < told.advanced(by: Self.absenceLifetime) ? zone.parent : .unknown
    }

    private static let absenceLifetime = Duration.seconds(1800)

    /// Takes up what resolvers said.
    func take(_ survey: ParentSurvey, of apex: DomainName, now: Timestamp) {
        change { state in
            guard var zone = state.zones[apex] else { return }
            zone.parentAsked = now
            let former = zone.parent
            let finding = survey.finding(for: zone)
            zone.parentTrouble = finding.trouble
            // What was known stays known: a resolver that is away for a while says nothing about the parent.
            if finding.view != .unknown {
                zone.parent = finding.view
                zone.parentTold = now
            }
            state.zones[apex] = zone
            guard former != zone.parent else { return }
            note(zone)
        }
    }

    private func note(_ zone: SignedZone) {
        let metadata: Logger.Metadata = ["dns.zone": "\(zone.apex)", "dnssec.parent": "\(zone.parentState.rawValue)"]
        if zone.parentState == .wrong {
            logger.error("the parent's DS fit none of the keys: resolvers take all answers for forged", metadata: metadata)
        } else {
            logger.notice("parent's DS", metadata: metadata)
        }
    }
}

/// How a parent's DS records go with a zone's keys.
enum ParentState: String, CaseIterable, Sendable {
    case matches
    /// There are none: resolvers take the zone for one that is not signed.
    case none
    /// There are some, of algorithms or digest types that no validator can use: the same.
    case unusable
    /// There are some, of none of the keys: resolvers take the zone for a forged one.
    case wrong
    case unknown
}

extension SignedZone {
    var parentState: ParentState {
        switch parent {
        case .unknown: .unknown
        case .none: .none
        case .unusable: .unusable
        case .keys(let tags, let others, _): tags.union(others).isDisjoint(with: keys.uses.entry) ? .wrong : .matches
        }
    }
}
