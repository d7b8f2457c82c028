import Authority
import DNS
import Delegates
import TestSupport
import Testing

/// The answers, as a table: the question, and what stands where in the response.
struct AnswerTests {
    private let server: SampleServer

    init() throws {
        server = try SampleServer()
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var type: RecordType
        var code: ResponseCode
        var isAuthoritative: Bool
        var answers: [String]
        var hasSOA: Bool
        var testDescription: String { "\(name) \(type)" }

        init(
            _ name: String, _ type: RecordType, _ code: ResponseCode = .noError, aa: Bool = true, answers: [String] = [],
            soa: Bool = false
        ) {
            self.name = name
            self.type = type
            self.code = code
            isAuthoritative = aa
            self.answers = answers
            hasSOA = soa
        }
    }

    private static let silent = SampleServer.silent
    private static let published = SampleServer.published

    @Test(arguments: [
        // Delegates
        Case(published, .txt, answers: [1, 2].map { "\(published) 1 TXT \"\(Samples.value($0).text)\"" }),
        Case(silent, .txt, soa: true),
        Case(silent, .a, soa: true),
        Case(published, .a, soa: true),
        Case(published, .aaaa, soa: true),
        Case(published, .cname, soa: true),
        Case(published, .soa, soa: true),
        Case(published, .ns, soa: true),
        Case(published, .ds, soa: true),
        Case(published, RecordType(rawValue: 65_280), soa: true),
        Case(published, .caa, answers: ["\(published) 3600 CAA 0 issue \";\"", "\(published) 3600 CAA 0 issuewild \";\""]),
        Case(silent, .caa, answers: ["\(silent) 3600 CAA 0 issue \";\"", "\(silent) 3600 CAA 0 issuewild \";\""]),
        Case(published, .any, answers: ["\(published) 5 HINFO \"RFC8482\" \"\""]),
        Case("_acme-challenge.\(published)", .txt, .nameError, soa: true),
        Case("a.b.\(silent)", .a, .nameError, soa: true),
        // A delegate's first label means nothing elsewhere.
        Case("5e0a2cf3-6c2b-4c5e-9d7e-000000000002.second.example.", .txt, .nameError, soa: true),
        Case("5e0a2cf3-6c2b-4c5e-9d7e-000000000002.x.d.example.", .txt, .nameError, soa: true),
        Case("5e0a2cf3-6c2b-4c5e-9d7e-000000000002.elsewhere.test.", .txt, .refused, aa: false),
        // The apex
        Case("d.example.", .soa, answers: ["d.example. 5 SOA ns1.d.example. hostmaster.example. 4 3600 600 604800 5"]),
        Case("d.example.", .ns, answers: ["d.example. 3600 NS ns1.d.example.", "d.example. 3600 NS ns2.elsewhere.test."]),
        Case("d.example.", .a, answers: ["d.example. 60 A 192.0.2.80"]),
        Case("d.example.", .aaaa, soa: true),
        Case("d.example.", .mx, answers: ["d.example. 3600 MX 0 ."]),
        Case("d.example.", .txt, answers: ["d.example. 3600 TXT \"v=spf1 -all\""]),
        Case("_dmarc.d.example.", .txt, answers: ["_dmarc.d.example. 3600 TXT \"v=DMARC1; p=reject; sp=reject\""]),
        Case("d.example.", .any, answers: ["d.example. 5 HINFO \"RFC8482\" \"\""]),
        Case("d.example.", .dnskey, soa: true),
        // Configured records
        Case("web.d.example.", .a, answers: ["web.d.example. 60 A 192.0.2.81"]),
        Case("www.d.example.", .a, answers: ["www.d.example. 60 CNAME web.d.example.", "web.d.example. 60 A 192.0.2.81"]),
        Case("www.d.example.", .cname, answers: ["www.d.example. 60 CNAME web.d.example."]),
        Case("www.d.example.", .aaaa, answers: ["www.d.example. 60 CNAME web.d.example."], soa: true),
        Case("out.d.example.", .a, answers: ["out.d.example. 60 CNAME www.elsewhere.test."]),
        Case("gone.d.example.", .a, .nameError, answers: ["gone.d.example. 60 CNAME nothing.d.example."], soa: true),
        Case("mail.d.example.", .mx, answers: ["mail.d.example. 60 MX 10 mx.elsewhere.test."]),
        Case("caa.d.example.", .caa, answers: ["caa.d.example. 60 CAA 0 issue \"ca.test\""]),
        Case("_sip._tcp.d.example.", .srv, answers: ["_sip._tcp.d.example. 60 SRV 1 2 5060 web.d.example."]),
        Case("odd.d.example.", RecordType(rawValue: 65_534), answers: ["odd.d.example. 60 TYPE65534 \\# 2 0102"]),
        Case("ns1.d.example.", .aaaa, answers: ["ns1.d.example. 60 AAAA 2001:db8::53"]),
        // Names that do not exist, empty non-terminals and wildcards
        Case("nothing.d.example.", .a, .nameError, soa: true),
        Case("empty.d.example.", .txt, soa: true),
        Case("_tcp.d.example.", .a, soa: true),
        Case("x.empty.d.example.", .txt, .nameError, soa: true),
        Case("x.wild.d.example.", .txt, answers: ["x.wild.d.example. 60 TXT \"from a wildcard\""]),
        Case("x.y.wild.d.example.", .txt, answers: ["x.y.wild.d.example. 60 TXT \"from a wildcard\""]),
        Case("x.wild.d.example.", .a, soa: true),
        Case("wild.d.example.", .txt, soa: true),
        // Elsewhere, and transfers
        Case("example.", .a, .refused, aa: false),
        Case("google.com.", .txt, .refused, aa: false),
        Case(".", .ns, .refused, aa: false),
        Case("xd.example.", .a, .refused, aa: false),
        Case("d.example.", .axfr, .refused, aa: false),
        Case("d.example.", .ixfr, .refused, aa: false),
    ])
    func `a question gets its answer`(_ expected: Case) throws {
        for transport in [Transport.udp, .tcp] {
            let response = try server.ask(expected.name, expected.type, over: transport)
            #expect(response.responseCode == expected.code)
            #expect(response.isAuthoritative == expected.isAuthoritative)
            #expect(response.answers.map(\.description) == expected.answers)
            #expect((response.negativeSOA != nil) == expected.hasSOA)
            if let soa = response.negativeSOA { #expect(soa.ttl == 5) }
            #expect(!response.isTruncated && !response.header.flags.contains(.recursionAvailable))
        }
    }

    @Test func `no type at a delegate is ever denied with NXDOMAIN`() async throws {
        try await onThread { () throws in try self.checkAllTypes() }
    }

    private func checkAllTypes() throws {
        for name in [Self.silent, Self.published] {
            for number in UInt16.min...UInt16.max {
                let type = RecordType(rawValue: number)
                guard ![.axfr, .ixfr, .nxname].contains(type) else { continue }
                let octets = try #require(server.respond(to: QueryOctets(name, type).octets))
                if octets[3] & 0xF != 0 { Issue.record("\(name) \(type): code \(octets[3] & 0xF)") }
            }
        }
    }

    @Test func `an alias of a delegate gets the delegate's values, under its name`() throws {
        let alias = "_acme-challenge.d.example. 60 CNAME \(SampleServer.published)"
        let server = try SampleServer(records: SampleServer.records + [alias.replacing(" CNAME", with: " IN CNAME")])
        let response = try server.ask("_acme-challenge.d.example.", .txt)
        let values = [1, 2].map { "\(SampleServer.published) 1 TXT \"\(Samples.value($0).text)\"" }
        #expect(response.answers.map(\.description) == [alias] + values)
        let delegate = try DomainName(SampleServer.published)
        #expect(server.table.served(at: delegate, now: Samples.start).askingNetworks.networks == 1)
        let issuance = try server.ask("_acme-challenge.d.example.", .caa).answers
        #expect(
            issuance.map(\.owner.description) == ["_acme-challenge.d.example."]
                + Array(repeating: SampleServer.published, count: 2))
    }

