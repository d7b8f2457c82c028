import DNS
import Testing

@testable import CAA

/// Wildcards beside plain names, authorities that may ignore RFC 8657, and the days on which that changes.
struct CAAChecksTests {
    private func set(_ records: [String]) throws -> RelevantSet {
        RelevantSet(owner: nil, records: try records.map { try CAARecord(presentation: $0).data })
    }

    private static let lock = #""ca.test; accounturi=https://ca.test/acct/1""#

    @Test(
        arguments: [
            ([], .unrestricted), ([#"0 iodef "mailto:a@b.test""#], .unrestricted),
            ([#"0 issue "ca.test""#], .issueDecides), ([#"0 issue ";""#], .issueDecides),
            ([#"0 issuewild "ca.test""#], .plainIsOpen), ([#"0 issuewild ";""#], .plainIsOpen),
            ([#"0 issue "ca.test""#, #"0 issuewild "ca.test""#], .same),
            ([#"0 issue "ca.test""#, #"0 issuewild "ca.test;""#], .same),
            ([#"0 issue \#(lock)"#, #"0 issuewild \#(lock)"#], .same),
            ([#"0 issue "ca.test""#, #"0 issuewild ";""#], .stricter),
            ([#"0 issue "ca.test""#, #"0 issuewild \#(lock)"#], .stricter),
            ([#"0 issue "ca.test""#, #"0 issuewild "ca.test; validationmethods=dns-01""#], .stricter),
            // Wildcards cannot be had by http-01 anyway.
            (
                [
                    #"0 issue "ca.test; validationmethods=dns-01,http-01""#,
                    #"0 issuewild "ca.test; validationmethods=dns-01""#,
                ], .same
            ),
            ([#"0 issue ";""#, #"0 issuewild ";""#], .same), ([#"0 issue "CA.test""#, #"0 issuewild ";""#], .stricter),
        ] as [([String], WildcardComparison)])
    func `records for wildcards are compared with those for plain names`(
        records: [String], comparison: WildcardComparison
    ) throws {
        #expect(try WildcardComparison(set(records)) == comparison)
    }

    @Test(arguments: [
        ([#"0 issue ";""#], #"0 issuewild "ca.test""#),
        ([#"0 issue "ca.test""#], #"0 issuewild "other.test""#),
        ([#"0 issue \#(lock)"#], #"0 issuewild "ca.test""#),
        ([#"0 issue \#(lock)"#], #"0 issuewild "ca.test; accounturi=https://ca.test/acct/2""#),
        ([#"0 issue "ca.test; validationmethods=dns-01""#], #"0 issuewild "ca.test""#),
        ([#"0 issue \#(lock)"#, #"0 issuewild \#(lock)"#], #"0 issuewild "ca.test; AccountURI=https://ca.test/acct/1""#),
    ])
    func `a laxer record for wildcards is named`(others: [String], laxer: String) throws {
        #expect(try WildcardComparison(set(others + [laxer])) == .laxer([CAARecord(presentation: laxer)]))
    }

    @Test func `an authority that may ignore RFC 8657 is named until it must honour it`() throws {
        let records = try set([
            #"0 issue "letsencrypt.org; accounturi=https://acme-v02.api.letsencrypt.org/acme/acct/1""#,
            #"0 issue "pki.goog; accounturi=x""#, #"0 issuewild "Pki.goog""#, #"0 issuewild "ca.test""#, #"0 issue ";""#,
            #"0 iodef "mailto:a@b.test""#,
        ])
        let before = UnprotectedAuthority.all(in: records, on: CalendarDate(2027, 3, 14))
        #expect(before.map(\.identity) == ["ca.test", "pki.goog"])
        #expect(before.map(\.name) == [nil, "Google Trust Services"])
        #expect(before.map(\.record.tag) == ["issuewild", "issue"])
        #expect(UnprotectedAuthority.all(in: records, on: CalendarDate(2027, 3, 15)).isEmpty)
    }

    @Test func `the table says what is known on a day`() {
        func support(_ identity: String, _ date: CalendarDate) -> RFC8657Support {
            AuthorityTable.authority(identity, on: date).honoursRFC8657
        }
        #expect(support("letsencrypt.org", AuthorityTable.asOf) == .yes)
        #expect(support("letsencrypt.org", CalendarDate(2022, 11, 30)) == .unknown)
        #expect(support("sectigo.com", AuthorityTable.asOf) == .unknown)
        #expect(support("sectigo.com", AuthorityTable.obligation) == .yes)
        #expect(support("ca.test", AuthorityTable.asOf) == .unknown)
        let identities = AuthorityTable.entries.flatMap(\.identities)
        #expect(Set(identities).count == identities.count && identities.allSatisfy { $0 == $0.lowercased() })
    }

    @Test func `production and staging have accounts of their own`() {
        let production = AuthorityTable.authority("letsencrypt.org", on: AuthorityTable.asOf)
        let staging = AuthorityTable.authority("letsencrypt.org", on: AuthorityTable.asOf, isStaging: true)
        let prefix = "https://acme-staging-v02.api.letsencrypt.org/acme/acct/"
        #expect(staging.canHave(account: prefix + "12") && !production.canHave(account: prefix + "12"))
        let sound = "https://acme-v02.api.letsencrypt.org/acme/acct/"
        #expect(production.canHave(account: sound + "9223372036854775807") && !staging.canHave(account: sound + "1"))
        for odd in ["", "0", "01", "1/", "-1", "x", "12345678901234567890", "1?"] {
            #expect(!production.canHave(account: sound + odd))
        }
        #expect(AuthorityTable.authority("ca.test", on: AuthorityTable.asOf).canHave(account: "x"))
    }

    @Test(
        arguments: [
            (0, "1970-01-01"), (-1, "1969-12-31"), (951_782_400, "2000-02-29"), (951_868_800, "2000-03-01"),
            (1_805_068_799, "2027-03-14"), (1_805_068_800, "2027-03-15"), (4_107_542_400, "2100-03-01"),
            (4_107_542_399, "2100-02-28"),
        ] as [(Int64, String)])
    func `a moment has a day`(seconds: Int64, day: String) {
        #expect(CalendarDate(secondsSince1970: seconds).description == day)
    }
}
