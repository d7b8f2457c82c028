import DNS
import Testing

struct MessageReadingTests {
    private static let header = [UInt8](repeating: 0, count: 12)

    private func readName(_ octets: [UInt8], at start: Int = 12) throws(MessageError) -> (DomainName, Int) {
        var position = start
        let name = try DomainName(of: octets.span, at: &position)
        return (name, position)
    }

    @Test func `a pointer leads to an earlier name, and reading goes on behind it`() throws {
        let message = Self.header + [3, 110, 101, 116, 0, 1, 97, 0xC0, 12, 99]
        let (name, position) = try readName(message, at: 17)
        #expect(name == (try DomainName("a.net")))
        #expect(position == 21)
    }

    @Test(
        arguments: [
            ([0xC0, 12], .pointerNotBackwards),  // to itself
            ([0xC0, 20], .pointerNotBackwards),  // forward
            ([0xC0, 0], .pointerNotBackwards),  // into the header
            ([1, 97, 0xC0, 12], .pointerNotBackwards),  // to its own start
            ([0x40, 0], .unknownLabelKind),
            ([0x80, 0], .unknownLabelKind),
            ([5, 97], .endsEarly),
            ([1, 97], .endsEarly),
            ([0xC0], .endsEarly),
            ([], .endsEarly),
        ] as [([UInt8], MessageError.Reason)])
    func `what is not a name is told by its reason`(octets: [UInt8], reason: MessageError.Reason) {
        do throws(MessageError) {
            _ = try readName(Self.header + octets)
            Issue.record("it was read")
        } catch {
            #expect(error.reason == reason)
        }
    }

    @Test func `a name of more than 255 octets is refused, also when pointers make it`() {
        let label = [UInt8(63)] + [UInt8](repeating: 97, count: 63)
        let long = Self.header + label + label + label + label + [0]
        #expect(throws: MessageError.self) { try readName(long) }
        // 192 octets at 12, then 64 more before a pointer to them.
        let chained = Self.header + label + label + label + [0] + label + [0xC0, 12]
        #expect(throws: MessageError.self) { try readName(chained, at: 12 + 193) }
    }

    @Test func `a name of 255 octets is read`() throws {
        let label = [UInt8(63)] + [UInt8](repeating: 97, count: 63)
        let last = [UInt8(61)] + [UInt8](repeating: 97, count: 61)
        let (name, _) = try readName(Self.header + label + label + label + last + [0])
        #expect(name.wire.count == 255)
    }

    @Test func `a chain of pointers to ever earlier names ends`() throws {
        var message = Self.header + [0]
        for index in 0..<100 { message += [0xC0, UInt8(index == 0 ? 12 : 13 + (index - 1) * 2)] }
        let (name, _) = try readName(message, at: message.count - 2)
        #expect(name.isRoot)
    }

    @Test func `an OPT record's options must fill it`() throws {
        func read(_ options: [UInt8]) throws -> EDNS {
            let record: [UInt8] = [4, 208, 0, 0, 0x80, 0, 0, UInt8(options.count)] + options
            var position = 0
            return try EDNS(ofRecord: record.span, at: &position)
        }
        #expect(try read([]).payloadSize == 1232)
        #expect(try read([0, 10, 0, 2, 1, 2]).isDNSSECOK)
        #expect(throws: MessageError.self) { try read([0, 10, 0, 3, 1, 2]) }
        #expect(throws: MessageError.self) { try read([0, 10, 0]) }
    }
}