    @Test func `a chain of aliases that never ends is left where it comes back`() throws {
        let response = try server.ask("loop1.d.example.", .a)
        #expect(response.responseCode == .noError && response.isAuthoritative)
        #expect(response.answers.map(\.owner.description) == ["loop1.d.example.", "loop2.d.example."])
    }

    @Test func `eight aliases are followed, from there the resolver goes on alone`() throws {
        let chain = (1...12).map { "c\($0).d.example. 60 IN CNAME c\($0 + 1).d.example." }
        let server = try SampleServer(records: SampleServer.records + chain + ["c13.d.example. 60 IN A 192.0.2.1"])
        #expect(try server.ask("c1.d.example.", .a).answers.count == 8)
        let cut = try server.ask("c5.d.example.", .a)
        #expect(cut.answers.count == 8 && cut.answers.last?.type == .cname && cut.responseCode == .noError)
        let whole = try server.ask("c6.d.example.", .a)
        #expect(whole.answers.count == 8 && whole.answers.last?.data.description == "192.0.2.1")
    }

    @Test func `a zone inside another is delegated by it, and answers itself`() throws {
        let inner = try DomainName("deep.inner.d.example")
        let name = try DomainName("ns.elsewhere.test")
        let builder = ZoneBuilder(
            apexes: [try DomainName("d.example"), inner], nameservers: [name],
            startOfAuthority: Zone.StartOfAuthority(primary: name, mailbox: name, negativeTTL: 5), hasMailRecords: false)
        let (zones, problems) = builder.build(records: [
            try ResourceRecord("*.d.example. 60 IN A 192.0.2.1"), try ResourceRecord("deep.inner.d.example. 60 IN A 192.0.2.2"),
        ])
        #expect(problems.isEmpty)
        let responder = Responder(zones: zones, table: DelegateTable())
        func ask(_ name: String, _ type: RecordType) throws -> ParsedMessage {
            try ParsedMessage(try #require(responder.response(to: QueryOctets(name, type).octets)))
        }
        // The name between the two apexes exists, and no wildcard reaches below it.
        #expect(try ask("inner.d.example.", .a).negativeSOA?.owner == (try DomainName("d.example")))
        #expect(try ask("x.inner.d.example.", .a).responseCode == .nameError)
        #expect(try ask("deep.inner.d.example.", .a).answers.map(\.data.description) == ["192.0.2.2"])
        #expect(try ask("deep.inner.d.example.", .soa).answers.count == 1)
        #expect(try ask("deep.inner.d.example.", .ds).negativeSOA?.owner == (try DomainName("d.example")))
    }

    @Test func `only a name directly below an apex is a delegate's`() throws {
        server.table.enrol(try DomainName("x.old.d.example"), sequence: ChangeSequence(9), now: server.now)
        #expect(try server.ask("x.old.d.example.", .txt).responseCode == .nameError)
    }

    @Test func `name servers in the zone come with their addresses`() throws {
        let response = try server.ask("d.example.", .ns)
        #expect(
            response.additionals.map(\.description) == [
                "ns1.d.example. 60 A 192.0.2.53", "ns1.d.example. 60 AAAA 2001:db8::53",
            ])
    }

