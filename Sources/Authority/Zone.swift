package import DNS

/// A zone for which this server is an authority: its apex and what is configured in it. Delegates are not here; they are in
/// the table.
package final class Zone: Sendable {
    package let apex: DomainName
    package let nameservers: [DomainName]
    private let startOfAuthority: Start
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

    /// All records but the SOA, in no order.
    var rrsets: [RRset] {
        nodes.values.flatMap { $0.rrsets.values.filter { $0.type != .soa } }
    }

    /// Where the SOA record comes from.
    enum Start: Sendable {
        /// Made, with the place of the latest change as its serial.
        case made(StartOfAuthority)
        /// As it stands in a master file.
        case record(ResourceRecord)
    }

    init(apex: DomainName, nameservers: [DomainName], startOfAuthority: Start, nodes: [DomainName: Node]) {
        self.apex = apex
        self.nameservers = nameservers
        self.startOfAuthority = startOfAuthority
        self.nodes = nodes
    }

    func node(at name: DomainName) -> Node? { nodes[name] }

    /// The records of one type at a name, if there are any.
    package func rrset(at name: DomainName, type: RecordType) -> RRset? { nodes[name]?.rrsets[type] }

    /// The SOA record.
    ///
    /// - Parameter serial: the place of the latest change, for a zone whose serial that is.
    func soa(serial: UInt32) -> RRset {
        switch startOfAuthority {
        case .made(let start):
            // Nobody transfers the zone; the times are what secondaries would be content with.
            let data = RecordData.soa(
                primary: start.primary, mailbox: start.mailbox, serial: serial, refresh: 3600, retry: 600, expire: 604_800,
                minimum: start.negativeTTL)
            return RRset(owner: apex, type: .soa, ttl: start.negativeTTL, data: [data])
        case .record(let record):
            return RRset(owner: apex, type: .soa, ttl: record.ttl, data: [record.data])
        }
    }

    /// The SOA record as a negative answer has it: how long it may be kept is its TTL (RFC 2308 section 3).
    func negativeSOA(serial: UInt32) -> RRset {
        var rrset = soa(serial: serial)
        rrset.ttl = negativeTTL
        return rrset
    }

    /// How long an answer that something is not there may be kept, in seconds.
    var negativeTTL: UInt32 {
        switch startOfAuthority {
        case .made(let start): start.negativeTTL
        case .record(let record): min(record.ttl, record.data.minimum ?? record.ttl)
        }
    }
}

/// The zones of this server.
package struct Zones: Sendable {
    package let all: [Zone]
    private let byApex: [DomainName: Zone]

    /// - Precondition: no two have the same apex.
    package init(_ all: [Zone]) {
        self.all = all
        byApex = Dictionary(all.map { ($0.apex, $0) }) { first, _ in first }
    }

    /// So few zones are looked through faster than a dictionary is asked for each ancestor of a name.
    private static let fewZones = 8

    /// The zone in which a name lies: of several, the one with the longest apex. DS at an apex lies in the zone above it, if that
    /// one is here too (RFC 4035 section 3.1.4.1).
    func zone(of name: DomainName, type: RecordType) -> Zone? {
        guard let zone = zone(of: name) else { return nil }
        guard type == .ds, zone.apex == name, let parent = name.parent else { return zone }
        return self.zone(of: parent) ?? zone
    }

    func zone(withApex name: DomainName) -> Zone? { byApex[name] }

    private func zone(of name: DomainName) -> Zone? {
        if all.count <= Self.fewZones {
            var found: Zone?
            for zone in all where name.isAtOrBelow(zone.apex) && zone.apex.wire.count > found?.apex.wire.count ?? 0 {
                found = zone
            }
            return found
        }
        var candidate: DomainName? = name
        while let current = candidate {
            if let zone = byApex[current] { return zone }
            candidate = current.parent
        }
        return nil
    }
}
