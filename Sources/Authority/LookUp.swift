import DNS
import Delegates

/// Finds the answer to a question (RFC 1034 section 4.3.2): first in the table of delegates, then in the zone.
///
/// It goes down from the apex and ends where no name exists: a query of many labels costs no more than a short one.
struct LookUp: Sendable {
    let zones: Zones
    /// The names below which the table has delegates, one for each zone.
    let origins: [DelegateTable.Origin?]
    let table: DelegateTable

    /// The maximum number of CNAMEs followed in one response.
    /// After them the answer is what was found so far, with NOERROR: SERVFAIL would stop a resolver, which goes on from the last name.
    static let maximumAliases = 8

    /// The short way, for what certificate authorities ask: a delegate directly below the apex of one of a few zones.
    ///
    /// - Parameters:
    ///   - name: the name, in wire form.
    ///   - zone: the place of the zone directly above the name.
    func delegate(_ name: Span<UInt8>, in zone: Int) -> DelegateTable.Delegate? {
        guard let origin = origins[zone] else { return nil }
        return table.delegate(name.extracting(1...Int(name[0])), in: origin)
    }

    /// The answer in all cases.
    ///
    /// - Parameters:
    ///   - name: the name, in wire form.
    ///   - mayBeDelegate: `false` if ``delegate(_:in:)`` has found that the name is none.
    ///   - change: the number of the latest change, modulo 2^32.
    ///   - values: receives the values of the answer.
    func answer(
        to name: Span<UInt8>, mayBeDelegate: Bool, type: RecordType, change: UInt32, at now: Timestamp,
        values: inout ServedValues
    ) -> Answer {
        var aliases: [Answer.Alias] = []
        let outcome = outcome(
            at: name, NameOutline(name), mayBeDelegate: mayBeDelegate, type: type, question: name, change: change, now: now,
            aliases: &aliases, values: &values)
        return Answer(aliases: aliases, outcome: outcome)
    }

    private func outcome(
        at name: Span<UInt8>, _ outline: borrowing NameOutline, mayBeDelegate: Bool, type: RecordType, question: Span<UInt8>,
        change: UInt32, now: Timestamp, aliases: inout [Answer.Alias], values: inout ServedValues
    ) -> Answer.Outcome {
        guard let zone = zones.place(of: name, outline, type: type) else { return aliases.isEmpty ? .refused : .aliasLeadsOn }
        let depth = outline.labelCount - zones.labelCount(ofZone: zone)
        // Delegates exist only directly below the apex.
        if mayBeDelegate, depth == 1, let delegate = delegate(name, outline, level: 1, in: zone) {
            let answer = answer(at: delegate, type: type, zone: zone, now: now, values: &values)
            return .atDelegate(answer, delegate, zone: zone)
        }
        switch find(name, outline, depth: depth, type: type, change: change, in: zone) {
        case .done(let outcome):
            return outcome
        case .alias(let alias):
            aliases.append(Answer.Alias(rrset: alias, zone: zone))
            // A resolver continues from the last name by itself, and gives up on a name that leads back to an earlier one.
            guard aliases.count < Self.maximumAliases, let target = alias.data.first?.octets,
                !leadsBack(target.span, question: question, aliases: aliases.dropLast())
            else { return .aliasLeadsOn }
            return self.outcome(
                at: target.span, NameOutline(target.span), mayBeDelegate: true, type: type, question: question, change: change,
                now: now, aliases: &aliases, values: &values)
        }
    }

    private func leadsBack(_ target: Span<UInt8>, question: Span<UInt8>, aliases: ArraySlice<Answer.Alias>) -> Bool {
        ASCIICase.equal(target, question)
            || aliases.contains { alias in alias.rrset.data.first.map { ASCIICase.equal(target, $0.octets.span) } ?? false }
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

    /// The answer at a delegate.
    ///
    /// - Parameter values: receives the values of the answer.
    func answer(
        at delegate: DelegateTable.Delegate, type: RecordType, zone: Int, now: Timestamp, values: inout ServedValues
    ) -> Answer.AtDelegate {
        if type == .txt {
            table.read(&values, of: delegate, now: now)
            return values.isEmpty ? .noData : .challengeValues
        }
        if type == .caa || type == .any && zones.all[zone].isSigned { return .noIssuance }
        return type == .any ? .minimalAny : .noData
    }

    // MARK: The zone's own records

    private enum Step {
        case done(Answer.Outcome)
        case alias(RRset)
    }

    private func find(
        _ name: Span<UInt8>, _ outline: borrowing NameOutline, depth: Int, type: RecordType, change: UInt32, in place: Int
    ) -> Step {
        let zone = zones.all[place]
        if depth == 0 && type == .soa {
            return .done(.records(zone.soa(at: change), zone: place))
        }
        // Down from the apex, as far as names exist: every name above an existing one exists, too.
        guard var encloser = zone.nodeAtApex else { return .done(.nameError(zone: place)) }
        for level in stride(from: 1, through: depth, by: 1) {
            let start = outline.start(ofLast: zones.labelCount(ofZone: place) + level)
            guard let node = zone.node(at: name.extracting(start...)) else {
                // Nothing exists below a delegate, not even by a wildcard.
                if level == 1, level < depth, let _ = delegate(name, outline, level: 1, in: place) {
                    return .done(.nameError(zone: place))
                }
                guard let wildcard = zone.wildcard(below: encloser) else { return .done(.nameError(zone: place)) }
                return step(at: wildcard, standsForOther: true, type: type, zone: place)
            }
            if let referral = node.rrsets[.ns], !(level == depth && type == .ds) {
                return .done(.referral(referral, ds: node.rrsets[.ds], zone: place))
            }
            encloser = node
        }
        return step(at: encloser, standsForOther: false, type: type, zone: place)
    }

    /// The answer of a node for a name.
    ///
    /// - Parameter standsForOther: whether the node is a wildcard for another name, which its signatures do not cover.
    private func step(at node: Zone.Node, standsForOther: Bool, type: RecordType, zone: Int) -> Step {
        func own(_ rrset: RRset) -> RRset {
            guard standsForOther, !rrset.signatures.isEmpty else { return rrset }
            var rrset = rrset
            rrset.signatures = []
            return rrset
        }
        if let rrset = node.rrsets[type] { return .done(.records(own(rrset), zone: zone)) }
        if type == .any, !node.rrsets.isEmpty {
            // The proofs of a signed zone would deny a record made for the answer. There, ANY gets one of the name's own RRsets (RFC 8482
            // section 4.1).
            guard zones.all[zone].isSigned, let rrset = node.smallestRRset else { return .done(.minimalAny(zone: zone)) }
            return .done(.records(own(rrset), zone: zone))
        }
        // NSEC and RRSIG exist beside a CNAME, as everywhere (RFC 4034 sections 3 and 4).
        let isProof = (type == .nsec || type == .rrsig) && zones.all[zone].isSigned
        if let alias = node.rrsets[.cname], !isProof { return .alias(own(alias)) }
        return .done(.noData(types: node.types, zone: zone))
    }
}