    @Test func `a delegation is referred to, with glue and without AA`() throws {
        for name in ["sub.d.example.", "x.sub.d.example.", "ns.sub.d.example."] {
            let response = try server.ask(name, .a)
            #expect(response.responseCode == .noError && !response.isAuthoritative && response.answers.isEmpty)
            #expect(response.authorities.map(\.description) == ["sub.d.example. 60 NS ns.sub.d.example."])
            #expect(response.additionals.map(\.description) == ["ns.sub.d.example. 60 A 192.0.2.99"])
        }
        let parentSide = try server.ask("sub.d.example.", .ds)
        #expect(parentSide.isAuthoritative && parentSide.negativeSOA != nil)
    }

    @Test func `the question comes back in its own case, and the answer's owner with it`() throws {
        let mixed = "5E0a2cf3-6c2b-4c5e-9D7e-000000000002.D.eXaMpLe."
        let response = try server.ask(mixed, .txt)
        #expect(response.questions[0].name.wire == (try DomainName(mixed).wire))
        #expect(response.answers.map(\.owner.wire) == [try DomainName(mixed).wire, try DomainName(mixed).wire])
        #expect(response.texts == [Samples.value(1).text, Samples.value(2).text])
        let refused = try server.ask("ELSEwhere.Test.", .a)
        #expect(refused.questions[0].name.wire == (try DomainName("ELSEwhere.Test.").wire))
    }

    @Test func `the serial is the place of the latest change`() throws {
        server.publish(Samples.value(3), sequence: 4_294_967_296 + 17)
        let response = try server.ask("d.example.", .soa)
        #expect(response.answers[0].data.description == "ns1.d.example. hostmaster.example. 17 3600 600 604800 5")
    }

    @Test func `mail records can be switched off, and give way to configured ones`() throws {
        let without = try SampleServer(hasMailRecords: false)
        #expect(try without.ask("d.example.", .mx).negativeSOA != nil)
        #expect(try without.ask("_dmarc.d.example.", .txt).responseCode == .nameError)

        let own = try SampleServer(
            records: SampleServer.records + [
                "d.example. 3600 IN MX 5 mx.d.example.", "d.example. 60 IN TXT \"v=spf1 mx -all\"",
                "d.example. 60 IN TXT other",
            ])
        #expect(try own.ask("d.example.", .mx).answers.map(\.data.description) == ["5 mx.d.example."])
        #expect(try own.ask("d.example.", .txt).texts == ["v=spf1 mx -all", "other"])
    }

    @Test func `the negative TTL can be chosen`() throws {
        let server = try SampleServer(negativeTTL: 1)
        let soa = try #require(try server.ask("nothing.d.example.", .a).negativeSOA)
        #expect(soa.ttl == 1 && soa.data.description.hasSuffix(" 1"))
    }

    @Test func `values are served for an hour, the last two for ever`() throws {
        var server = server
        server.publish(Samples.value(3), sequence: 5)
        server.now = server.now.advanced(by: .seconds(3599))
        #expect(try server.ask(Self.published, .txt).texts.count == 3)
        server.now = server.now.advanced(by: .seconds(1))
        #expect(try server.ask(Self.published, .txt).texts == [Samples.value(2).text, Samples.value(3).text])
    }
}
