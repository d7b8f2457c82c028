import CAA
import DNS
import TestSupport
import Testing

/// What holds for all sets. The sets are random, from parts that records have and parts that are wrong.
struct CAAPropertyTests {
    private static let tags = ["issue", "issue", "issue", "issuewild", "issuewild", "ISSUE", "iodef", "tbs", "issuemail"]
    private static let issuers = ["ca.test", "ca.test", "ca.test", "other.test", "CA.test", ""]
    private static let accounts = (1...3).map { "https://ca.test/acct/\($0)" }
    private static let parameters =
        accounts.map { "accounturi=\($0)" } + [
            "accounturi=\(accounts[0])", "accounturi=", "AccountURI=x", "validationmethods=dns-01", "validationmethods=http-01",
            "validationmethods=http-01,dns-01", "validationmethods=b@d,dns-01", "validationmethods=dns-01,b@d", "policy=1",
            "policy-x=1", "policy", "", "a=b c",
        ]

    private func record(_ generator: inout SeededGenerator) -> RecordData {
        let value =
            ([Self.pick(Self.issuers, &generator)]
            + (0..<Int.random(in: 0...2, using: &generator)).map { _ in
                Self.pick(Self.parameters, &generator)
            }).joined(separator: ";")
        return .caa(
            flags: Self.pick([0, 0, 0, 0, 1, 2, 128], &generator), tag: Self.pick(Self.tags, &generator), value: value)
    }

    private static func pick<Element>(_ choices: [Element], _ generator: inout SeededGenerator) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &generator)]
    }

    private func set(_ generator: inout SeededGenerator) -> [RecordData] {
        (0..<Int.random(in: 0...4, using: &generator)).map { _ in record(&generator) }
    }

    private func evaluation(_ generator: inout SeededGenerator) -> CAAEvaluation {
        CAAEvaluation(
            authority: IssuingAuthority(
                identities: ["ca.test"], honoursRFC8657: Self.pick(RFC8657Support.allCases, &generator)),
            account: Self.pick([.uri(Self.accounts[0]), .new, .other(than: [Self.accounts[0]])], &generator),
            method: Self.pick(ValidationMethod.allCases, &generator), isWildcard: Bool.random(using: &generator))
    }

    private func verdict(_ evaluation: CAAEvaluation, _ records: [RecordData]) -> CAAVerdict {
        evaluation.verdict(over: RelevantSet(owner: nil, records: records))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a record that allows nothing never allows more`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var refusals = 0
        for _ in 0..<2000 {
            let (records, added, evaluation) = (set(&generator), record(&generator), evaluation(&generator))
            if case .allowing = verdict(evaluation, [added]).reason { continue }
            guard !verdict(evaluation, records).isAllowed else { continue }
            refusals += 1
            #expect(!verdict(evaluation, records + [added]).isAllowed, "\(records) and \(added), \(evaluation), seed \(seed)")
        }
        #expect(refusals > 200)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `one more issue record never takes away what a record allows`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let (records, evaluation) = (set(&generator), evaluation(&generator))
            guard case .allowing(let allowing) = verdict(evaluation, records).reason else { continue }
            let more = records + [.caa(tag: allowing.property, value: Self.pick(Self.issuers, &generator))]
            #expect(verdict(evaluation, more).isAllowed, "\(more), \(evaluation), seed \(seed)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `neither the order of records nor one that is there twice matters`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1000 {
            let (records, evaluation) = (set(&generator), evaluation(&generator))
            let shuffled = (records + records.prefix(1)).shuffled(using: &generator)
            #expect(verdict(evaluation, records) == verdict(evaluation, shuffled), "\(records), seed \(seed)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `another account is allowed if there is one`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let records = set(&generator)
            var evaluation = evaluation(&generator)
            evaluation.authority.honoursRFC8657 = .yes
            evaluation.account = .other(than: [Self.accounts[0]])
            let verdict = verdict(evaluation, records)
            let one = (Self.accounts.dropFirst() + ["https://ca.test/acct/new"]).contains { uri in
                evaluation.account = .uri(uri)
                return self.verdict(evaluation, records).isAllowed
            }
            #expect(verdict.isAllowed == one, "\(records), \(evaluation), seed \(seed)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `for an unknown authority the bound on the safe side counts`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let records = set(&generator)
            var evaluation = evaluation(&generator)
            func allows(_ support: RFC8657Support) -> Bool {
                evaluation.authority.honoursRFC8657 = support
                return verdict(evaluation, records).isAllowed
            }
            let (yes, no, unknown) = (allows(.yes), allows(.no), allows(.unknown))
            #expect(!yes || no, "\(records), \(evaluation), seed \(seed)")
            if case .other = evaluation.account { #expect(unknown == no) } else { #expect(unknown == yes) }
        }
    }
}
