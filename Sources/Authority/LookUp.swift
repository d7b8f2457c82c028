import DNS
import Delegates

/// Finds what there is to say to a question (RFC 1034 section 4.3.2): the table of delegates first, then the zone.
struct LookUp: Sendable {
    let zones: Zones
    /// Below which names the table has delegates, a zone each.
    let origins: [DelegateTable.Origin?]
    let table: DelegateTable

    /// So many CNAMEs are followed in one response.
    static let maximumAliases = 8
    /// The TTL of challenge values, in seconds: each is wanted once, and the next may come at once.
    static let challengeTTL: UInt32 = 1
    /// The TTL of a delegate's CAA records, in seconds.
    static let delegateCAATTL: UInt32 = 3600

    /// - Parameters:
    ///   - name: in wire form.
    ///   - values: where the values are put that an answer has.
    func answer(
        to name: Span<UInt8>, type: RecordType, at now: Timestamp, values: inout ServedValues
    ) -> Answer {
        // What certificate authorities ask, without more ado.
        let zone = zones.place(directlyAbove: name)
        if let zone, let origin = origins[zone], let delegate = table.delegate(name.extracting(1...Int(name[0])), in: origin) {
            return Answer(outcome: outcome(at: delegate, type: type, zone: zone, now: now, values: &values))
        }
        var aliases: [RRset] = []
        let outcome = outcome(
            at: name, NameOutline(name), mayBeDelegate: zone == nil, type: type, question: name, now: now, aliases: &aliases,
            values: &values)
        return Answer(aliases: aliases, outcome: outcome)
    }

    private func outcome(
        at name: Span<UInt8>, _ outline: borrowing NameOutline, mayBeDelegate: Bool, type: RecordType, question: Span<UInt8>,
        now: Timestamp, aliases: inout [RRset], values: inout ServedValues
    ) -> Answer.Outcome {
        guard let zone = zones.place(of: name, outline, type: type) else { return aliases.isEmpty ? .refused : .aliasLeadsOn }
        let depth = outline.labelCount - zones.labelCount(ofZone: zone)
        // Delegates stand directly below the apex, and nowhere else.
        if mayBeDelegate, depth == 1, let delegate = delegate(name, outline, level: 1, in: zone) {
            return outcome(at: delegate, type: type, zone: zone, now: now, values: &values)
        }
        switch find(name, outline, depth: depth, type: type, in: zone) {
        case .done(let outcome):
            return outcome
        case .alias(let alias):
            aliases.append(alias)
            // A resolver goes on from the last name alone; one that leads back to an earlier name it will give up itself.
            guard aliases.count < Self.maximumAliases, let target = alias.data.first?.octets,
                !leadsBack(target.span, question: question, aliases: aliases.dropLast())
            else { return .aliasLeadsOn }
            return self.outcome(
                at: target.span, NameOutline(target.span), mayBeDelegate: true, type: type, question: question, now: now,
                aliases: &aliases, values: &values)
        }
    }

    private func leadsBack(_ target: Span<UInt8>, question: Span<UInt8>, aliases: ArraySlice<RRset>) -> Bool {
        ASCIICase.equal(target, question)
            || aliases.contains { alias in alias.data.first.map { ASCIICase.equal(target, $0.octets.span) } ?? false }
    }

    // MARK: Delegates

    /// The delegate whose label stands at a level below the apex.
    private func delegate(
        _ name: Span<UInt8>, _ outline: borrowing NameOutline, level: Int, in zone: Int
    ) -> DelegateTable.Delegate? {
        guard let origin = origins[zone] else { return nil }
        let start = outline.start(ofLast: zones.labelCount(ofZone: zone) + level)
        let end = outline.start(ofLast: zones.labelCount(ofZone: zone) + level - 1)
        return table.delegate(name.extracting(start + 1..<end), in: origin)
    }

    private func outcome(
        at delegate: DelegateTable.Delegate, type: RecordType, zone: Int, now: Timestamp, values: inout ServedValues
    ) -> Answer.Outcome {
        if type == .txt {
            table.read(&values, of: delegate, now: now)
            return values.isEmpty ? .noDataAtDelegate(zone: zone) : .challengeValues
        }
        if type == .caa { return .noIssuance }
        return type == .any ? .minimalAny(zone: zone) : .noDataAtDelegate(zone: zone)
    }

    /// Nobody may issue a certificate for a delegate's own name (RFC 8659 section 4.2): a certificate authority that takes a
    /// random value in TXT at the name itself would otherwise do so for each holder.
    static let nobodyMayIssue: [RecordData] = [
        .caa(tag: "issue", value: ";"),
        .caa(tag: "issuewild", value: ";"),
    ]

    // MARK: The zone's own records

    private enum Step {
        case done(Answer.Outcome)
        case alias(RRset)
    }

    private func find(
        _ name: Span<UInt8>, _ outline: borrowing NameOutline, depth: Int, type: RecordType, in place: Int
    ) -> Step {
        let zone = zones.all[place]
        if depth == 0 && type == .soa {
            return .done(.records(zone.soa(serial: UInt32(truncatingIfNeeded: table.sequence.number)), zone: place))
        }
        // Down from the apex, as far as there are names: every name above one that exists exists itself.
        guard var encloser = zone.nodeAtApex else { return .done(.nameError(zone: place)) }
        for level in stride(from: 1, through: depth, by: 1) {
            let start = outline.start(ofLast: zones.labelCount(ofZone: place) + level)
            guard let node = zone.node(at: name.extracting(start...)) else {
                // A delegate has nothing below it, not even by a wildcard.
                if level == 1, level < depth, let _ = delegate(name, outline, level: 1, in: place) {
                    return .done(.nameError(zone: place))
                }
                guard let wildcard = zone.wildcard(below: encloser) else { return .done(.nameError(zone: place)) }
                return step(at: wildcard, type: type, zone: place)
            }
            if let referral = node.rrsets[.ns], !(level == depth && type == .ds) {
                return .done(.referral(referral, zone: place))
            }
            encloser = node
        }
        return step(at: encloser, type: type, zone: place)
    }

    /// What a node says to a name, which is the node's own or one that its wildcard stands for.
    private func step(at node: Zone.Node, type: RecordType, zone: Int) -> Step {
        if let rrset = node.rrsets[type] { return .done(.records(rrset, zone: zone)) }
        if type == .any && !node.rrsets.isEmpty { return .done(.minimalAny(zone: zone)) }
        if let alias = node.rrsets[.cname] { return .alias(alias) }
        return .done(.noData(zone: zone))
    }
}
