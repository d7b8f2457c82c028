import DNS
import DNSClient
import DNSSEC
import Sockets
import TestSupport
import Testing

@testable import Signing

/// The meaning of resolvers' answers about a parent.
struct ParentQueryTests {
    private let apex: DomainName
    private let key: SigningKey

    init() throws {
        apex = try DomainName("delegates.example.net")
        key = SigningKey(.ecdsaP256SHA256, isSecureEntryPoint: true, avoiding: [])
    }

    /// The records of a section, each with its owner.
    private typealias Records = [(owner: String, data: RecordData)]

    private func message(
        _ records: [RecordData] = [], flags: Header.Flags = .recursionAvailable, code: UInt16 = 0, identifier: UInt16 = 7,
        question: Question? = nil, answer: Records = [], authority: Records? = nil
    ) throws -> [UInt8] {
        var message = MessageWriter()
        message.begin(
            identifier: identifier, flags: flags.union(.response).union(Header.Flags(rawValue: code)),
            limit: MessageWriter.maximumLength)
        message.write(question ?? Question(name: apex, type: .ds, class: .in))
        if !records.isEmpty { _ = message.write(RRset(owner: apex, type: .ds, ttl: 300, data: records), in: .answer) }
        for (owner, data) in answer {
            _ = message.write(RRset(owner: try DomainName(owner), type: data.type, ttl: 300, data: [data]), in: .answer)
        }
        for (owner, data) in try authority ?? (records.isEmpty ? [("example.net", soa)] : []) {
            _ = message.write(RRset(owner: try DomainName(owner), type: data.type, ttl: 300, data: [data]), in: .authority)
        }
        message.finish()
        return message.octets
    }

    private var soa: RecordData {
        get throws {
            let (ns, mail) = (try DomainName("ns.example"), try DomainName("hostmaster.example"))
            return RecordData(type: .soa, octets: ns.wire + mail.wire + [UInt8](repeating: 1, count: 20))
        }
    }

    private var zone: SignedZone {
        var zone = SignedZone(apex: apex, keys: ZoneKeys(keys: [ZoneKeys.Key(key, role: .combined)]))
        zone.secrets[key.tag] = key
        return zone
    }

    /// The meaning of what a resolver sends back for the query with the identifier 7.
    private func answer(in octets: [UInt8]) -> ParentAnswer {
        do throws(ResponseMismatch) {
            let sent = SentQuery(ParentQuery(apex: apex).query, identifier: 7)
            return ParentAnswer(in: try sent.response(in: octets), to: apex)
        } catch {
            return .silent(error.description)
        }
    }

    /// The view of the parent in one resolver's response; `nil` if it says nothing.
    private func view(_ octets: [UInt8]) -> ZoneKeys.ParentView? {
        let view = view([answer(in: octets)]).view
        return view == .unknown ? nil : view
    }

    private func view(_ answers: [ParentAnswer]) -> ParentSurvey.Finding {
        let survey = answers.enumerated().map { ParentSurvey.Answer(resolver: "192.0.2.\($0 + 1):53", answer: $1) }
        return ParentSurvey(survey).finding(for: zone)
    }

