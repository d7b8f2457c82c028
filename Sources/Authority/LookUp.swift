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
        guard let zone = zones.zone(of: question.name) else { return Answer(outcome: .refused) }
        var answer = Answer(outcome: .noData(zone))
        var name = question.name
        var currentZone = zone
        while true {
            switch find(name, type: question.type, in: currentZone) {
            case .done(let outcome):
                answer.outcome = outcome
                return answer
            case .alias(let alias):
                guard answer.aliases.count < Self.maximumAliases else {
                    answer.outcome = .aliasesTooLong
                    return answer
                }
                answer.aliases.append(alias)
                guard let target = alias.data.first?.target, let targetZone = zones.zone(of: target) else {
                    answer.outcome = .aliasLeaves
                    return answer
                }
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
        if let values = table.values(at: name, now: now) {
            return .done(outcome(atDelegate: name, values: values, type: type, in: zone))
        }
        if let referral = delegation(above: name, type: type, in: zone) { return .done(.referral(referral, zone)) }
        if name == zone.apex && type == .soa {
            return .done(.records(zone.soa(serial: UInt32(truncatingIfNeeded: table.sequence.number)), zone))
        }
        if let node = zone.node(at: name) { return step(at: node, name: name, type: type, in: zone) }

        // The closest encloser may have a wildcard below it (RFC 4592 section 3.3.1); a delegate has nothing below it.
        var encloser = name.parent
        while let candidate = encloser, candidate != zone.apex, zone.node(at: candidate) == nil {
            if table.isEnrolled(candidate) { return .done(.nameError(zone)) }
            encloser = candidate.parent
        }
        if let wildcard = encloser?.prepending(label: "*".utf8), let node = zone.node(at: wildcard) {
            return step(at: node, name: name, type: type, in: zone)
        }
        return .done(.nameError(zone))
    }

    /// What a node says to a name, which is the node's own or one that its wildcard stands for.
    private func step(at node: Zone.Node, name: DomainName, type: RecordType, in zone: Zone) -> Step {
        func owned(_ rrset: RRset) -> RRset {
            var rrset = rrset
            rrset.owner = name
            return rrset
        }
        if let rrset = node.rrsets[type] { return .done(.records(owned(rrset), zone)) }
        if type == .any && (!node.rrsets.isEmpty || name == zone.apex) {
            return .done(.records(minimalAny(at: name, in: zone), zone))
        }
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
    private static let nobodyMayIssue: [RecordData] = [
        .caa(tag: "issue", value: ";"),
        .caa(tag: "issuewild", value: ";"),
    ]

    /// What ANY gets: one small record that says why (RFC 8482 section 4.2).
    private func minimalAny(at name: DomainName, in zone: Zone) -> RRset {
        let text = Array("RFC8482".utf8)
        let data = RecordData(type: .hinfo, octets: [UInt8(text.count)] + text + [0])
        return RRset(owner: name, type: .hinfo, ttl: zone.negativeTTL, data: [data])
    }

    /// The NS records of the highest zone cut at or above a name. DS at the cut itself is the parent's: ours.
    private func delegation(above name: DomainName, type: RecordType, in zone: Zone) -> RRset? {
        guard zone.hasDelegations else { return nil }
        var highest: RRset?
        var current = name
        while current != zone.apex, let parent = current.parent {
            if let rrset = zone.rrset(at: current, type: .ns), !(current == name && type == .ds) { highest = rrset }
            current = parent
        }
        return highest
    }
}
