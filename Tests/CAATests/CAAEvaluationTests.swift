import DNS
import Testing

@testable import CAA

/// What CAA records allow. The table has the cases of RFC 8659, of RFC 8657, and those where Let's Encrypt is stricter.
struct CAAEvaluationTests {
    static let account = "https://ca.test/acct/1"

    private func allows(_ values: [RecordData], isWildcard: Bool = false) throws -> Bool {
        let name = try DomainName("a.example.test")
        let evaluation = CAAEvaluation(identities: ["ca.test", "ca.example"], account: Self.account)
        return evaluation.verdict(for: name, isWildcard: isWildcard, answers: [name: .records(values)]) == .allowed
    }

    @Test(arguments: [
        ("ca.test", true), ("ca.example", true), (" ca.test\t", true), ("ca.test;", true), ("ca.test ; ", true),
        ("", false), (";", false), ("CA.test", false), ("ca.test.", false), ("other.test", false),
        ("ca.test; accounturi=https://ca.test/acct/1", true), ("ca.test;accounturi = https://ca.test/acct/1", true),
        ("ca.test; accounturi=https://ca.test/acct/1/", false), ("ca.test; accounturi=https://ca.test/acct/2", false),
        ("ca.test; accounturi=", false), ("ca.test; AccountURI=https://ca.test/acct/2", true),
        ("ca.test; accounturi=https://ca.test/acct/1; accounturi=https://ca.test/acct/1", false),
        ("ca.test; accounturi=https://ca.test/acct/1;", false),
        ("ca.test; validationmethods=dns-01", true), ("ca.test; validationmethods=http-01,dns-01", true),
        ("ca.test; validationmethods=new-02,dns-01", true), ("ca.test; validationmethods=http-01", false),
        ("ca.test; validationmethods=", false), ("ca.test; validationmethods=http-01, dns-01", false),
        ("ca.test; validationmethods=b@d,dns-01", false), ("ca.test; validationmethods=dns-01,b@d", true),
        ("ca.test; validationmethods=dns-01; validationmethods=dns-01", false),
        ("ca.test; ValidationMethods=http-01", true),
        ("ca.test; policy=1", true), ("ca.test; policy-x=1", false), ("ca.test; policy", false), ("ca.test; =x", true),
        ("ca.test;;", false), ("ca.test; a=b=c", true), ("ca.test; a=\u{7F}", false),
    ])
    func `a record names an authority, and with parameters an account and methods`(value: String, isAllowed: Bool) throws {
        #expect(try allows([.caa(tag: "issue", value: value)]) == isAllowed)
        #expect(try allows([.caa(tag: "ISSUE", value: value)]) == isAllowed)
        // One record that allows it is enough.
        #expect(try allows([.caa(tag: "issue", value: value), .caa(tag: "issue", value: "ca.test")]))
    }

    @Test func `records for wildcards count for wildcards alone`() throws {
        let (here, elsewhere) = (
            RecordData.caa(tag: "issuewild", value: "ca.test"), RecordData.caa(tag: "issue", value: "other.test")
        )
        #expect(try allows([here, elsewhere], isWildcard: true))
        #expect(try !allows([here, elsewhere]))
        #expect(try !allows([elsewhere], isWildcard: true))
        #expect(try allows([.caa(tag: "issuewild", value: ";")]))
        #expect(try !allows([.caa(tag: "issuewild", value: ";"), .caa(tag: "issue", value: "ca.test")], isWildcard: true))
    }

    @Test(arguments: [
        (0, "tbs", true), (128, "tbs", false), (1, "tbs", false), (2, "tbs", true), (128, "iodef", true),
        (128, "issuemail", true),
        (128, "IssueVMC", true),
    ])
    func `an unknown tag is in the way if it is critical`(flags: Int, tag: String, isAllowed: Bool) throws {
        #expect(try allows([.caa(flags: UInt8(flags), tag: tag, value: "x")]) == isAllowed)
        #expect(
            try allows([.caa(flags: UInt8(flags), tag: tag, value: "x"), .caa(tag: "issue", value: "ca.test")]) == isAllowed)
    }

    @Test(arguments: [[], [0], [0, 0], [0, 5, 0x69], [0, 0, 0x69]] as [[UInt8]])
    func `malformed records allow nobody`(octets: [UInt8]) throws {
        #expect(try !allows([RecordData(type: .caa, octets: octets)]))
    }

    @Test func `the first name with records decides, from the name up`() throws {
        let name = try DomainName("a.b.test")
        let names = CAAEvaluation.names(for: name)
        #expect(names == [name, try DomainName("b.test"), try DomainName("test")])
        let evaluation = CAAEvaluation(identities: ["ca.test"], account: nil)
        func verdict(_ answers: [CAAEvaluation.Answer]) -> CAAEvaluation.Verdict {
            evaluation.verdict(
                for: name, isWildcard: false, answers: Dictionary(uniqueKeysWithValues: zip(names, answers)))
        }
        let none = CAAEvaluation.Answer.records([])
        let here = CAAEvaluation.Answer.records([.caa(tag: "issue", value: "ca.test")])
        let nobody = CAAEvaluation.Answer.records([.caa(tag: "issue", value: ";")])
        let about = CAAEvaluation.Answer.records([.caa(tag: "iodef", value: "mailto:a@b.test")])
        #expect(verdict([none, none, none]) == .allowed)
        #expect(verdict([here, nobody, nobody]) == .allowed)
        #expect(verdict([nobody, here, here]) != .allowed)
        #expect(verdict([none, nobody, here]) != .allowed)
        // Records that do not concern issuing end the way up as well.
        #expect(verdict([about, nobody, nobody]) == .allowed)
        // A failure ends it, even below a name that allows it; above such a name it does not matter.
        #expect(verdict([.failed("no answer"), here, here]) != .allowed)
        #expect(verdict([here, .failed("no answer"), none]) == .allowed)
        #expect(verdict([none]) != .allowed)
    }

    @Test func `the reason tells what is in the way, in printable characters`() throws {
        let name = try DomainName("a.test")
        let verdict = CAAEvaluation(identities: ["ca.test"], account: nil).verdict(
            for: name, isWildcard: false,
            answers: [
                name: .records([
                    .caa(tag: "issue", value: "other.test\u{1B}[2J"), .caa(tag: "issue", value: "ca.test; accounturi=x"),
                ])
            ])
        #expect(
            verdict
                == .forbidden(
                    "the CAA records of a.test do not allow it: “other.test?[2J” is not for ca.test; “ca.test; accounturi=x” is for another account than the new one"
                ))
    }

    @Test func `an authority without identities is asked in any case`() throws {
        let name = try DomainName("a.test")
        let answers: [DomainName: CAAEvaluation.Answer] = [name: .records([.caa(tag: "issue", value: ";")])]
        #expect(CAAEvaluation(identities: [], account: nil).verdict(for: name, isWildcard: false, answers: answers) == .allowed)
    }
}