    @Test func `DS records are compared with the keys, whichever digest the parent took`() throws {
        let ds = key.ds(apex: apex)
        #expect(try view(message([ds])) == .keys([key.tag], ttl: .left(300)))
        let other = SigningKey(.ecdsaP256SHA256, isSecureEntryPoint: true, avoiding: [key.tag])
        #expect(try view(message([other.ds(apex: apex), ds])) == .keys([key.tag], foreign: [13], ttl: .left(300)))
        #expect(try view(message([other.ds(apex: apex)])) == .keys([], foreign: [13], ttl: .left(300)))
        // The right tag with another digest.
        #expect(
            try view(message([RecordData(type: .ds, octets: ds.octets.dropLast() + [ds.octets[35] ^ 1])]))
                == .keys([], foreign: [13], ttl: .left(300)))
        #expect(
            try view(message([RecordData(type: .ds, octets: Array(ds.octets.prefix(3)) + [1] + ds.octets.suffix(20))]))
                == .keys([], foreign: [13], ttl: .left(300)))
    }

    @Test func `that there are none is known from a resolver alone`() throws {
        #expect(try view(message()) == ZoneKeys.ParentView.none)
        // A resolver inside a network may not know the zone at all.
        #expect(try view(message(code: 3)) == nil)
        // The zone's own name server would say so, too.
        #expect(try view(message(flags: .authoritative)) == nil)
        #expect(try view(message(code: 2)) == nil)
        #expect(try view(message(code: 5)) == nil)
    }

    @Test func `a DS that is seen counts, however odd the rest of the response is, but nothing goes on with it`() throws {
        let ds = key.ds(apex: apex)
        let soa = try soa
        let (seen, mine) = (
            ZoneKeys.ParentView.keys([key.tag], isSure: false, ttl: .left(300)), Records([("delegates.example.net", ds)])
        )
        #expect(try view(message([ds], flags: [.recursionAvailable, .authoritative])) == seen)
        #expect(try view(message([ds], flags: [])) == seen)
        #expect(try view(message([ds], code: 3)) == seen)
        #expect(try view(message([ds], code: 2)) == seen)
        // Beside an SOA from above the zone, which says that there is none.
        #expect(try view(message(authority: [("example.net", soa)] + mine)) == seen)
        let nsec = RecordData(type: .nsec, octets: try DomainName("x.example.net").wire + [0, 7, 0x22, 0, 0, 0, 0, 0x13, 0x80])
        #expect(try view(message(authority: [("example.net", soa), ("delegates.example.net", nsec)])) == nil)
        let without = RecordData(type: .nsec, octets: try DomainName("x.example.net").wire + [0, 6, 0x22, 0, 0, 0, 0, 0x03])
        #expect(
            try view(message(authority: [("example.net", soa), ("delegates.example.net", without)])) == ZoneKeys.ParentView.none
        )
    }

    @Test func `what is no response to the question says nothing`() throws {
        #expect(view([]) == nil)
        #expect(try view(message(identifier: 8)) == nil)
        let other = Question(name: try DomainName("elsewhere.test"), type: .ds, class: .in)
        #expect(try view(message(question: other)) == nil)
        #expect(try view(message(question: Question(name: apex, type: .a, class: .in))) == nil)
        #expect(try view(Array(message([key.ds(apex: apex)]).dropLast(3))) == nil)
        // A failed resolver that does not repeat the question might know of a DS, whether or not it looks names up for others.
        #expect(answer(in: [0, 7, 0x80, 2] + [UInt8](repeating: 0, count: 8)) == .silent("says SERVFAIL"))
    }

    /// Only an SOA from strictly above the apex says something about the parent: both sides of the cut answer.
    @Test func `that there are none is believed only of what is above the zone`() throws {
        let ns = RecordData.ns(try DomainName("ns.example"))
        let soa = try soa
        let believed: [(Records, Comment)] = [
            ([("example.net", soa)], "the parent"),
            ([("EXAMPLE.net", soa)], "in another case"),
            ([("net", soa)], "further above"),
            ([(".", soa)], "the root"),
            ([("net", ns), ("net", soa)], "with name servers of the zone above"),
        ]
        for (authority, comment) in believed {
            #expect(try view(message(authority: authority)) == ZoneKeys.ParentView.none, comment)
        }
        let notBelieved: [(Records, Comment)] = [
            ([], "no SOA: RFC 2308 section 2.2"),
            ([("delegates.example.net", soa)], "the zone itself"),
            ([("DELEGATES.example.NET", soa)], "the zone itself in another case"),
            ([("a.delegates.example.net", soa)], "below"),
            ([("other.example.net", soa)], "beside"),
            ([("legates.example.net", soa)], "a name that ends alike"),
            ([("org", soa)], "elsewhere"),
            ([("delegates.example.net", ns)], "a referral"),
            ([("net", ns)], "a referral from further above"),
            ([("example.net", soa), ("delegates.example.net", ns)], "a referral with an SOA"),
            ([("example.net", soa), ("delegates.example.net", soa)], "two SOAs, one of them the zone's"),
            ([("org", soa), ("example.net", soa)], "two SOAs, one of them elsewhere"),
        ]
        for (authority, comment) in notBelieved { #expect(try view(message(authority: authority)) == nil, comment) }
        // A resolver that asks the zone itself is recognised, and the reason says so.
        guard
            case .unknown(let reason) = answer(in: try message(authority: [("delegates.example.net", soa)]))
        else {
            Issue.record("the zone itself knows nothing of its parent")
            return
        }
        #expect(reason.contains("a rule for just this zone"))
    }

    @Test func `nothing but an empty answer without errors can say that there are none`() throws {
        let ds = key.ds(apex: apex)
        let elsewhere = try DomainName("elsewhere.test")
        let cname = RecordData(type: .cname, octets: elsewhere.wire)
        let dname = RecordData(type: .dname, octets: elsewhere.wire)
        for answer: Records in [
            [("delegates.example.net", cname)], [("example.net", dname)], [("elsewhere.test", ds)],
            [("delegates.example.net", cname), ("elsewhere.test", ds)], [("delegates.example.net", .txt("x".utf8))],
        ] {
            #expect(try view(message(answer: answer, authority: [("example.net", soa)])) == nil, "\(answer)")
        }
        for code in 1...15 as ClosedRange<UInt16> { #expect(try view(message(code: code)) == nil, "\(code)") }
        for flags: Header.Flags in [
            [], .authoritative, .truncated, .recursionAvailable.union(.truncated), .recursionAvailable.union(.authoritative),
            .recursionAvailable.union(Header.Flags(rawValue: 4 << 11)),
        ] {
            #expect(try view(message(flags: flags)) == nil, "\(flags)")
        }
        #expect(try view(message(question: Question(name: apex, type: .ds, class: RecordClass(rawValue: 3)))) == nil)
        #expect(try view(Array(message().dropLast(3))) == nil)
    }

    @Test func `a DS that no validator can use makes a zone insecure, not forged`() throws {
        let (ds, other) = (key.ds(apex: apex), SigningKey(.ed25519, isSecureEntryPoint: true, avoiding: [key.tag]))
        func record(_ algorithm: UInt8, _ digestType: UInt8) -> RecordData {
            .ds(keyTag: 768, algorithm: algorithm, digestType: digestType, digest: [UInt8](repeating: 7, count: 32))
        }
        // The record that dnssec-cds makes of a request to delete that has a CDNSKEY.
        #expect(try view(message([record(0, 2)])) == .unusable)
        for (algorithm, digestType) in [(1, 2), (3, 1), (12, 2), (99, 2), (254, 2), (13, 0), (13, 3), (8, 99), (255, 255)]
            as [(UInt8, UInt8)]
        {
            #expect(try view(message([record(algorithm, digestType)])) == .unusable, "\(algorithm) \(digestType)")
        }
        for (algorithm, digestType) in [(5, 1), (8, 2), (13, 4), (15, 2), (16, 2)] as [(UInt8, UInt8)] {
            let expected = ZoneKeys.ParentView.keys([], foreign: [algorithm], ttl: .left(300))
            #expect(try view(message([record(algorithm, digestType)])) == expected)
        }
        #expect(try view(message([record(0, 2), ds])) == .keys([key.tag], ttl: .left(300)))
        let foreign = ZoneKeys.ParentView.keys([], foreign: [other.algorithm.rawValue], ttl: .left(300))
        #expect(try view(message([record(0, 2), other.ds(apex: apex)])) == foreign)
        var zone = zone
        zone.parent = .unusable
        #expect(zone.parentState == .unusable)
    }

    @Test func `of several resolvers the answer counts that is safe`() throws {
        let ds = key.ds(apex: apex)
        let other = SigningKey(.ed25519, isSecureEntryPoint: true, avoiding: [key.tag]).ds(apex: apex)
        let unusable = RecordData.ds(keyTag: 768, algorithm: 0, digestType: 2, digest: [UInt8](repeating: 7, count: 32))
        let (mine, foreign, useless) = (
            ParentAnswer.present([ds], ttl: 300), ParentAnswer.present([other], ttl: 60),
            ParentAnswer.present([unusable], ttl: 9)
        )
        let glimpse = ParentAnswer.glimpse([ds], ttl: 7, "is no resolver")
        let uselessGlimpse = ParentAnswer.glimpse([unusable], ttl: 7, "is no resolver")
        let (child, silent) = (ParentAnswer.unknown("asks the zone"), ParentAnswer.silent("does not answer"))
        let tag = key.tag
        let cases: [([ParentAnswer], ZoneKeys.ParentView, Bool)] = [
            ([], .unknown, true),
            ([.absent], .none, false),
            ([.absent, .absent], .none, false),
            ([.absent, useless], .unusable, false),
            ([child], .unknown, true),
            ([child, .absent], .none, false),
            // A resolver that does not answer may have seen a DS.
            ([silent, .absent], .unknown, true),
            ([silent], .unknown, true),
            ([mine], .keys([tag], ttl: .left(300)), false),
            ([mine, silent], .keys([tag], ttl: .left(300)), false),
            ([child, mine], .keys([tag], ttl: .left(300)), false),
            // A DS that one resolver sees is there, but not yet for everybody.
            ([mine, .absent], .keys([], others: [tag], ttl: .left(300)), true),
            ([.absent, mine], .keys([], others: [tag], ttl: .left(300)), true),
            ([useless, mine], .keys([], others: [tag], ttl: .left(300)), true),
            ([mine, foreign], .keys([], others: [tag], foreign: [15], ttl: .left(300)), true),
            ([.absent, foreign], .keys([], foreign: [15], ttl: .left(60)), true),
            // A DS in an answer that does not speak for everybody is there, but is not the one waited for.
            ([glimpse], .keys([tag], isSure: false, ttl: .left(7)), true),
            ([glimpse, child], .keys([tag], isSure: false, ttl: .left(7)), true),
            ([glimpse, .absent], .keys([], others: [tag], isSure: false, ttl: .left(7)), true),
            ([glimpse, mine], .keys([tag], ttl: .left(300)), true),
            ([uselessGlimpse, .absent], .none, false),
        ]
        for (answers, expected, isOdd) in cases {
            let finding = view(answers)
            #expect(finding.view == expected, "\(answers)")
            #expect((finding.trouble != nil) == isOdd, "\(answers): \(finding.trouble ?? "")")
        }
        #expect(
            view([mine, .absent]).trouble?.contains("192.0.2.1:53 sees the DS of key \(tag); 192.0.2.2:53 sees no DS") == true)
        #expect(view([child]).trouble == "192.0.2.1:53 asks the zone")
    }

    @Test func `the system's resolvers are those of resolv.conf`() {
        let text =
            "# nameserver 192.0.2.9\nsearch example.net\nnameserver 127.0.0.53\nnameserver\t2001:db8::53\nnameserver fe80::1%eth0\noptions edns0\n"
        #expect(SystemResolvers.resolvers(in: text).map(\.description) == ["127.0.0.53:53", "[2001:db8::53]:53"])
        #expect(SystemResolvers.resolvers(in: "").isEmpty)
    }

    @Test func `a resolver that is not there is told`() async throws {
        let nowhere = try #require(Endpoint("127.0.0.1:1"))
        let answers = await ParentQuery(apex: apex).ask([nowhere])
        #expect(answers == [.silent("does not answer over TCP: nothing is listening there (connection refused)")])
    }
}
