import Authority
package import DNS
package import Signing

/// What the parents of the zones must have so that resolvers find this server. Nothing has to be done for a zone whose parent is one of
/// its zones.
package struct ParentZone: Sendable {
    private let configuration: Configuration

    package init(of configuration: Configuration) {
        self.configuration = configuration
    }

    /// The DS records for the parent of a zone, and whether the parent has them.
    package struct Security: Sendable {
        package var zone: String
        /// The DS records in presentation form.
        package var ds: [String]
        /// Whether the zone has keys already; otherwise it gets them at the first start.
        package var hasKeys: Bool
        /// What the parent has; `nil` if there are no keys to compare it with.
        package var parent: ParentState?
        /// What the parent lacks or has too much, in a sentence; `nil` if all is well.
        package var problem: String?
    }

    /// Asks the configured resolvers about each zone's parent. It takes at most 5 seconds for each zone.
    ///
    /// - Parameter undelegated: the zones that no resolver is asked about. What their parents have is unknown.
    /// - Throws: the reason in words, if there are keys that cannot be read.
    package func security(notAsking undelegated: Set<DomainName> = []) async throws -> [Security] {
        let check = ParentCheck(zones: configuration.zones, settings: SigningSettings(configuration.signing))
        return try await check.findings(notAsking: undelegated).map { Security($0) }
    }

    /// The zones whose parents are elsewhere.
    private var outerZones: [Zone] { configuration.zones.all.filter { configuration.zones.parent(of: $0.apex) == nil } }

    /// What the parent of one zone must have.
    package struct Delegation: Sendable {
        package var apex: DomainName
        package var nameservers: [DomainName]
        /// The address records of the name servers inside the zone.
        package var glue: [ResourceRecord]

        package var nameserverRecords: [ResourceRecord] {
            nameservers.map { ResourceRecord(owner: apex, ttl: ZoneBuilder.nameserverTTL, data: .ns($0)) }
        }
    }

    package var delegations: [Delegation] {
        outerZones.map { zone in
            let glue = zone.nameservers.filter { $0.isAtOrBelow(zone.apex) }.flatMap { name in
                [RecordType.a, .aaaa].compactMap { zone.rrset(at: name, type: $0) }.flatMap { rrset in
                    rrset.data.map { ResourceRecord(owner: name, ttl: rrset.ttl, data: $0) }
                }
            }
            return Delegation(apex: zone.apex, nameservers: zone.nameservers, glue: glue)
        }
    }

    /// The lines for the parent of each zone: NS records, and the addresses of name servers inside the zone.
    package var lines: [String] { delegations.flatMap { $0.nameserverRecords + $0.glue }.map(\.description) }
}

extension ParentZone.Security {
    fileprivate init(_ finding: ParentCheck.Finding) {
        let apex = finding.apex
        zone = apex.withoutFinalDot
        switch finding.keys {
        case .none: (ds, hasKeys, problem) = ([], false, nil)
        case .outOfReach:
            let advice = "the keys are the service’s credentials: “nuncio dnssec ds” prints the DS record for the parent of "
            (ds, hasKeys, problem) = ([], true, advice + zone)
        case .shared:
            let advice = "the nodes share the keys: “nuncio dnssec ds” prints the DS record for the parent of "
            (ds, hasKeys, problem) = ([], true, advice + zone)
        case .found(let requested, let parent):
            (ds, hasKeys) = (requested.map { $0.presentation(at: apex) }, true)
            self.parent = parent
            problem = parent.problem.map { "the parent of \(apex.withoutFinalDot) has \($0)" }
        }
    }
}

extension ParentState {
    /// What a parent has, if that is a problem, in words that follow “has”.
    fileprivate var problem: String? {
        switch self {
        case .matches, .unknown: nil
        case .none: "no DS record: the signatures protect nobody yet"
        case .unusable:
            "DS records of algorithms or digest types that no resolver knows: the signatures protect nobody. Give it the one above "
                + "instead"
        case .wrong: "DS records of none of the keys: resolvers treat all answers as forged. Give it the one above"
        }
    }
}

extension Configuration {
    /// Whether a zone of this server has an address of a name, or an alias that may lead to one.
    package func hasAddress(of name: DomainName) -> Bool {
        zones.all.contains { zone in
            [RecordType.a, .aaaa, .cname].contains { zone.rrset(at: name, type: $0) != nil }
        }
    }
}
