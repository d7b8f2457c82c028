package import DNS

/// Makes zones from the configuration, and lists all that is wrong with it.
package struct ZoneBuilder {
    private let apexes: [DomainName]
    private let nameservers: [DomainName]
    private let startOfAuthority: Zone.StartOfAuthority
    private let hasMailRecords: Bool

    /// The TTL of NS records, in seconds.
    package static let nameserverTTL: UInt32 = 3600

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

    /// What is wrong, in words; `recordIndex` names the record at fault, if there is one.
    package struct Problem: Error, Hashable, Sendable {
        package var recordIndex: Int?
        package var text: String
        /// Whether the zone can be served nevertheless.
        package var isWarning = false
    }

    /// - Parameter fileZones: further zones, already made.
    package func build(records: [ResourceRecord], fileZones: [Zone] = []) -> (zones: Zones, problems: [Problem]) {
        var problems: [Problem] = []
        var zones: [DomainName: ZoneNodes] = [:]
        for apex in apexes {
            var nodes = ZoneNodes(apex: apex)
            let data = nameservers.map { RecordData.ns($0) }
            nodes[apex, .ns] = RRset(owner: apex, type: .ns, ttl: Self.nameserverTTL, data: data)
            zones[apex] = nodes
        }
        addNestedZones(to: &zones)
        for (index, record) in records.enumerated() {
            if let text = add(record, to: &zones) { problems.append(Problem(recordIndex: index, text: text)) }
        }
        for nameserver in nameservers {
            guard let apex = apex(of: nameserver), let nodes = zones[apex] else { continue }
            if nodes[nameserver, .cname] != nil {
                let reason =
                    "is a CNAME, which a name server must not be (RFC 2181 section 10.3): give the name that it leads to"
                problems.append(Problem(text: "the name server \(nameserver) " + reason))
            } else if nodes[nameserver, .a] == nil && nodes[nameserver, .aaaa] == nil {
                problems.append(
                    Problem(
                        text: "the name server \(nameserver) is in the zone \(apex) but has no address there: add a record "
                            + "like “\(nameserver) 3600 IN A 192.0.2.53”"))
            }
        }
        for (index, record) in records.enumerated() where record.data.type == .ns {
            guard let name = record.data.target, !name.isAddress, let apex = apex(of: record.owner), record.owner != apex,
                let problem = zones[apex]?.problem(
                    ofNameserver: name, of: record.owner, innerApexes: apexes + fileZones.map(\.apex))
            else { continue }
            // Another name server of the delegation may work.
            problems.append(Problem(recordIndex: index, text: problem.text, isWarning: true))
        }

        let made = apexes.compactMap { zones[$0] }.map { nodes in
            var nodes = nodes
            if hasMailRecords { MailRecords.add(to: &nodes) }
            nodes.addEmptyNonTerminals()
            return Zone(
                apex: nodes.apex, nameservers: nameservers, startOfAuthority: .made(startOfAuthority), nodes: nodes.nodes)
        }
        return (Zones(made + fileZones).delegatingInnerZones(), problems)
    }

    /// Delegates each zone inside another one, so that the names between the two apexes exist.
    private func addNestedZones(to zones: inout [DomainName: ZoneNodes]) {
        for inner in apexes {
            guard let above = inner.parent.flatMap({ apex(of: $0) }) else { continue }
            let delegation = zones[inner]?[inner, .ns]
            zones[above]?[inner, .ns] = delegation
        }
    }

    private func apex(of name: DomainName) -> DomainName? {
        apexes.filter { name.isAtOrBelow($0) }.max { $0.wire.count < $1.wire.count }
    }

    /// - Returns: what is wrong with the record; `nil` if it was added.
    private func add(_ record: ResourceRecord, to zones: inout [DomainName: ZoneNodes]) -> String? {
        // A DS belongs to the zone above, if that is here, too.
        let above = record.data.type == .ds && apexes.contains(record.owner) ? record.owner.parent : nil
        guard let apex = above.flatMap({ apex(of: $0) }) ?? apex(of: record.owner) else {
            let list = apexes.map(\.description).joined(separator: ", ")
            return "\(record.owner) is in none of the zones (\(list))"
        }
        if record.data.type == .soa { return "the SOA record is made from “nameservers” and “contact”" }
        if record.data.type == .ns && record.owner == apex {
            return "the NS records of \(apex) are made from “nameservers”"
        }
        return zones[apex]?.add(record)
    }
}
