package import DNS

/// Makes zones from what is configured, and lists all that is wrong with it.
package struct ZoneBuilder {
    private let apexes: [DomainName]
    private let nameservers: [DomainName]
    private let startOfAuthority: Zone.StartOfAuthority
    private let hasMailRecords: Bool

    /// The TTL of NS records, in seconds.
    package static let nameserverTTL: UInt32 = 3600

    /// In octets, with what stands around the data of each record; leaves room for the rest of a message of 65,535 octets.
    private static let maximumRRsetLength = 60_000
    private static let recordOverhead = 12

    /// - Precondition: there is at least one apex and one name server.
    package init(
        apexes: [DomainName], nameservers: [DomainName], startOfAuthority: Zone.StartOfAuthority, hasMailRecords: Bool
    ) {
        precondition(!apexes.isEmpty && !nameservers.isEmpty)
        self.apexes = apexes
        self.nameservers = nameservers
        self.startOfAuthority = startOfAuthority
        self.hasMailRecords = hasMailRecords
    }

    /// What is wrong, in words; `recordIndex` tells with which of the records, if with one.
    package struct Problem: Error, Hashable, Sendable {
        package var recordIndex: Int?
        package var text: String
    }

    package func build(records: [ResourceRecord]) -> (zones: Zones, problems: [Problem]) {
        var problems: [Problem] = []
        var nodes: [DomainName: [DomainName: Zone.Node]] = [:]
        for apex in apexes {
            let data = nameservers.map { RecordData.ns($0) }
            let rrset = RRset(owner: apex, type: .ns, ttl: Self.nameserverTTL, data: data)
            nodes[apex] = [apex: Zone.Node(rrsets: [.ns: rrset])]
        }
        addNestedZones(to: &nodes)
        for (index, record) in records.enumerated() {
            if let text = add(record, to: &nodes) { problems.append(Problem(recordIndex: index, text: text)) }
        }
        for nameserver in nameservers {
            guard let apex = apex(of: nameserver) else { continue }
            let rrsets = nodes[apex]?[nameserver]?.rrsets ?? [:]
            if rrsets[.a] == nil && rrsets[.aaaa] == nil {
                problems.append(
                    Problem(
                        text: "the name server \(nameserver) is in the zone \(apex) but has no address there: add a record "
                            + "like “\(nameserver) 3600 IN A 192.0.2.53”"))
            }
        }

        let zones = apexes.map { apex in
            var zoneNodes = nodes[apex] ?? [:]
            if hasMailRecords { MailRecords.add(to: &zoneNodes, apex: apex) }
            Self.addEmptyNonTerminals(to: &zoneNodes, apex: apex)
            return Zone(apex: apex, nameservers: nameservers, startOfAuthority: startOfAuthority, nodes: zoneNodes)
        }
        return (Zones(zones), problems)
    }

    /// A zone inside another is delegated by it, so that the names between the two apexes exist.
    private func addNestedZones(to nodes: inout [DomainName: [DomainName: Zone.Node]]) {
        for inner in apexes {
            let above = inner.parent.flatMap { apex(of: $0) }
            if let above, let delegation = nodes[inner]?[inner] { nodes[above]?[inner] = delegation }
        }
    }

    private func apex(of name: DomainName) -> DomainName? {
        apexes.filter { name.isAtOrBelow($0) }.max { $0.wire.count < $1.wire.count }
    }

    /// - Returns: what is wrong with the record, if something is.
    private func add(_ record: ResourceRecord, to nodes: inout [DomainName: [DomainName: Zone.Node]]) -> String? {
        let type = record.data.type
        if type == .dname { return "DNAME is not served: write the CNAME records that it would make" }
        if type == .ns && record.owner.labels.first.map({ Array($0) == Array("*".utf8) }) == true {
            return "\(record.owner) cannot be delegated: a wildcard with NS has no meaning (RFC 4592 section 4.2)"
        }
        guard let apex = apex(of: record.owner) else {
            let list = apexes.map(\.description).joined(separator: ", ")
            return "\(record.owner) is in none of the zones (\(list))"
        }
        if type == .soa { return "the SOA record is made from “nameservers” and “contact”" }
        if type == .ns && record.owner == apex { return "the NS records of \(apex) are made from “nameservers”" }

        var node = nodes[apex]?[record.owner] ?? Zone.Node()
        let hasOtherData = node.rrsets.keys.contains { $0 != .cname }
        if type == .cname && (hasOtherData || record.owner == apex) || type != .cname && node.rrsets[.cname] != nil {
            return "\(record.owner) has a CNAME, so it can have no other records (RFC 1034 section 3.6.2)"
        }
        var rrset = node.rrsets[type] ?? RRset(owner: record.owner, type: type, ttl: record.ttl, data: [])
        if type == .cname && !rrset.data.isEmpty { return "\(record.owner) has a CNAME already, and there can be but one" }
        guard rrset.ttl == record.ttl else {
            return "\(record.owner) \(type) has two TTLs, \(rrset.ttl) s and \(record.ttl) s: give all its records the same "
                + "(RFC 2181 section 5.2)"
        }
        if !rrset.data.contains(record.data) { rrset.data.append(record.data) }
        guard rrset.data.reduce(0, { $0 + $1.octets.count + Self.recordOverhead }) <= Self.maximumRRsetLength else {
            return "\(record.owner) \(type) has more than \(Self.maximumRRsetLength) octets of data: no message could hold it"
        }
        node.rrsets[type] = rrset
        nodes[apex]?[record.owner] = node
        return nil
    }

    private static func addEmptyNonTerminals(to nodes: inout [DomainName: Zone.Node], apex: DomainName) {
        for name in nodes.keys {
            var ancestor = name.parent
            while let current = ancestor, current != apex, current.isAtOrBelow(apex), nodes[current] == nil {
                nodes[current] = Zone.Node()
                ancestor = current.parent
            }
        }
    }
}
