import CAA
import DNS
import Validation

/// The CAA records that count, and whether they say what their author meant.
extension Judgement {
    private var today: CalendarDate { CalendarDate(secondsSince1970: facts.moment) }

    var caa: Check {
        switch lock {
        case .unknown(let reason): return Check(.caa, [Finding(.unknown, reason)])
        case .known(.absent):
            return Check(
                .caa,
                [
                    Finding(
                        .warning, "there are no CAA records: every authority may issue to everybody who passes its challenge",
                        expected: recommended, remedy: recommended)
                ])
        case .known(.failed(let name, let reason)):
            return Check(
                .caa, [Finding(.error, "the CAA records of \(name.text) cannot be read, so no authority issues: \(reason)")])
        case .known(.found(let set)):
            let found = set.records.map { "\(set.owner?.description ?? "") IN CAA \($0)" }
            return Check(.caa, ours(set, found))
        }
    }

    /// Whether the records let our own accounts and authorities through.
    private func ours(_ set: RelevantSet, _ found: [String]) -> [Finding] {
        var findings: [Finding] = []
        for identity in examination.authorities {
            let authority = AuthorityTable.authority(identity, on: today)
            let accounts: [CAAEvaluation.Account] =
                examination.accounts.isEmpty
                ? [] : examination.accounts.filter(authority.canHave).map(CAAEvaluation.Account.uri)
            for isWildcard in examination.isWildcardWanted ? [false, true] : [false] {
                let kind = isWildcard ? "a wildcard certificate" : "a certificate"
                if accounts.isEmpty {
                    let verdict = CAAEvaluation(authority: authority, account: .other(than: []), isWildcard: isWildcard)
                        .verdict(over: set)
                    if !verdict.isAllowed {
                        findings.append(refusal("\(identity) may not issue \(kind)", verdict, found))
                    }
                }
                for account in accounts {
                    let verdict = CAAEvaluation(authority: authority, account: account, isWildcard: isWildcard).verdict(
                        over: set)
                    if !verdict.isAllowed, case .uri(let uri) = account {
                        findings.append(refusal("\(identity) may not issue \(kind) to the account \(uri)", verdict, found))
                    }
                }
            }
        }
        guard findings.isEmpty else { return findings }
        // Wildcards that are open, and not wanted, are for another check.
        let rows = issuance.filter { $0.account == "other" && (!$0.isWildcard || examination.isWildcardWanted) }
        let open = Set(rows.filter(\.isAllowed).map(\.authority)).sorted()
        guard open.isEmpty else {
            return [
                Finding(
                    .warning, "any account of \(open.inWords) may obtain certificates, and not ours alone",
                    found: found,
                    expected: recommended, remedy: recommended)
            ]
        }
        return [Finding(.ok, "the records of \(set.owner?.text ?? "") count", found: found)]
    }

    private func refusal(_ summary: String, _ verdict: CAAVerdict, _ found: [String]) -> Finding {
        Finding(.error, "\(summary): \(verdict.because)", found: found, expected: recommended, remedy: recommended)
    }

    var caaSpelling: Check {
        guard let set = lock.set else {
            return without(.caaSpelling, "there is nothing to misspell")
        }
        let findings = CAASpelling.findings(in: set).map { finding in
            let owner = set.owner ?? examination.domain
            let status: CheckStatus =
                switch finding.effect {
                case .opens, .closes: .error
                case .changesNothing: .warning
                }
            let corrected = finding.corrected.map { Self.record(owner, $0.data) }
            let effect =
                switch finding.effect {
                case .opens: ": the restriction counts for nothing"
                case .closes: ": the record allows nobody"
                case .changesNothing: ""
                }
            return Finding(
                status, finding.summary + effect, found: [Self.found(owner, finding.record)], expected: corrected,
                remedy: corrected.isEmpty ? ["correct it: \(owner) IN CAA \(finding.record)"] : corrected)
        }
        return Check(.caaSpelling, findings.isEmpty ? [Finding(.ok, "no record looks misspelt")] : findings)
    }

