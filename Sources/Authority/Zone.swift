package import DNS

/// A zone for which this server is an authority: its apex and what is configured in it. Delegates are not here; they are in
/// the table.
package final class Zone: Sendable {
    package let apex: DomainName
    package let nameservers: [DomainName]
    private let startOfAuthority: StartOfAuthority
    /// Every name that exists: those with records, and empty non-terminals between them and the apex (RFC 4592 section 2.2.2).
    private let nodes: [DomainName: Node]

    /// The records of one name, a type each.
    struct Node: Sendable {
        var rrsets: [RecordType: RRset] = [:]
    }

    /// The part of the SOA record that does not change (RFC 1035 section 3.3.13).
    package struct StartOfAuthority: Hashable, Sendable {
        package var primary: DomainName
        package var mailbox: DomainName
        /// How long an answer that something is not there may be kept, in seconds; also the TTL of the SOA record itself (RFC 2308
        /// section 3).
        package var negativeTTL: UInt32

        package init(primary: DomainName, mailbox: DomainName, negativeTTL: UInt32) {
            self.primary = primary
            self.mailbox = mailbox
            self.negativeTTL = negativeTTL
        }
    }

    init(apex: DomainName, nameservers: [DomainName], startOfAuthority: StartOfAuthority, nodes: [DomainName: Node]) {
        self.apex = apex
        self.nameservers = nameservers
        self.startOfAuthority = startOfAuthority
        self.nodes = nodes
    }

    func node(at name: DomainName) -> Node? { nodes[name] }

    /// The records of one type at a name, if there are any.
    package func rrset(at name: DomainName, type: RecordType) -> RRset? { nodes[name]?.rrsets[type] }

    /// The SOA record, its serial the place of the latest change.
    func soa(serial: UInt32) -> RRset {
        // Nobody transfers the zone; the times are what secondaries would be content with.
        let data = RecordData.soa(
            primary: startOfAuthority.primary, mailbox: startOfAuthority.mailbox, serial: serial,
            refresh: 3600, retry: 600, expire: 604_800, minimum: startOfAuthority.negativeTTL)
        return RRset(owner: apex, type: .soa, ttl: startOfAuthority.negativeTTL, data: [data])
    }

    var negativeTTL: UInt32 { startOfAuthority.negativeTTL }
}

/// The zones of this server.
package struct Zones: Sendable {
    package let all: [Zone]

    package init(_ all: [Zone]) {
        self.all = all
    }

    /// The zone in which a name lies: of several, the one with the longest apex. DS at an apex lies in the zone above it, if that
    /// one is here too (RFC 4035 section 3.1.4.1).
    func zone(of name: DomainName, type: RecordType) -> Zone? {
        var found: Zone?
        for zone in all where name.isAtOrBelow(zone.apex) {
            if type == .ds, zone.apex == name, all.contains(where: { $0.apex != name && name.isAtOrBelow($0.apex) }) {
                continue
            }
            if let known = found, known.apex.wire.count > zone.apex.wire.count { continue }
            found = zone
        }
        return found
    }
}
