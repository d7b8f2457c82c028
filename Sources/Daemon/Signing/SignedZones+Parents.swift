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

    /// Takes up what a resolver said.
    func take(_ answer: ParentQuery.Answer, of apex: DomainName, now: Timestamp) {
        change { state in
            guard var zone = state.zones[apex] else { return }
            zone.parentAsked = now
            let former = zone.parent
            switch answer {
            case .records(let records, let ttl):
                zone.parent = zone.parentView(of: records, ttl: .left(ttl))
                zone.parentTrouble = nil
            case .unknown(let reason):
                // What was known stays known: a resolver that is away for a while says nothing about the parent.
                zone.parentTrouble = reason
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
    /// There are some, of none of the keys: resolvers take the zone for a forged one.
    case wrong
    case unknown
}

extension SignedZone {
    var parentState: ParentState {
        switch parent {
        case .unknown: .unknown
        case .none: .none
        case .keys(let tags, _): tags.isDisjoint(with: keys.uses.entry) ? .wrong : .matches
        }
    }
}
