import DNS
import Testing

struct MessageTests {
    /// A message from its parts: a header with these counts, then the octets.
    private static func message(_ counts: [UInt8], _ parts: [UInt8]...) -> [UInt8] {
        [0x12, 0x34, 0x81, 0x80] + counts.flatMap { [0, $0] } + parts.joined()
    }

    private static func record(_ owner: [UInt8], _ type: UInt8, class: UInt8 = 1, ttl: UInt8 = 60, _ data: [UInt8]) -> [UInt8] {
        owner + [0, type, 0, `class`, 0, 0, 0, ttl, 0, UInt8(data.count)] + data
    }

    /// `a.` with type A: octets 12 to 18.
    private static let question: [UInt8] = [1, 97, 0, 0, 1, 0, 1]
    private static let opt = record([0], 41, class: 0, ttl: 0, [])
    private static let tsig = record([0], 250, class: 255, ttl: 0, [0] + [UInt8](repeating: 0, count: 16))

    /// A response with a record in each section, compressed owners, and an OPT record.
    private static let whole = message(
        [1, 1, 1, 2], question, record([0xC0, 12], 1, [192, 0, 2, 1]), record([0], 2, [2, 110, 115, 0xC0, 12]), opt,
        record([2, 110, 115, 0xC0, 12], 1, [192, 0, 2, 2]))

    @Test func `a whole message is read with all sections, and RDATA stays in the message`() throws {
        let message = try Message(Self.whole)
        #expect(message.header.identifier == 0x1234 && message.responseCode == .noError)
        #expect(message.questions == [Question(name: try DomainName("a"), type: .a)])
        #expect(message.answers.map(\.owner) == [try DomainName("a")])
        #expect(message.answers.map(\.type) == [.a] && message.answers.map(\.class) == [.in])
        #expect(message.answers.map(\.ttl) == [60])
        #expect(message.answers.map { Array(message.octets[$0.data]) } == [[192, 0, 2, 1]])
        #expect(message.authorities.map(\.owner) == [.root])
        #expect(try message.authorities.map { try message.data(of: $0) } == [.ns(try DomainName("ns.a"))])
        // The OPT record is not among the others.
        #expect(message.additionals.map(\.owner) == [try DomainName("ns.a")])
        #expect(message.edns == EDNS(payloadSize: 0))
    }

    @Test func `the response code has the upper bits of the OPT record`() throws {
        var badVersion = Self.message([0, 0, 0, 1], Self.opt)
        badVersion[12 + 5] = 1
        #expect(try Message(badVersion).responseCode == .badVersion)
    }

    @Test func `a TSIG record may be the last`() throws {
        let message = try Message(Self.message([0, 0, 0, 2], Self.opt, Self.tsig))
        #expect(message.additionals.map(\.type) == [.tsig] && message.edns != nil)
    }

    struct Malformed: CustomTestStringConvertible {
        var testDescription: String
        var octets: [UInt8]
        var error: MessageError

        init(_ what: String, _ octets: [UInt8], _ reason: MessageError.Reason, at position: Int) {
            testDescription = what
            self.octets = octets
            error = MessageError(reason, at: position)
        }
    }

    static let malformed = [
        Malformed("no octets", [], .endsEarly, at: 0),
        Malformed("half a header", Array(whole.prefix(11)), .endsEarly, at: 10),
        Malformed("a question that is not there", message([1, 0, 0, 0]), .endsEarly, at: 12),
        Malformed("a question without its class", Array(whole.prefix(17)), .endsEarly, at: 17),
        Malformed("an answer that is not there", message([1, 1, 0, 0], question), .endsEarly, at: 19),
        Malformed("all counts at their maximum", [0, 0, 0x80, 0] + [UInt8](repeating: 255, count: 8), .endsEarly, at: 12),
        Malformed("a record without its TTL", message([0, 1, 0, 0], [0, 0, 1, 0, 1]), .endsEarly, at: 17),
        Malformed(
            "RDATA that is too short", message([0, 1, 0, 0], record([0], 1, [1, 2, 3, 4]).dropLast(1) + []), .endsEarly, at: 23),
        Malformed(
            "an owner that points to itself", message([0, 1, 0, 0], record([0xC0, 12], 1, [])), .pointerNotBackwards, at: 12),
        Malformed(
            "an owner that points forward", message([0, 1, 0, 0], record([0xC0, 20], 1, [])), .pointerNotBackwards, at: 12),
        Malformed("an owner in the header", message([0, 1, 0, 0], record([0xC0, 2], 1, [])), .pointerNotBackwards, at: 12),
        Malformed("a label of kind 01", message([0, 1, 0, 0], record([0x41, 0], 1, [])), .unknownLabelKind, at: 12),
        Malformed("an OPT record in the answer", message([0, 1, 0, 0], opt), .misplacedOPT, at: 12),
        Malformed("an OPT record in the authority section", message([1, 0, 1, 0], question, opt), .misplacedOPT, at: 19),
        Malformed("two OPT records", message([0, 0, 0, 2], opt, opt), .misplacedOPT, at: 23),
        Malformed("an OPT record of another owner", message([0, 0, 0, 1], record([1, 97, 0], 41, [])), .misplacedOPT, at: 12),
        Malformed(
            "an OPT record whose root is compressed", message([1, 0, 0, 1], [0, 0, 1, 0, 1], record([0xC0, 12], 41, [])),
            .misplacedOPT, at: 17),
        Malformed(
            "an option that is too short", message([0, 0, 0, 1], record([0], 41, ttl: 0, [0, 3, 0, 1])), .endsEarly, at: 27),
        Malformed(
            "an option that reaches into the next record",
            message([0, 0, 0, 2], record([0], 41, ttl: 0, [0, 3, 0, 1]), record([0], 1, [])), .wrongLength, at: 28),
        Malformed("a TSIG record in the answer", message([0, 1, 0, 0], tsig), .misplacedTSIG, at: 12),
        Malformed("a TSIG record that is not the last", message([0, 0, 0, 2], tsig, opt), .misplacedTSIG, at: 40),
        Malformed("two TSIG records", message([0, 0, 0, 2], tsig, tsig), .misplacedTSIG, at: 40),
        Malformed("a TSIG record of class IN", message([0, 0, 0, 1], record([0], 250, [])), .misplacedTSIG, at: 15),
        Malformed("octets after the last record", message([0, 0, 0, 0], [0]), .trailingOctets, at: 12),
    ]

