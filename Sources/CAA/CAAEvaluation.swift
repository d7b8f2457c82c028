package import DNS

/// Whether CAA records let an authority issue a certificate (RFC 8659, RFC 8657), as Let's Encrypt decides it.
///
/// What an authority does that is not known to honour RFC 8657 is between two bounds, and the evaluation takes the one on the safe side.
/// For an account of our own it is the lower: the authority obeys every parameter, as strictly as Let's Encrypt. For the question whether
/// another account can obtain a certificate it is the upper: the authority looks at nothing but its own name, in any case, and takes a
/// record for malformed only if its octets are.
package struct CAAEvaluation: Hashable, Sendable {
    package var authority: IssuingAuthority
    package var account: Account
    package var method: ValidationMethod
    /// Whether the certificate is for the names below.
    package var isWildcard: Bool

    /// The account that asks for a certificate.
    package enum Account: Hashable, Sendable {
        /// The account with this URI.
        case uri(String)
        /// An account that does not exist yet, which no record with `accounturi` allows.
        case new
        /// Any account at all but these: the question is whether there can be one that is allowed.
        case other(than: Set<String>)
    }

    package init(authority: IssuingAuthority, account: Account, method: ValidationMethod = .dns01, isWildcard: Bool = false) {
        self.authority = authority
        self.account = account
        self.method = method
        self.isWildcard = isWildcard
    }

    /// - Parameter answers: What was learnt of each of ``RelevantSet/names(for:)``.
    package func verdict(for name: DomainName, answers: [DomainName: RelevantSet.Answer]) -> CAAVerdict {
        // An authority that names no identity can be in no record, and none is looked for: it may not check CAA at all.
        guard !authority.identities.isEmpty else { return CAAVerdict(.authorityWithoutIdentity, owner: nil) }
        return verdict(over: RelevantSet.search(for: name, answers: answers))
    }

    package func verdict(over search: RelevantSet.Search) -> CAAVerdict {
        switch search {
        case .found(let set): verdict(over: set)
        case .absent: CAAVerdict(.noRecords, owner: nil)
        case .failed(let owner, let reason): CAAVerdict(.unanswered(reason), owner: owner)
        }
    }

    package func verdict(over set: RelevantSet) -> CAAVerdict {
        func decided(_ reason: CAAVerdict.Reason) -> CAAVerdict { CAAVerdict(reason, owner: set.owner) }
        guard !authority.identities.isEmpty else { return decided(.authorityWithoutIdentity) }
        guard !set.records.isEmpty else { return decided(.noRecords) }
        var (issue, issueWild): ([CAARecord], [CAARecord]) = ([], [])
        for data in set.records {
            guard let record = CAARecord(data) else { return decided(.malformed(data)) }
            switch record.property {
            case "issue": issue.append(record)
            case "issuewild": issueWild.append(record)
            case let property where CAARecord.harmlessProperties.contains(property): break
            default: if isInTheWay(record) { return decided(.critical(record)) }
            }
        }
        let relevant = isWildcard && !issueWild.isEmpty ? issueWild : issue
        guard !relevant.isEmpty else { return decided(.noneConcerned) }
        let decisions = relevant.map { (record: $0, decision: decision(of: $0)) }
        // A record that allows every account says more than one that allows a certain one.
        for allowed in [RecordDecision.allows, .allowsOnly] {
            if let first = decisions.first(where: { $0.decision == allowed }) { return decided(.allowing(first.record)) }
        }
        return decided(
            .refusing(
                decisions.compactMap { record, decision in
                    guard case .refuses(let obstacle) = decision else { return nil }
                    return CAAVerdict.Refusal(record: record, obstacle: obstacle)
                }))
    }

    private enum RecordDecision: Hashable {
        case allows
        /// Another account is allowed, which the record names.
        case allowsOnly
        case refuses(CAAObstacle)
    }

    /// Whether an unknown property forbids to issue.
    private func isInTheWay(_ record: CAARecord) -> Bool {
        isUpperBound ? record.isCriticalByRFC : record.isCritical
    }

    private var isUpperBound: Bool {
        guard case .other = account else { return false }
        return authority.honoursRFC8657 != .yes
    }

    private func decision(of record: CAARecord) -> RecordDecision {
        if isUpperBound { return looseDecision(of: record) }
        guard let property = CAAProperty(record.value) else { return .refuses(.malformedParameter) }
        guard !property.issuer.isEmpty else { return .refuses(.nobody) }
        // Octet by octet: an identity in upper case is another one.
        guard authority.identities.contains(property.issuer) else { return .refuses(.otherAuthority(authority.identities)) }
        guard authority.honoursRFC8657 != .no else { return .allows }

        let accounts = property.values(of: "accounturi")
        guard accounts.count <= 1 else { return .refuses(.accountTwice) }
        if let wanted = accounts.first, let obstacle = obstacle(ofAccount: wanted) { return .refuses(obstacle) }
        let methods = property.values(of: "validationmethods")
        guard methods.count <= 1 else { return .refuses(.methodsTwice) }
        switch methods.first.map({ CAAProperty.listing(of: method, in: $0) }) {
        case .unlisted: return .refuses(.otherMethod(method))
        case .malformed: return .refuses(.malformedMethods)
        case .listed, nil: break
        }
        guard case .other = account, !accounts.isEmpty else { return .allows }
        return .allowsOnly
    }

    private func looseDecision(of record: CAARecord) -> RecordDecision {
        let issuer = CAAProperty.issuer(of: record.value)
        guard !issuer.isEmpty else { return .refuses(.nobody) }
        guard authority.identities.contains(where: { $0.lowercased() == issuer.lowercased() }) else {
            return .refuses(.otherAuthority(authority.identities))
        }
        return .allows
    }

    /// - Parameter wanted: The value of `accounturi`.
    private func obstacle(ofAccount wanted: String) -> CAAObstacle? {
        guard !wanted.isEmpty else { return .emptyAccount }
        switch account {
        case .uri(let uri): return authority.texts(for: uri).contains(wanted) ? nil : .otherAccount(than: uri)
        case .new: return .otherAccount(than: nil)
        case .other(let ours):
            guard !ours.contains(where: { authority.texts(for: $0).contains(wanted) }) else { return .onlyOurAccount }
            return authority.canHave(account: wanted) ? nil : .impossibleAccount
        }
    }
}
