import Authority
import DNS

/// What has to stand in the parents of the zones so that resolvers find this server.
package struct ParentZone: Sendable {
    private let configuration: Configuration

    package init(of configuration: Configuration) {
        self.configuration = configuration
    }

    /// The lines for the parent of each zone: NS records, and the addresses of name servers that are inside the zone.
    package var lines: [String] {
        configuration.zones.all.flatMap { zone in
            let delegation = zone.nameservers.map {
                ResourceRecord(owner: zone.apex, ttl: ZoneBuilder.nameserverTTL, data: .ns($0))
            }
            let glue = zone.nameservers.filter { $0.isAtOrBelow(zone.apex) }.flatMap { name in
                [RecordType.a, .aaaa].compactMap { zone.rrset(at: name, type: $0) }.flatMap { rrset in
                    rrset.data.map { ResourceRecord(owner: name, ttl: rrset.ttl, data: $0) }
                }
            }
            return (delegation + glue).map(\.description)
        }
    }
}
