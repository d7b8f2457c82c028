import CAA
import DNS
import Testing

/// The records that lock a domain: they allow what they should, and nothing else.
struct CAALockTests {
    private static let production = "https://acme-v02.api.letsencrypt.org/acme/acct/1"
    private static let staging = "https://acme-staging-v02.api.letsencrypt.org/acme/acct/2"

    private func set(_ lock: CAALock) throws -> RelevantSet {
        RelevantSet(owner: nil, records: try lock.records().map(\.data))
    }

    private func allows(
        _ set: RelevantSet, _ account: CAAEvaluation.Account, _ method: ValidationMethod = .dns01, wildcard: Bool = false,
        isStaging: Bool = false
    ) -> Bool {
        let authority = AuthorityTable.authority("letsencrypt.org", on: AuthorityTable.asOf, isStaging: isStaging)
        return CAAEvaluation(authority: authority, account: account, method: method, isWildcard: wildcard).verdict(over: set)
            .isAllowed
    }

    @Test(arguments: [CAALock.Wildcards.asPlainNames, .locked, .forbidden], [[], [.dns01]] as [[ValidationMethod]])
    func `a lock lets its account in, and no other`(wildcards: CAALock.Wildcards, methods: [ValidationMethod]) throws {
        let set = try set(
            CAALock(
                authorities: ["letsencrypt.org"], accounts: [AccountURI(Self.production)], methods: methods,
                wildcards: wildcards))
        #expect(allows(set, .uri(Self.production)))
        #expect(allows(set, .uri(Self.production), wildcard: true) == (wildcards != .forbidden))
        #expect(allows(set, .uri(Self.production), .http01) == methods.isEmpty)
        for method in ValidationMethod.allCases {
            #expect(!allows(set, .other(than: [Self.production]), method))
            #expect(!allows(set, .other(than: [Self.production]), method, wildcard: true))
        }
        #expect(CAASpelling.findings(in: set).isEmpty)
        #expect(UnprotectedAuthority.all(in: set, on: AuthorityTable.asOf).isEmpty)
        let comparison: [CAALock.Wildcards: WildcardComparison] = [
            .asPlainNames: .issueDecides, .locked: .same, .forbidden: .stricter,
        ]
        #expect(WildcardComparison(set) == comparison[wildcards])
    }

    @Test func `with staging, each environment lets its own account in`() throws {
        let set = try set(
            CAALock(
                authorities: ["letsencrypt.org"], accounts: [AccountURI(Self.production), AccountURI(Self.staging)],
                isStaging: true))
        #expect(allows(set, .uri(Self.production)) && allows(set, .uri(Self.staging), isStaging: true))
        // The record for staging lets nobody into production.
        #expect(!allows(set, .other(than: [Self.production])))
        #expect(!allows(set, .other(than: [Self.staging]), isStaging: true))
    }

    @Test func `an account of staging is refused without staging, and missed with it`() throws {
        var lock = CAALock(authorities: ["letsencrypt.org"], accounts: [try AccountURI(Self.staging)])
        #expect(throws: PresentationError.self) { try lock.records() }
        lock.isStaging = true
        #expect(try lock.records().count == 1 && lock.notes(on: AuthorityTable.asOf).count == 1)
        lock.accounts = [try AccountURI(Self.production)]
        #expect(throws: PresentationError.self) { try lock.records() }
    }

    @Test func `a semicolon is told as what it is in a record`() {
        let text = "https://ca.test/a;b"
        #expect(throws: PresentationError("“\(text)” has a “;”, which would end the parameter in a CAA record")) {
            try AccountURI(text)
        }
    }

    @Test func `the number of accounts and the octets are limited`() throws {
        let accounts = try (1...21).map { try AccountURI("https://ca.test/acct/\($0)") }
        let all = CAALock(authorities: ["ca.test"], accounts: Array(accounts.prefix(20)))
        #expect(try all.records().count == 20)
        #expect(throws: PresentationError("there are at most 20 authorities and 20 accounts")) {
            try CAALock(authorities: ["ca.test"], accounts: accounts).records()
        }
        let long = try (1...20).map {
            try AccountURI("https://ca.test/" + String(repeating: "\($0 % 10)", count: 480) + "/\($0)")
        }
        let authorities = (1...5).map { "ca\($0).test" }
        #expect(throws: PresentationError.self) { try CAALock(authorities: authorities, accounts: long).records() }
        #expect(try CAALock(authorities: ["ca1.test"], accounts: long).records().count == 20)
    }

    @Test(arguments: [
        "https://ca.test/acct/1", "urn:uuid:1", "https://ca.test/~a-b_c.d/%7B/$x&y='(1)*+,:@!/?q=[2]#f",
        "https://ca.test/" + String(repeating: "a", count: 496),
    ])
    func `a URI can be an account`(text: String) throws {
        let uri = try AccountURI(text)
        let record = CAARecord(tag: "issue", value: "ca.test; accounturi=\(uri.text)")
        let authority = IssuingAuthority(identities: ["ca.test"], honoursRFC8657: .yes)
        let set = RelevantSet(owner: nil, records: [record.data])
        #expect(CAAEvaluation(authority: authority, account: .uri(text)).verdict(over: set).isAllowed)
        #expect(try CAARecord(presentation: record.description) == record)
    }

    @Test(arguments: [
        "", ":", "1", "https", "https:", "1a:b", "/acct/1", "https://ca.test/a b", "https://ca.test/;", "https://ca.test/\"",
        "https://ca.test/\\", "https://ca.test/{}", "https://ca.test/\n", "https://ca.test/\u{E9}",
        "https://ca.test/" + String(repeating: "a", count: 497),
    ])
    func `another text is no account`(text: String) {
        #expect(throws: PresentationError.self) { try AccountURI(text) }
    }
}
