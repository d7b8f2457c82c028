import DNS

/// The names of a zone while it is being made, and the checks on each further record.
struct ZoneNodes {
    let apex: DomainName
    private(set) var nodes: [DomainName: Zone.Node] = [:]

    /// In octets, with the overhead of each record; leaves room for the rest of a message of 65,535 octets.
    private static let maximumRRsetLength = 60_000
    private static let recordOverhead = 12

    init(apex: DomainName, nodes: [DomainName: Zone.Node] = [:]) {
        self.apex = apex
        self.nodes = nodes
    }

    /// Whether another server is the authority for a name: a name above it, and below the apex, is delegated.
    func isBelowDelegation(_ name: DomainName) -> Bool {
        var ancestor = name == apex ? nil : name.parent
        while let current = ancestor, current != apex {
            if nodes[current]?.rrsets[.ns] != nil { return true }
            ancestor = current.parent
        }
        return false
    }

    subscript(name: DomainName, type: RecordType) -> RRset? {
        get { nodes[name]?.rrsets[type] }
        set { nodes[name, default: Zone.Node()].rrsets[type] = newValue }
    }

    /// Gives a record the TTL of the present records of its name and type: a resolver may keep them only as long as the first of them (RFC
    /// 2181 section 5.2).
    ///
    /// - Returns: a warning, if the record had another TTL.
    func adoptTTL(in record: inout ResourceRecord) -> String? {
        guard let rrset = self[record.owner, record.data.type], rrset.ttl != record.ttl else { return nil }
        let text =
            "\(record.owner) \(record.data.type) has two TTLs, \(rrset.ttl) s and \(record.ttl) s: the first one applies to "
            + "all its records (RFC 2181 section 5.2)"
        record.ttl = rrset.ttl
        return text
    }

    /// Adds a record. One that is present already, or differs only in the case of names, counts once (RFC 4343, RFC 2181 section 5).
    ///
    /// - Returns: what is wrong with the record, which is then not added; `nil` if nothing is.
    mutating func add(_ record: ResourceRecord) -> String? {
        let owner = record.owner
        let type = record.data.type
        guard owner.isAtOrBelow(apex) else { return "\(owner) is not in the zone \(apex)" }
        if type == .soa && owner != apex { return "a zone has one SOA record, at its apex: \(apex)" }
        if let reason = type.reasonNotToServe { return reason }
        if type == .ns && owner.labels.first.map({ Array($0) == Array("*".utf8) }) == true {
            return "\(owner) cannot be delegated: a wildcard with NS has no meaning (RFC 4592 section 4.2)"
        }
        if type == .ds && owner == apex {
            return "a DS of the zone’s own apex belongs in the parent zone, not in this one (RFC 4035 section 2.4)"
        }
        if type == .ns, let target = record.data.target, target.isAddress {
            return "\(owner) NS \(target): a name server is given by name, and this is an address (RFC 1035 section 3.3.11)"
        }
        let present = nodes[owner]?.rrsets ?? [:]
        let hasOtherData = present.keys.contains { $0 != .cname && !$0.mayStandBesideCNAME }
        let standsBesideCNAME = type != .cname && !type.mayStandBesideCNAME && present[.cname] != nil
        if type == .cname && (hasOtherData || owner == apex) || standsBesideCNAME {
            return "\(owner) has a CNAME, so it can have no other records (RFC 1034 section 3.6.2)"
        }
        var rrset = present[type] ?? RRset(owner: owner, type: type, ttl: record.ttl, data: [])
        guard !rrset.data.contains(where: { $0.isSame(as: record.data) }) else { return nil }
        if [.cname, .soa].contains(type) && !rrset.data.isEmpty {
            return "\(owner) has a \(type) already, and there can be only one"
        }
        guard rrset.ttl == record.ttl else {
            return "\(owner) \(type) has two TTLs, \(rrset.ttl) s and \(record.ttl) s: give all its records the same "
                + "(RFC 2181 section 5.2)"
        }
        rrset.data.append(record.data)
        guard rrset.data.reduce(0, { $0 + $1.octets.count + Self.recordOverhead }) <= Self.maximumRRsetLength else {
            return "\(owner) \(type) has more than \(Self.maximumRRsetLength) octets of data: no message could hold it"
        }
        self[owner, type] = rrset
        return nil
    }

    /// Adds the names between those with records and the apex (RFC 4592 section 2.2.2).
    mutating func addEmptyNonTerminals() {
        for name in nodes.keys {
            var ancestor = name.parent
            while let current = ancestor, current != apex, current.isAtOrBelow(apex), nodes[current] == nil {
                nodes[current] = Zone.Node()
                ancestor = current.parent
            }
        }
    }
}

extension RecordType {
    /// SIG, KEY and NXT (RFC 2181 section 10.1), RRSIG and NSEC (RFC 4034 sections 3 and 4).
    fileprivate var mayStandBesideCNAME: Bool { [24, 25, 30, 46, 47].contains(rawValue) }

    /// Why no record of this type can be in a zone; `nil` if one can.
    fileprivate var reasonNotToServe: String? {
        switch self {
        case .dname: "DNAME is not served: write the CNAME records that it would make"
        case RecordType(rawValue: 3), RecordType(rawValue: 4): "\(self) is obsolete: write MX (RFC 973)"
        default: nil
        }
    }
}
