package import DNS
package import Sockets

/// A zone as its parent names it.
package struct DelegatedZone: Hashable, Sendable {
    package var apex: DomainName
    /// The apex of the zone that delegates it; `nil` for the root.
    package var parent: DomainName?
    /// The names of its servers, with the addresses that came with them. A server without addresses has to be looked up.
    package var nameservers: [DomainName: [Endpoint.Host]]
    /// Whether the names come from a referral of the parent. Otherwise the parent's servers are the zone's own, too, and answer as such.
    package var isReferred: Bool

    package init(apex: DomainName, parent: DomainName?, nameservers: [DomainName: [Endpoint.Host]], isReferred: Bool) {
        self.apex = apex
        self.parent = parent
        self.nameservers = nameservers
        self.isReferred = isReferred
    }
}

/// Where a name is: in which zone, and what stands there.
package struct Place: Sendable {
    package enum State: Hashable, Sendable {
        /// The name exists, or a name below it does, as far as its server says.
        case present
        /// A name does not exist, and so no name below it: the name itself or one above it.
        case absent(DomainName)
        /// There is a CNAME at the name itself. It says nothing of the names below.
        case alias(DomainName, target: DomainName)
        /// A DNAME above the name leads it elsewhere (RFC 6672).
        case redirected(DomainName, target: DomainName)
    }

    /// The zones from the root down to the one with the name.
    package var zones: [DelegatedZone]
    package var state: State

    package init(zones: [DelegatedZone], state: State) {
        self.zones = zones
        self.state = state
    }

    /// The zone with the name.
    package var zone: DelegatedZone { zones[zones.count - 1] }
}

/// The reason why a descent ended early.
package enum DescentFailure: Error, Sendable {
    /// No server of the zone answers for it.
    case unreachable(DomainName, NoResponse)
    /// The bound on queries or time was reached.
    case exhausted
}

extension DescentFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let apex, let response): "no name server of \(apex.withoutFinalDot) answers: \(response)"
        case .exhausted: "the look-up took too many queries or too long"
        }
    }
}
