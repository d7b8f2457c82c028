import Authority
import DNS
import TestSupport
import Testing

/// Answers about what a signed zone does not have: each has one proof, made for the name in the question.
struct SignedDenialTests {
    private static let silent = SampleServer.silent
    private static let published = SampleServer.published
    private let signed: SignedServer

    init() throws {
        signed = try SignedServer()
    }

    @Test(arguments: [
        ("nothing.d.example.", RecordType.a, [UInt16]()), ("_acme-challenge.\(published)", .txt, []),
        ("x.empty.d.example.", .txt, []), ("NoThing.d.example.", .caa, []), ("gone.d.example.", .a, []),
        ("empty.d.example.", .txt, [46, 47]), ("_tcp.d.example.", .a, [46, 47]), ("wild.d.example.", .txt, [46, 47]),
        (silent, .txt, [46, 47, 257]), (silent, .a, [16, 46, 47, 257]), (published, .a, [16, 46, 47, 257]),
        ("d.example.", .aaaa, [1, 2, 6, 15, 16, 46, 47, 48, 59, 60]),
        ("d.example.", .ds, [1, 2, 6, 15, 16, 46, 47, 48, 59, 60]),
        ("web.d.example.", .txt, [1, 46, 47]), ("x.wild.d.example.", .a, [16, 46, 47]), ("sub.d.example.", .ds, [2, 46, 47]),
        ("odd.d.example.", .a, [46, 47, 65_534]),
    ])
    func `a negative answer has one proof, which says what is there`(
        name: String, type: RecordType, types: [UInt16]
    ) throws {
        let answer = try signed.ask(name, type)
        #expect(answer.problems == [])
        #expect(answer.message.responseCode == .noError)
        #expect(answer.message.authorities.map(\.type) == [.soa, .rrsig, .nsec, .rrsig])
        #expect(Set(answer.message.authorities.map(\.ttl)) == [5])
        let proof = try #require(answer.proof)
        let owner = answer.message.answers.isEmpty ? try DomainName(name) : try DomainName("nothing.d.example")
        let expected = types.isEmpty ? TypeBitmap.nonexistentName : TypeBitmap(types.map { RecordType(rawValue: $0) })
        #expect(proof.owner == owner)
        #expect(proof.data == .nsec(next: [1, 0] + owner.lowercased.wire, types: expected))
    }

    @Test func `the response code of a name that does not exist is NXDOMAIN for who says that it understands`() throws {
        let compact = try signed.ask("nothing.d.example.", .a, isCompactOK: true)
        #expect(compact.problems == [] && compact.message.responseCode == .nameError)
        #expect(compact.message.edns?.isCompactOK == true)
        #expect(compact.proof?.data.octets == (try signed.ask("nothing.d.example.", .a).proof?.data.octets))
        #expect(try signed.ask("nothing.d.example.", .a).message.edns?.isCompactOK == false)
        #expect(try signed.ask("empty.d.example.", .a, isCompactOK: true).message.responseCode == .noError)
        // Without DO, the zone answers as if it were not signed.
        #expect(try signed.server.ask("nothing.d.example.", .a).responseCode == .nameError)
        let withoutDO = try signed.server.ask("nothing.d.example.", .a, edns: EDNS(payloadSize: 1232, isCompactOK: true))
        #expect(withoutDO.responseCode == .nameError && withoutDO.edns?.isCompactOK == false)
        // A zone that is not signed answers NXDOMAIN with DO, too.
        #expect(try signed.ask("nothing.second.example.", .a).message.responseCode == .nameError)
    }

    @Test func `the type of names that do not exist cannot be asked for`() throws {
        for name in ["nothing.d.example.", Self.published] {
            let message = try signed.ask(name, .nxname).message
            #expect(message.responseCode == .formatError)
            #expect(message.edns?.option(.extendedError) == [0, 30])
        }
    }

    @Test func `NSEC and RRSIG can be asked for, as each proof says that they are there`() throws {
        for name in [Self.published, "d.example.", "empty.d.example.", "nothing.d.example."] {
            let proof = try signed.ask(name, .nsec)
            #expect(proof.problems == [])
            #expect(proof.message.answers.map(\.type) == [.nsec, .rrsig])
            #expect(try signed.ask(name, .rrsig).message.answers.map(\.type) == [.rrsig])
        }
        #expect(try signed.server.ask(Self.published, .nsec).answers.map(\.type) == [.nsec])
        #expect(try signed.server.ask(Self.published, .rrsig).answers.map(\.type) == [.rrsig])
        #expect(try signed.server.ask("nothing.d.example.", .nsec).responseCode == .nameError)
        // NSEC and RRSIG stand beside a CNAME, which is not followed for them.
        let alias = try signed.ask("www.d.example.", .nsec)
        #expect(alias.problems == [] && alias.message.answers.map(\.type) == [.nsec, .rrsig])
        #expect(alias.message.answers[0].data.octets.suffix(8) == TypeBitmap([.cname, .rrsig, .nsec]).octets[...])
    }
}