    var caaWildcard: Check {
        guard let set = lock.set else {
            return without(.caaWildcard, "there are no records to compare")
        }
        let owner = set.owner ?? examination.domain
        switch WildcardComparison(set) {
        case .laxer(let records):
            let lines = records.map { Self.found(owner, $0.data) }
            return Check(
                .caaWildcard,
                [
                    Finding(
                        .warning, "for wildcards more is allowed than for \(examination.domain.text) itself", found: lines,
                        remedy: ["restrict these as the “issue” records are, or remove them: without “issuewild” those decide"]
                            + lines)
                ])
        case .plainIsOpen:
            return Check(
                .caaWildcard,
                [
                    Finding(
                        .warning,
                        "there is “issuewild”, and no “issue”: everybody may issue for \(examination.domain.text) itself",
                        found: set.records.map { Self.found(owner, $0) }, expected: recommended, remedy: recommended)
                ])
        case .unrestricted, .issueDecides, .same, .stricter:
            return Check(.caaWildcard, [Finding(.ok, "for wildcards no more is allowed than for plain names")])
        }
    }

    var rfc8657: Check {
        guard let set = lock.set else { return without(.rfc8657, "no record names an account") }
        let findings = UnprotectedAuthority.all(in: set, on: today).map { authority in
            Finding(
                .warning,
                "\(authority.name ?? authority.identity) is allowed, and not known to obey “accounturi” before \(AuthorityTable.obligation): any of "
                    + "its customers may obtain a certificate",
                found: [Self.found(set.owner ?? examination.domain, authority.record.data)],
                remedy: ["remove the record if \(authority.identity) is not needed"])
        }
        return Check(
            .rfc8657, findings.isEmpty ? [Finding(.ok, "the authorities that are allowed obey “accounturi”")] : findings)
    }

    /// A check of records where there are none, or none were found out.
    private func without(_ id: CheckID, _ words: String) -> Check {
        Check(id, [lock.isUnknown ? Finding(.unknown, "the CAA records were not found out") : Finding(.ok, words)])
    }

    /// The records that close the second lock; without an account, with a place for it.
    private var recommended: [String] {
        let authority = examination.authorities.first ?? "letsencrypt.org"
        let accounts = examination.accounts.isEmpty ? ["<the URI of your ACME account>"] : examination.accounts
        return accounts.map { account in
            Self.record(
                examination.domain, .caa(tag: "issue", value: "\(authority); accounturi=\(account); validationmethods=dns-01"))
        }
    }

    /// Who may obtain certificates: for each authority, each of our accounts and another one, each method, plain and wildcard. Empty if the
    /// records are not known.
    var issuance: [IssuanceRow] {
        guard case .known(let search) = lock else { return [] }
        // Where no account is given, those that the records name are not others.
        let ours = examination.accounts.isEmpty ? lock.set?.namedAccounts ?? [] : Set(examination.accounts)
        let given = examination.authorities.flatMap { identity in
            let authority = AuthorityTable.authority(identity, on: today)
            let accounts: [(String, CAAEvaluation.Account)] =
                [("other", .other(than: ours))] + examination.accounts.map { ($0, .uri($0)) }
            return accounts.flatMap { rows(identity, authority, $0, $1, search) }
        }
        // Whether these obey “accounturi” is another check's question, and the accounts that the records name are taken for ours.
        let all = ours.union(lock.set?.namedAccounts ?? [])
        let further = otherIssuers.flatMap { identity in
            rows(
                identity, IssuingAuthority(identities: [identity], honoursRFC8657: .yes), "other", .other(than: all), search)
        }
        return given + further
    }

    /// The authorities that the records name beside those that were given.
    private var otherIssuers: [String] {
        let known = Set(examination.authorities.flatMap { AuthorityTable.entry(for: $0)?.identities ?? [$0] })
        return (lock.set?.namedIssuers ?? []).filter { !known.contains($0) }
    }

    private func rows(
        _ identity: String, _ authority: IssuingAuthority, _ name: String, _ account: CAAEvaluation.Account,
        _ search: RelevantSet.Search
    ) -> [IssuanceRow] {
        ValidationMethod.allCases.flatMap { method in
            (method.isForWildcards ? [false, true] : [false]).map { isWildcard in
                let verdict = CAAEvaluation(authority: authority, account: account, method: method, isWildcard: isWildcard)
                    .verdict(over: search)
                return IssuanceRow(
                    authority: identity, account: name, method: method.rawValue, isWildcard: isWildcard,
                    isAllowed: verdict.isAllowed, because: verdict.because)
            }
        }
    }
}
