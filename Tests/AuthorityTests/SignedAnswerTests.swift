import Authority
import DNS
import DNSSEC
import TestSupport
import Testing

/// Answers of a signed zone, with every signature verified.
struct SignedAnswerTests {
    private static let silent = SampleServer.silent
    private static let published = SampleServer.published
    private let signed: SignedServer

    init() throws {
        signed = try SignedServer()
    }

    @Test(arguments: [
        (published, RecordType.txt, 3), (published, .caa, 3), (silent, .caa, 3), ("d.example.", .soa, 2),
        ("d.example.", .ns, 3),
        ("d.example.", .a, 2), ("d.example.", .dnskey, 2), ("d.example.", .cds, 2), ("d.example.", .cdnskey, 2),
        ("www.d.example.", .a, 4), ("WEB.d.example.", .a, 2), ("x.wild.d.example.", .txt, 2),
        ("X.y.wild.d.example.", .txt, 2), ("*.wild.d.example.", .txt, 2), ("out.d.example.", .a, 2),
        ("safe.d.example.", .ds, 2), ("odd.d.example.", RecordType(rawValue: 65_534), 2),
    ])
    func `an answer has a signature over each RRset`(name: String, type: RecordType, count: Int) throws {
        for transport in [Transport.udp, .tcp] {
            let answer = try signed.ask(name, type, over: transport)
            #expect(answer.problems == [])
            #expect(answer.message.answers.count == count)
            #expect(answer.message.responseCode == .noError && answer.message.isAuthoritative && !answer.message.isTruncated)
            #expect(answer.message.edns?.isDNSSECOK == true)
        }
    }

    @Test(arguments: [published, "d.example.", "www.d.example.", "safe.d.example."])
    func `who does not ask for signatures gets none`(name: String) throws {
        for type in [RecordType.txt, .a, .ds, .mx, .any] {
            let message = try signed.server.ask(name, type)
            #expect(!(message.answers + message.authorities).contains { [.rrsig, .nsec].contains($0.type) })
        }
    }

    @Test func `ANY gets one of the RRsets that are there`() throws {
        #expect(try signed.ask("d.example.", .any).problems == [])
        #expect(try signed.ask("d.example.", .any).message.answers.map(\.type) == [.mx, .rrsig])
        #expect(try signed.ask(Self.silent, .any).message.answers.map(\.type) == [.caa, .caa, .rrsig])
        #expect(try signed.server.ask(Self.silent, .any).answers.map(\.type) == [.caa, .caa])
        #expect(try signed.server.ask("second.example.", .any).answers.map(\.type) == [.hinfo])
    }

    @Test func `during a change of algorithms everything is signed by both`() throws {
        let signer = try SignedServer.makeSigner(SignedServer.apex, [.ecdsaP256SHA256, .ed25519])
        let server = try SampleServer(signers: [try DomainName(SignedServer.apex): signer])
        for (name, type) in [
            (Self.published, RecordType.txt), (Self.silent, .caa), ("d.example.", .dnskey), ("nothing.d.example.", .a),
        ] {
            let answer = SignedMessage(try server.askSecurely(name, type, over: .tcp), signer: signer, at: signed.now)
            #expect(answer.problems == [])
            #expect(!answer.message.answers.isEmpty || !answer.message.authorities.isEmpty)
        }
    }
}
