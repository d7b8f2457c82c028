import CAA
import DNS
import Testing

/// Near misses in CAA records.
struct CAASpellingTests {
    private static let ours = "https://acme-v02.api.letsencrypt.org/acme/acct/1"
    private static let lock = "letsencrypt.org; accounturi=\(ours)"

    /// A record with one thing wrong, what it does, and the records to have instead.
    struct Case: Sendable {
        let record: String
        let kind: SpellingFinding.Kind
        let effect: SpellingFinding.Effect
        let corrected: [String]

        init(
            _ record: String, _ kind: SpellingFinding.Kind, _ effect: SpellingFinding.Effect, _ corrected: String...
        ) {
            (self.record, self.kind, self.effect, self.corrected) = (record, kind, effect, corrected)
        }
    }

    private static func issue(_ value: String) -> String { "0 issue \"\(value)\"" }

    static let cases: [Case] = [
        Case(issue("letsencrypt.org; accounturl=\(ours)"), .parameterMisspelt, .opens, issue(lock)),
        Case(issue("letsencrypt.org; acounturi=\(ours)"), .parameterMisspelt, .opens, issue(lock)),
        Case(issue("letsencrypt.org; accounturis=\(ours)"), .parameterMisspelt, .opens, issue(lock)),
        Case(issue("letsencrypt.org; accountUrl=\(ours)"), .parameterMisspelt, .opens, issue(lock)),
        Case(issue("letsencrypt.org; account-uri=\(ours)"), .parameterMisspelt, .closes, issue(lock)),
        Case(issue("letsencrypt.org; account_uri=\(ours)"), .parameterMisspelt, .closes, issue(lock)),
        Case(issue("letsencrypt.org; AccountURI=\(ours)"), .parameterCase, .opens, issue(lock)),
        Case(issue("letsencrypt.org; ACCOUNTURI=\(ours)"), .parameterCase, .opens, issue(lock)),
        Case(
            issue("\(lock); validationMethods=dns-01"), .parameterCase, .opens, issue("\(lock); validationmethods=dns-01")),
        Case(
            issue("\(lock); validationmethod=dns-01"), .parameterMisspelt, .opens,
            issue("\(lock); validationmethods=dns-01")),
        Case(
            issue("\(lock); validation-methods=dns-01"), .parameterMisspelt, .closes,
            issue("\(lock); validationmethods=dns-01")),
        Case(issue("\(lock);"), .finalSemicolon, .closes, issue(lock)),
        Case(issue("letsencrypt.org;; accounturi=\(ours)"), .finalSemicolon, .closes, issue(lock)),
        Case(issue("LetsEncrypt.org; accounturi=\(ours)"), .issuerCase, .closes, issue(lock)),
        Case(issue("CA.test"), .issuerCase, .closes, issue("ca.test")),
        Case(issue("https://letsencrypt.org"), .issuerURL, .closes, issue("letsencrypt.org")),
        Case(issue("https://letsencrypt.org/"), .issuerURL, .closes, issue("letsencrypt.org")),
        Case(issue("https://ca.test:443/x"), .issuerURL, .closes, issue("ca.test")),
        Case(issue("letsencrypt.com"), .issuerMisspelt, .closes, issue("letsencrypt.org")),
        Case(issue("lets-encrypt.org"), .issuerMisspelt, .closes, issue("letsencrypt.org")),
        Case(issue("letencrypt.org"), .issuerMisspelt, .closes, issue("letsencrypt.org")),
        Case(issue("letsencrypt"), .issuerMisspelt, .closes, issue("letsencrypt.org")),
        Case(issue("letsencrypt.org."), .issuerMisspelt, .closes, issue("letsencrypt.org")),
        Case(issue("www.letsencrypt.org"), .issuerMisspelt, .closes, issue("letsencrypt.org")),
        Case(issue("acme-v02.api.letsencrypt.org"), .issuerMisspelt, .closes, issue("letsencrypt.org")),
        Case(issue("digcert.com"), .issuerMisspelt, .closes, issue("digicert.com")),
        Case(issue("l\\208\\181tsencrypt.org"), .issuerMisspelt, .closes, issue("letsencrypt.org")),
        Case(issue("c\\195\\169.test"), .issuerMisspelt, .closes), Case(issue("ca\\000.test"), .issuerMisspelt, .closes),
        Case(issue("ca.test."), .issuerMisspelt, .closes, issue("ca.test")),
        Case(issue(#"\"letsencrypt.org\""#), .quotes, .closes, issue("letsencrypt.org")),
        Case(issue(#"letsencrypt.org; accounturi=\"\#(ours)\""#), .quotes, .closes, issue(lock)),
        Case(issue(#"letsencrypt.org; policy=\"ev\""#), .quotes, .changesNothing, issue("letsencrypt.org; policy=ev")),
        Case(issue(#"\";\""#), .quotes, .closes, issue(";")),
        Case(issue(#"letsencrypt.org\\; accounturi=\#(ours)"#), .escapedSemicolon, .closes, issue(lock)),
        Case(issue("letsencrypt.org accounturi=\(ours)"), .blank, .closes, issue(lock)),
        Case(
            issue("\(lock) validationmethods=dns-01"), .blank, .closes, issue("\(lock); validationmethods=dns-01")),
        Case(
            issue("letsencrypt.org; validationmethods=dns-01, http-01"), .blank, .closes,
            issue("letsencrypt.org; validationmethods=dns-01,http-01")),
        Case(issue("letsencrypt.org; policy-x=1"), .parameterHyphen, .closes, issue("letsencrypt.org")),
        Case(issue("letsencrypt.org; policy_x=1"), .parameterMalformed, .closes, issue("letsencrypt.org")),
        Case(issue("letsencrypt.org; policy"), .parameterMalformed, .closes, issue("letsencrypt.org")),
        Case(issue("letsencrypt.org; accounturi"), .parameterMalformed, .closes),
        Case(issue("letsencrypt.org; accounturi: \(ours)"), .parameterMalformed, .closes),
        Case(issue("letsencrypt.org; accounturi="), .accountEmpty, .closes),
        Case(issue("\(lock); accounturi=\(ours)"), .parameterTwice, .closes, issue(lock)),
        Case(issue("\(lock); accounturi=\(ours)2"), .parameterTwice, .closes, issue(lock), issue("\(lock)2")),
        Case(
            issue("letsencrypt.org; validationmethods=dns-01; validationmethods=http-01"), .parameterTwice, .closes,
            issue("letsencrypt.org; validationmethods=dns-01,http-01")),
        Case(issue("\(lock)/"), .accountMisspelt, .closes, issue(lock)),
        Case(issue("letsencrypt.org; accounturi=\(ours.dropFirst(8))"), .accountMisspelt, .closes, issue(lock)),
        Case(issue("letsencrypt.org; accounturi=http\(ours.dropFirst(5))"), .accountMisspelt, .closes, issue(lock)),
        Case(issue("letsencrypt.org; accounturi=1"), .accountMisspelt, .closes),
        Case(
            issue("letsencrypt.org; validationmethods=dns01"), .methodUnknown, .closes,
            issue("letsencrypt.org; validationmethods=dns-01")),
        Case(
            issue("letsencrypt.org; validationmethods=DNS-01"), .methodUnknown, .closes,
            issue("letsencrypt.org; validationmethods=dns-01")),
        Case(
            issue("letsencrypt.org; validationmethods=http-01,tlsalpn-01"), .methodUnknown, .changesNothing,
            issue("letsencrypt.org; validationmethods=http-01,tls-alpn-01")),
        Case(
            issue("letsencrypt.org; validationmethods=dns_01"), .methodMalformed, .closes,
            issue("letsencrypt.org; validationmethods=dns-01")),
        Case(
            issue("letsencrypt.org; validationmethods=dns-01,"), .methodMalformed, .changesNothing,
            issue("letsencrypt.org; validationmethods=dns-01")),
        Case(issue("letsencrypt.org; validationmethods=tls-sni-02"), .methodUnknown, .closes),
        Case("0 Issue \"letsencrypt.org\"", .tagCase, .changesNothing, issue("letsencrypt.org")),
        Case("0 ISSUEWILD \";\"", .tagCase, .changesNothing, "0 issuewild \";\""),
        Case("0 isue \";\"", .tagMisspelt, .opens, "0 issue \";\""),
        Case("0 issues \"ca.test\"", .tagMisspelt, .opens, issue("ca.test")),
        Case("0 issuewildcard \";\"", .tagMisspelt, .opens, "0 issuewild \";\""),
        Case("128 isue \"ca.test\"", .tagMisspelt, .closes, "128 issue \"ca.test\""),
        Case("0 accounturi \"\(ours)\"", .parameterAsTag, .opens),
        Case("128 tbs \"x\"", .tagUnknownCritical, .closes, "0 tbs \"x\""),
        Case("128 policy \"x\"", .tagUnknownCritical, .closes, "0 policy \"x\""),
        Case("1 tbs \"x\"", .tagUnknownCritical, .closes, "0 tbs \"x\""),
        Case("1 issue \"ca.test\"", .flagBitOne, .changesNothing, "128 issue \"ca.test\""),
    ]

    private func findings(_ records: [String]) throws -> [SpellingFinding] {
        let data = try records.map { try CAARecord(presentation: $0).data }
        return CAASpelling.findings(in: RelevantSet(owner: try DomainName("example.com"), records: data))
    }

    @Test(arguments: cases)
    func `a near miss is found, with its effect and the record to write`(of case: Case) throws {
        let findings = try findings([`case`.record])
        #expect(findings.map(\.kind) == [`case`.kind], "\(findings.map(\.summary))")
        #expect(findings.map(\.effect) == [`case`.effect])
        #expect(findings.first?.corrected.map(\.description) == `case`.corrected)
        #expect(findings.first.map { $0.record.description } == `case`.record)
    }

    @Test(arguments: cases)
    func `a corrected record has no near miss`(of case: Case) throws {
        #expect(try findings(`case`.corrected).isEmpty)
    }

    /// The effect that is told is the one that the evaluation sees.
    @Test(arguments: cases.filter { !$0.corrected.isEmpty && $0.record.contains("letsencrypt") })
    func `the effect is that of the evaluation`(of case: Case) throws {
        let authority = AuthorityTable.authority("letsencrypt.org", on: AuthorityTable.asOf)
        func allowed(_ records: [String]) throws -> Set<CAAEvaluation> {
            let set = RelevantSet(owner: nil, records: try records.map { try CAARecord(presentation: $0).data })
            let accounts: [CAAEvaluation.Account] = [.uri(Self.ours), .other(than: [Self.ours])]
            let all = accounts.flatMap { account in
                ValidationMethod.allCases.map { CAAEvaluation(authority: authority, account: account, method: $0) }
            }
            return Set(all.filter { $0.verdict(over: set).isAllowed })
        }
        let (before, after) = (try allowed([`case`.record]), try allowed(`case`.corrected))
        switch `case`.effect {
        case .opens: #expect(before.isStrictSuperset(of: after))
        case .closes: #expect(before.isEmpty && !after.isEmpty)
        // A label that is skipped may become one that counts.
        case .changesNothing: #expect(before.isSubset(of: after) && !before.isEmpty)
        }
    }

    @Test(arguments: [
        [], [issue("letsencrypt.org")], [issue("letsencrypt.org;")], [issue(";")], [issue("")], [issue(lock)],
        [issue("\(lock); validationmethods=dns-01"), "0 issuewild \";\""],
        [issue("\(lock); validationmethods=dns-01,http-01,tls-alpn-01,dns-account-01,dns-persist-01")],
        [issue("letsencrypt.org; accounturi=https://acme-v01.api.letsencrypt.org/acme/reg/1")],
        [issue(lock), issue("letsencrypt.org; accounturi=https://acme-staging-v02.api.letsencrypt.org/acme/acct/77")],
        [issue("pki.goog; cansignhttpexchanges=yes"), issue("pki.goog; accounturi=https://dv.test/account/x")],
        [issue("ca.test; account=230123"), issue("ca.test; policy=ev;=x")], [issue(" letsencrypt.org ; a = b ")],
        [issue("ca.test; validationmethods=ca-mail,dns-01")], [issue("internal.ca.corp.test")],
        AuthorityTable.entries.flatMap(\.identities).map(issue),
        [
            issue("certum.pl"), issue("harica.gr"), issue("buypass.com"), issue("azion.com"), issue("sap.com"),
            issue("actalis.it"), issue("entrust.net"),
        ],
        ["0 iodef \"mailto:a@example.com\"", "128 iodef \"https://example.com/\""],
        ["0 issuemail \"ca.test\"", "128 issuevmc \";\"", "0 contactemail \"a@example.com\"", "0 contactphone \"1\""],
        ["0 tbs \"x\"", "128 issue \"ca.test\"", "2 issue \"ca.test\""],
    ])
    func `a sound set has no near miss`(records: [String]) throws {
        #expect(try findings(records).map(\.summary) == [])
    }

    @Test func `octets that are no record are found`() {
        let data = RecordData(type: .caa, octets: [0, 9, 1])
        let findings = CAASpelling.findings(in: RelevantSet(owner: nil, records: [data]))
        #expect(findings.map(\.kind) == [.malformed] && findings[0].corrected.isEmpty)
    }

    @Test func `several near misses of a record are all found, and corrected together`() throws {
        let findings = try findings([issueLine("LetsEncrypt.org; AccountURI=\(Self.ours); validationmethods=dns01;")])
        #expect(Set(findings.map(\.kind)) == [.issuerCase, .parameterCase, .methodUnknown, .finalSemicolon])
        let right = issueLine("\(Self.lock); validationmethods=dns-01")
        #expect(findings.allSatisfy { $0.corrected.map(\.description) == [right] })
    }

    private func issueLine(_ value: String) -> String { Self.issue(value) }

    @Test func `a line for a zone file has the owner`() throws {
        let set = RelevantSet(owner: try DomainName("example.com"), records: [])
        #expect(set.line(CAARecord(tag: "issue", value: #"a"b\"#)) == #"example.com. IN CAA 0 issue "a\"b\\""#)
    }

    @Test func `every kind has a case`() {
        #expect(Set(Self.cases.map(\.kind)).union([.malformed]) == Set(SpellingFinding.Kind.allCases))
    }
}
