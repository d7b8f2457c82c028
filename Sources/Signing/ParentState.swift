import DNSSEC

/// How a parent's DS records match a zone's keys.
package enum ParentState: String, CaseIterable, Sendable {
    case matches
    /// The parent has none: resolvers take the zone for an unsigned one.
    case none
    /// No validator can use their algorithms or digest types: resolvers take the zone for an unsigned one.
    case unusable
    /// They match none of the keys: resolvers take the zone for a forged one.
    case wrong
    case unknown
}

extension SignedZone {
    var parentState: ParentState {
        switch parent {
        case .unknown: .unknown
        case .none: .none
        case .unusable: .unusable
        case .keys(let tags, let others, _, _, _): tags.union(others).isDisjoint(with: keys.uses.entry) ? .wrong : .matches
        }
    }
}
