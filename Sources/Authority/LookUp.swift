import DNS
import Delegates

/// Finds what there is to say to a question (RFC 1034 section 4.3.2): the table of delegates first, then the zone.
struct LookUp {
    let zones: Zones
    let table: DelegateTable
    let now: Timestamp

    /// So many CNAMEs are followed in one response.
    static let maximumAliases = 8
    /// The TTL of challenge values, in seconds: each is wanted once, and the next may come at once.
    static let challengeTTL: UInt32 = 1
    /// The TTL of a delegate's CAA records, in seconds.
    static let delegateCAATTL: UInt32 = 3600

    func answer(to question: Question) -> Answer {
        guard let zone = zones.zone(of: question.name, type: question.type) else { return Answer(outcome: .refused) }
        var aliases: [RRset] = []
        var name = question.name
        var currentZone = zone
        while true {
            switch find(name, type: question.type, in: currentZone) {
            case .done(let outcome):
                return Answer(aliases: aliases, outcome: outcome)
            case .alias(let alias):
                aliases.append(alias)
                // A resolver goes on from the last name alone; one that leads back to an earlier name it will give up itself.
                guard aliases.count < Self.maximumAliases, let target = alias.data.first?.target,
                    !aliases.contains(where: { $0.owner == target }),
                    let targetZone = zones.zone(of: target, type: question.type)
                else { return Answer(aliases: aliases, outcome: .aliasLeadsOn) }
                name = target
                currentZone = targetZone
            }
        }
    }

    private enum Step {
        case done(Answer.Outcome)
        case alias(RRset)
    }

    private func find(_ name: DomainName, type: RecordType, in zone: Zone) -> Step {
        let depth = name.labelCount - zone.apex.labelCount
        // Delegates stand directly below the apex, and nowhere else.
        if depth == 1, let values = table.values(at: name, now: now) {
            return .done(outcome(atDelegate: name, values: values, type: type, in: zone))
        }
        if name == zone.apex && type == .soa {
            return .done(.records(zone.soa(serial: UInt32(truncatingIfNeeded: table.sequence.number)), zone))
        }

        // Down from the apex, as far as there are names: every name above one that exists exists itself.
        var encloser = zone.apex
        var encloserNode = zone.node(at: zone.apex)
        for level in stride(from: 1, through: depth, by: 1) {
            let ancestor = name.suffix(labelCount: zone.apex.labelCount + level)
            guard let node = zone.node(at: ancestor) else {
                // A delegate has nothing below it, not even by a wildcard.
                if level == 1 && level < depth && table.isEnrolled(ancestor) { return .done(.nameError(zone)) }
                return wildcard(below: encloser, for: name, type: type, in: zone)
            }
            if let referral = node.rrsets[.ns], !(ancestor == name && type == .ds) {
                return .done(.referral(referral, zone))
            }
            encloser = ancestor
            encloserNode = node
        }
        return encloserNode.map { step(at: $0, name: name, type: type, in: zone) } ?? .done(.nameError(zone))
    }

    /// The closest encloser may have a wildcard that stands for the name (RFC 4592 section 3.3.1).
    private func wildcard(below encloser: DomainName, for name: DomainName, type: RecordType, in zone: Zone) -> Step {
        guard let wildcard = encloser.prepending(label: "*".utf8), let node = zone.node(at: wildcard) else {
            return .done(.nameError(zone))
        }
        return step(at: node, name: name, type: type, in: zone)
    }

    /// What a node says to a name, which is the node's own or one that its wildcard stands for.
    private func step(at node: Zone.Node, name: DomainName, type: RecordType, in zone: Zone) -> Step {
        func owned(_ rrset: RRset) -> RRset {
            var rrset = rrset
            rrset.owner = name
            return rrset
        }
        if let rrset = node.rrsets[type] { return .done(.records(owned(rrset), zone)) }
        if type == .any && !node.rrsets.isEmpty { return .done(.records(minimalAny(at: name, in: zone), zone)) }
        if let alias = node.rrsets[.cname] { return .alias(owned(alias)) }
        return .done(.noData(zone))
    }

    private func outcome(
        atDelegate name: DomainName, values: [RecordData], type: RecordType, in zone: Zone
    ) -> Answer.Outcome {
        switch type {
        case .txt where !values.isEmpty:
            .records(RRset(owner: name, type: .txt, ttl: Self.challengeTTL, data: values), zone)
        case .caa:
            .records(RRset(owner: name, type: .caa, ttl: Self.delegateCAATTL, data: Self.nobodyMayIssue), zone)
        case .any:
            .records(minimalAny(at: name, in: zone), zone)
        default:
            .noData(zone)
        }
    }

    /// Nobody may issue a certificate for a delegate's own name (RFC 8659 section 4.2): a certificate authority that takes a
    /// random value in TXT at the name itself would otherwise do so for each holder.
    static let nobodyMayIssue: [RecordData] = [
        .caa(tag: "issue", value: ";"),
        .caa(tag: "issuewild", value: ";"),
    ]

    /// What ANY gets: one small record that says why (RFC 8482 section 4.2).
    private func minimalAny(at name: DomainName, in zone: Zone) -> RRset {
        let text = Array("RFC8482".utf8)
        let data = RecordData(type: .hinfo, octets: [UInt8(text.count)] + text + [0])
        return RRset(owner: name, type: .hinfo, ttl: zone.negativeTTL, data: [data])
    }
}
