import DNS
import Testing

@testable import CAA

/// The reasons of verdicts, and what is not in the table of cases (`CAACaseTests`).
struct CAAEvaluationTests {
    static let account = "https://ca.test/acct/1"
    static let authority = IssuingAuthority(identities: ["ca.test", "ca.example"], honoursRFC8657: .yes)

    private func verdict(
        _ values: [RecordData], account: CAAEvaluation.Account = .uri(account), authority: IssuingAuthority = authority
    ) throws -> CAAVerdict {
        let name = try DomainName("a.example.test")
        return CAAEvaluation(authority: authority, account: account).verdict(for: name, answers: [name: .records(values)])
    }

    @Test(arguments: [[], [0], [0, 0], [0, 5, 0x69], [0, 0, 0x69]] as [[UInt8]])
    func `malformed records allow nobody`(octets: [UInt8]) throws {
        let data = RecordData(type: .caa, octets: octets)
        let verdict = try verdict([data, .caa(tag: "issue", value: "ca.test")])
        #expect(!verdict.isAllowed && verdict.records == [data] && verdict.because.contains("is malformed"))
    }

    @Test func `the first name with records decides, from the name up`() throws {
        let name = try DomainName("a.b.test")
        let names = RelevantSet.names(for: name)
        #expect(names == [name, try DomainName("b.test"), try DomainName("test")])
        let evaluation = CAAEvaluation(authority: Self.authority, account: .new)
        func allows(_ answers: [RelevantSet.Answer]) -> Bool {
            evaluation.verdict(for: name, answers: Dictionary(uniqueKeysWithValues: zip(names, answers))).isAllowed
        }
        let none = RelevantSet.Answer.records([])
        let here = RelevantSet.Answer.records([.caa(tag: "issue", value: "ca.test")])
        let nobody = RelevantSet.Answer.records([.caa(tag: "issue", value: ";")])
        let about = RelevantSet.Answer.records([.caa(tag: "iodef", value: "mailto:a@b.test")])
        #expect(allows([none, none, none]))
        #expect(allows([here, nobody, nobody]))
        #expect(!allows([nobody, here, here]))
        #expect(!allows([none, nobody, here]))
        // Records that do not concern issuing end the way up as well.
        #expect(allows([about, nobody, nobody]))
        // A failure ends it, even below a name that allows it; above such a name it does not matter.
        #expect(!allows([.failed("no answer"), here, here]))
        #expect(!allows([none, .failed("no answer"), here]))
        #expect(allows([here, .failed("no answer"), none]))
        #expect(!allows([none]))
    }

    @Test func `a failure says at which name it was`() throws {
        let name = try DomainName("a.test")
        let verdict = CAAEvaluation(authority: Self.authority, account: .new).verdict(
            for: name, answers: [name: .records([]), try DomainName("test"): .failed("SERVFAIL")])
        #expect(verdict.because == "the CAA records of test cannot be read: SERVFAIL")
        #expect(try verdict.owner == DomainName("test") && verdict.records.isEmpty)
    }

    @Test func `the reason tells what is in the way, in printable characters`() throws {
        let verdict = try verdict(
            [.caa(tag: "issue", value: "other.test\u{1B}[2J"), .caa(tag: "issue", value: "ca.test; accounturi=x")],
            account: .new)
        #expect(
            verdict.because
                == "the CAA records of a.example.test do not allow it: “ca.test; accounturi=x” is for another account than the new one; “other.test?[2J” is not for ca.test or ca.example"
        )
        #expect(verdict.records.count == 2)
    }

    @Test func `the record that allows it is named`() throws {
        let record = RecordData.caa(tag: "issue", value: "ca.test")
        let verdict = try verdict([.caa(tag: "issue", value: "other.test"), record])
        #expect(verdict.isAllowed && verdict.records == [record] && verdict.because == "“ca.test” allows it")
    }

    @Test func `an authority without identities is asked in any case`() throws {
        let nameless = IssuingAuthority(identities: [], honoursRFC8657: .unknown)
        #expect(try verdict([.caa(tag: "issue", value: ";")], authority: nameless).isAllowed)
    }

    @Test func `another account is one that the authority can have, and not ours`() throws {
        let form = AccountForm(prefixes: ["https://ca.test/acct/", "https://ca.test/reg/"])
        let authority = IssuingAuthority(identities: ["ca.test"], honoursRFC8657: .yes, accountForms: [form])
        func other(_ uri: String) throws -> CAAVerdict {
            try verdict(
                [.caa(tag: "issue", value: "ca.test; accounturi=\(uri)")], account: .other(than: [Self.account]),
                authority: authority)
        }
        #expect(try other("https://ca.test/acct/2").isAllowed)
        #expect(try !other("https://ca.test/acct/1").isAllowed)
        // The same account by the older API.
        #expect(try !other("https://ca.test/reg/1").isAllowed)
        #expect(try other("https://staging.ca.test/acct/2").because.contains("the authority cannot have"))
        #expect(
            try verdict([.caa(tag: "issue", value: "ca.test; accounturi=https://ca.test/reg/1")], authority: authority)
                .isAllowed)
    }

    @Test(arguments: RFC8657Support.allCases)
    func `an authority that may ignore RFC 8657 counts as the worse of both`(support: RFC8657Support) throws {
        let authority = IssuingAuthority(identities: ["ca.test"], honoursRFC8657: support)
        let locked = [RecordData.caa(tag: "issue", value: "ca.test; accounturi=\(Self.account)")]
        let foreign = [RecordData.caa(tag: "issue", value: "ca.test; accounturi=https://ca.test/acct/2")]
        let ours = CAAEvaluation.Account.uri(Self.account)
        let other = CAAEvaluation.Account.other(than: [Self.account])
        #expect(try verdict(locked, account: ours, authority: authority).isAllowed)
        #expect(try verdict(locked, account: other, authority: authority).isAllowed == (support != .yes))
        #expect(try verdict(foreign, account: ours, authority: authority).isAllowed == (support == .no))
        // It may be less strict in other ways, too.
        for value in ["CA.test", "ca.test; policy-x=1"] {
            let record = [RecordData.caa(tag: "issue", value: value)]
            #expect(try verdict(record, account: other, authority: authority).isAllowed == (support != .yes))
            #expect(try !verdict(record, account: ours, authority: authority).isAllowed)
        }
    }
}
