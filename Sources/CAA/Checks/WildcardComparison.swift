/// How the records for wildcards in a set compare with those for plain names.
package enum WildcardComparison: Hashable, Sendable {
    /// There is no `issuewild` and no `issue`: everybody may issue both.
    case unrestricted
    /// There is no `issuewild`, which changes nothing: the `issue` records decide about wildcards as well.
    case issueDecides
    /// There is no `issue`: the `issuewild` records decide about wildcards alone, and **everybody** may issue for plain names.
    case plainIsOpen
    /// Those for wildcards allow what those for plain names allow.
    case same
    /// Those for wildcards allow less than those for plain names, and nothing else.
    case stricter
    /// These records for wildcards allow what no record for plain names does.
    case laxer([CAARecord])

    /// Compares what Let's Encrypt would make of the records, for each authority and account that they name, any other account, and each
    /// method that is for wildcards.
    package init(_ set: RelevantSet) {
        let records = set.records.compactMap(CAARecord.init)
        let issue = records.filter { $0.property == "issue" }
        let wild = records.filter { $0.property == "issuewild" }
        guard !wild.isEmpty else {
            self = issue.isEmpty ? .unrestricted : .issueDecides
            return
        }
        guard !issue.isEmpty else {
            self = .plainIsOpen
            return
        }
        let questions = Self.questions(about: issue + wild)
        func grants(_ records: [CAARecord]) -> Set<CAAEvaluation> {
            let plain = records.map { CAARecord(tag: "issue", value: String(decoding: $0.value, as: UTF8.self)).data }
            let set = RelevantSet(owner: nil, records: plain)
            return questions.filter { $0.verdict(over: set).isAllowed }
        }
        let allowed = grants(issue)
        let laxer = wild.filter { !grants([$0]).isSubset(of: allowed) }
        if !laxer.isEmpty {
            self = .laxer(laxer)
        } else {
            self = grants(wild) == allowed ? .same : .stricter
        }
    }

    private static func questions(about records: [CAARecord]) -> Set<CAAEvaluation> {
        let properties = records.compactMap { CAAProperty($0.value) }
        let accounts = Set(properties.flatMap { $0.values(of: "accounturi") })
        var questions: Set<CAAEvaluation> = []
        for issuer in Set(properties.map(\.issuer)) where !issuer.isEmpty {
            let authority = IssuingAuthority(identities: [issuer], honoursRFC8657: .yes)
            for account in accounts.map(CAAEvaluation.Account.uri) + [.new] {
                for method in ValidationMethod.allCases where method.isForWildcards {
                    questions.insert(CAAEvaluation(authority: authority, account: account, method: method))
                }
            }
        }
        return questions
    }
}
