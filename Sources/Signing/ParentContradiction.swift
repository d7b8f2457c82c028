import DNSSEC

/// What a parent has, as resolvers say, instead of what a stage waits for.
package enum ParentContradiction: Hashable, Sendable {
    /// It still has a DS, although signing is to end.
    case stillHasDS
    case hasNoDS
    /// No validator can use what it has.
    case hasUnusableDS
    /// It still has a DS of the algorithm that is to go.
    case stillHasLeavingAlgorithm
    /// It lacks a DS of some of the keys with these tags.
    case lacksDS(of: [UInt16])
}

extension SignedZone {
    /// What contradicts that the parent has what is waited for; `nil` if nothing does.
    func contradiction(by parent: ZoneKeys.ParentView) -> ParentContradiction? {
        switch keys.stage {
        case .deletionRequested, .deletionWaits:
            if case .keys = parent { return .stillHasDS }
            return nil
        case .entryKeyAwaitsParent, .entryKeyRetires, .algorithmAwaitsParent, .algorithmRetires:
            switch parent {
            case .unknown: return nil
            case .none: return .hasNoDS
            case .unusable: return .hasUnusableDS
            case .keys where keys.isReady(parent): return nil
            case .keys(let tags, _, _, _, _):
                let requested = keys.uses.requested
                return tags.isSuperset(of: requested) ? .stillHasLeavingAlgorithm : .lacksDS(of: requested)
            }
        case .steady, .entryKeyIntroduced, .zoneKeyIntroduced, .zoneKeyRetires, .algorithmSigns, .algorithmIntroduced,
            .algorithmWithdrawn, .unsigned:
            return nil
        }
    }
}