    @Test(arguments: malformed)
    func `a malformed message is refused with the reason and its offset`(_ malformed: Malformed) {
        #expect(throws: malformed.error) { try Message(malformed.octets) }
    }

    @Test func `no part of a message is a message, and neither is one with more octets`() {
        for length in 0..<Self.whole.count {
            #expect(throws: MessageError.self, "\(length)") { try Message(Array(Self.whole.prefix(length))) }
        }
        #expect(throws: MessageError(.trailingOctets, at: Self.whole.count)) { try Message(Self.whole + [0]) }
    }

    /// Without a bound, 3,000 records that each lead through 15,000 pointers would take 45 million steps.
    @Test func `a name leads through at most 127 pointers`() throws {
        func ladder(_ steps: Int) -> [UInt8] {
            var data: [UInt8] = [0]
            for step in 0..<steps {
                let target = 23 + max(0, step * 2 - 1)
                data += [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF)]
            }
            let first: [UInt8] = [0, 0, 16, 0, 1, 0, 0, 0, 0, UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data
            let last = 12 + first.count - 2
            return Self.message([0, 2, 0, 0], first, Self.record([0xC0 | UInt8(last >> 8), UInt8(last & 0xFF)], 1, []))
        }
        // The owner is one pointer more.
        #expect(try Message(ladder(126)).answers.map(\.owner) == [.root, .root])
        do throws(MessageError) {
            _ = try Message(ladder(127))
            Issue.record("128 pointers were followed")
        } catch {
            #expect(error.reason == .tooManyPointers)
        }
    }

    // MARK: RDATA

    /// The data of a record after the question `a.`.
    private func data(_ type: RecordType, _ octets: [UInt8]) throws -> RecordData {
        let record = Self.record([0xC0, 12], 0, octets)
        let typed = Array(record.prefix(2)) + [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 0xFF)] + record.dropFirst(4)
        let message = try Message(Self.message([1, 2, 0, 0], Self.question, typed, Self.record([1, 98, 0], 1, [0, 0, 0, 0])))
        return try message.data(of: message.answers[0])
    }

    private static let pointer: [UInt8] = [0xC0, 12]
    private static let a: [UInt8] = [1, 97, 0]

    @Test(
        arguments: [
            (.ns, pointer, a), (.cname, pointer, a), (.ptr, pointer, a), (.dname, pointer, a),
            (.mx, [0, 10] + pointer, [0, 10] + a),
            (.srv, [0, 1, 0, 2, 0, 53] + pointer, [0, 1, 0, 2, 0, 53] + a),
            (.soa, pointer + pointer + numbers, a + a + numbers),
            (RecordType(rawValue: 17), pointer + pointer, a + a),
            // No name is looked for in these.
            (.a, [192, 0, 2, 1], [192, 0, 2, 1]), (.txt, pointer, pointer), (.rrsig, pointer, pointer),
            (RecordType(rawValue: 65_280), pointer, pointer), (.ds, [], []),
        ] as [(RecordType, [UInt8], [UInt8])])
    func `names in RDATA are uncompressed where they may be compressed`(
        type: RecordType, octets: [UInt8], expected: [UInt8]
    ) throws {
        #expect(try data(type, octets) == RecordData(type: type, octets: expected))
    }

    private static let numbers = [UInt8](1...20)

    /// The RDATA begins at octet 31.
    @Test(
        arguments: [
            (.ns, [], .endsEarly, 31), (.ns, [0xC0], .endsEarly, 32), (.ns, [1, 97], .endsEarly, 33),
            // The name would end in the next record.
            (.ns, [3, 97, 97], .endsEarly, 32),
            (.ns, pointer + [0], .wrongLength, 33), (.cname, a + [0], .wrongLength, 34),
            (.ns, [0xC0, 31], .pointerNotBackwards, 31),
            (.mx, [0], .endsEarly, 31), (.mx, [0, 10], .endsEarly, 33), (.mx, [0, 10, 0, 0], .wrongLength, 34),
            (.srv, [0, 0, 0, 0, 0], .endsEarly, 31),
            (.soa, pointer, .endsEarly, 33), (.soa, pointer + pointer, .wrongLength, 35),
            (.soa, pointer + pointer + numbers + [0], .wrongLength, 35),
        ] as [(RecordType, [UInt8], MessageError.Reason, Int)])
    func `RDATA that is not what its type says is refused with its offset`(
        type: RecordType, octets: [UInt8], reason: MessageError.Reason, position: Int
    ) {
        #expect(throws: MessageError(reason, at: position)) { try data(type, octets) }
    }
}
