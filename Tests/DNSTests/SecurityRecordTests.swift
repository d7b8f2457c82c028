import DNS
import Testing

/// The records of DNSSEC, with their canonical form and order.
struct SecurityRecordTests {
    @Test func `bitmaps have windows in order and no trailing zeros`() {
        #expect(TypeBitmap([]).octets == [])
        #expect(TypeBitmap.nonexistentName.octets == [0, 17, 0, 0, 0, 0, 0, 3] + Array(repeating: 0, count: 10) + [0x80])
        #expect(TypeBitmap.emptyNonTerminal.octets == [0, 6, 0, 0, 0, 0, 0, 3])
        // RFC 4034 section 4.3.
        let example = TypeBitmap([.a, .mx, .rrsig, .nsec, RecordType(rawValue: 1234)])
        #expect(
            example.octets == [0, 6, 0x40, 1, 0, 0, 0, 3] + [4, 27] + Array(repeating: 0, count: 26) + [0x20])
    }

    private static func name(_ labels: [[UInt8]]) -> [UInt8] { labels.flatMap { [UInt8($0.count)] + $0 } + [0] }

    @Test func `the next name has one more label of one zero octet`() throws {
        let apex = try DomainName("example.net")
        let name = try DomainName("WWW.example.net")
        let expected = try DomainName("\\000.www.example.net")
        #expect(DomainName.successor(of: name.wire.span, apex: apex) == expected.wire)
    }

    @Test func `a name without room for a label has a next one all the same`() throws {
        let apex = try DomainName("e")
        let long = Array(repeating: UInt8(ascii: "x"), count: 63)
        func next(_ first: [UInt8]) -> [UInt8] {
            let wire = Self.name([first, long, long, long, Array("e".utf8)])
            return DomainName.successor(of: wire.span, apex: apex)
        }
        // 63 * 3 + 3 + 2 + 1 + 1 = 196; 254 octets with a first label of 58, 255 with one of 59.
        let short = Array(repeating: UInt8(ascii: "a"), count: 57)
        #expect(next(short) == [1, 0] + Self.name([short, long, long, long, Array("e".utf8)]))
        let label = short + Array("a".utf8)
        #expect(next(label) == Self.name([label + [0], long, long, long, Array("e".utf8)]))
        let full = label + Array("A".utf8)
        #expect(next(full) == Self.name([label + Array("b".utf8), long, long, long, Array("e".utf8)]))
        #expect(next(label + Array("@".utf8)) == Self.name([label + Array("[".utf8), long, long, long, Array("e".utf8)]))
        #expect(next(label + [0xFF]) == Self.name([short + Array("b".utf8), long, long, long, Array("e".utf8)]))
        let highest = Array(repeating: UInt8(0xFF), count: 59)
        #expect(next(highest) == Self.name([Array(long.dropLast()) + Array("y".utf8), long, long, Array("e".utf8)]))
    }

    @Test func `names in the data of old types are signed in lower case, others as they are`() throws {
        func canonical(_ text: String) throws -> RecordData {
            let data = try ResourceRecord("e. 1 IN \(text)", defaultTTL: 1).data
            return RecordData(type: data.type, octets: data.canonicalOctets)
        }
        #expect(try canonical("NS NS.E.") == ResourceRecord("e. 1 IN NS ns.e.").data)
        #expect(try canonical("MX 1 M.E.") == ResourceRecord("e. 1 IN MX 1 m.e.").data)
        #expect(try canonical("SRV 1 2 3 S.E.") == ResourceRecord("e. 1 IN SRV 1 2 3 s.e.").data)
        #expect(try canonical("SOA P.E. M.E. 1 2 3 4 5") == ResourceRecord("e. 1 IN SOA p.e. m.e. 1 2 3 4 5").data)
        #expect(try canonical("TXT ABC") == ResourceRecord("e. 1 IN TXT ABC").data)
        // NAPTR: two numbers, three strings, a name.
        let naptr: [UInt8] = [0, 1, 0, 2, 1, 0x55, 1, 0x41, 0, 1, 0x45, 0]
        #expect(RecordData(type: RecordType(rawValue: 35), octets: naptr).canonicalOctets == naptr.dropLast(2) + [0x65, 0])
        // HTTPS is younger than RFC 3597.
        let https: [UInt8] = [0, 1, 1, 0x45, 0]
        #expect(RecordData(type: RecordType(rawValue: 65), octets: https).canonicalOctets == https)
        // Data that ends in the middle of a name.
        #expect(RecordData(type: .mx, octets: [0, 1, 5, 0x45]).canonicalOctets == [0, 1, 5, 0x45])
    }

    @Test func `records are signed in the order of their octets, each once`() throws {
        let rrset = RRset(
            owner: try DomainName("e"), type: .ns, ttl: 1,
            data: [.ns(try DomainName("b.e")), .ns(try DomainName("A.e")), .ns(try DomainName("a.e"))])
        #expect(rrset.canonicalData == [try DomainName("a.e").wire, try DomainName("b.e").wire])
    }

    @Test(arguments: [(".", 0), ("e.", 1), ("*.e.", 1), ("a.*.e.", 3), ("*x.e.", 2)])
    func `a wildcard's own label does not count`(name: String, count: UInt8) throws {
        let name = try DomainName(name)
        #expect(SignatureInput.signedLabelCount(of: name.wire.span) == count)
    }
}
