import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport
import Testing

/// A signed zone beside others: referrals, zones inside it, and the signals of zones whose name servers it names.
struct SignedZoneCutTests {
    private let signed: SignedServer

    init() throws {
        signed = try SignedServer()
    }

    @Test func `a referral has the DS, or the proof that there is none`() throws {
        let insecure = try signed.ask("www.sub.d.example.", .a)
        #expect(insecure.problems == [] && !insecure.message.isAuthoritative)
        #expect(insecure.message.authorities.map(\.type) == [.ns, .nsec, .rrsig])
        let proof = try #require(insecure.proof)
        let sub = try DomainName("sub.d.example")
        #expect(proof.data == .nsec(next: [1, 0] + sub.wire, types: TypeBitmap([.ns, .rrsig, .nsec])))
        let secure = try signed.ask("www.safe.d.example.", .a)
        #expect(secure.problems == [])
        #expect(secure.message.authorities.map(\.type) == [.ns, .ds, .rrsig])
        // Only DS is signed at the cut, and nothing below it.
        #expect(!secure.message.additionals.contains { $0.type == .rrsig })
    }

    @Test func `addresses beside NS have their signatures where there is room`() throws {
        let answer = try signed.ask("d.example.", .ns)
        #expect(answer.message.additionals.map(\.type) == [.a, .aaaa, .rrsig, .rrsig])
        #expect(try signed.ask("www.sub.d.example.", .a).message.additionals.map(\.type) == [.a])
    }

    @Test func `a zone inside a signed one has its DS there, and name servers' names have the signals of other zones`() throws {
        let builder = ZoneBuilder(
            apexes: [try DomainName("example"), try DomainName("in.example"), try DomainName("other.test")],
            nameservers: [try DomainName("ns.example")],
            startOfAuthority: Zone.StartOfAuthority(
                primary: try DomainName("ns.example"), mailbox: try DomainName("h.example"), negativeTTL: 5),
            hasMailRecords: false)
        let (zones, problems) = builder.build(records: [try ResourceRecord("ns.example. 60 IN A 192.0.2.1")])
        #expect(problems.isEmpty)
        var signers: [DomainName: ZoneSigner] = [:]
        for apex in ["example.", "in.example.", "other.test."] {
            signers[try DomainName(apex)] = try SignedServer.makeSigner(apex, [.ecdsaP256SHA256])
        }
        let responder = Responder(
            zones: zones.signed(by: signers, reusing: nil, at: signed.now), table: DelegateTable())
        func ask(_ name: String, _ type: RecordType, zone: String) throws -> ParsedMessage {
            let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
            let message = try ParsedMessage(#require(responder.response(to: query)))
            let signer = try #require(signers[try DomainName(zone)])
            #expect(SignedMessage(message, signer: signer, at: signed.now).problems == [])
            return message
        }
        let inner = try #require(signers[try DomainName("in.example")])
        #expect(
            try ask("in.example.", .ds, zone: "example.").answers.first?.data == inner.publishedKeys[0].ds(apex: inner.apex))
        let other = try #require(signers[try DomainName("other.test")])
        let signal = try ask("_dsboot.other.test._signal.ns.example.", .cds, zone: "example.")
        #expect(signal.answers.first?.data == other.publishedKeys[0].ds(apex: other.apex).retyped(.cds))
        #expect(try ask("_dsboot.other.test._signal.ns.example.", .cdnskey, zone: "example.").answers.count == 2)
        // The zone of the name server itself needs no signal.
        #expect(try ask("_dsboot.example._signal.ns.example.", .cds, zone: "example.").answers.isEmpty)
        #expect(try ask("_dsboot.in.example._signal.ns.example.", .cds, zone: "example.").answers.count == 2)
    }
}
