import Authority
import DNS
import Delegates
import TestSupport
import Testing

/// The rules of the header, EDNS and the transport, which hold for any question.
struct MessageRuleTests {
    private let server: SampleServer
    private let query: QueryOctets

    init() throws {
        server = try SampleServer()
        query = try QueryOctets(SampleServer.published, .txt, edns: EDNS(payloadSize: 1232))
    }

    @Test func `identifier and RD come back, RA, AD and CD never do`() throws {
        let response = try server.ask(query.with { $0.flags = 0x0130 })
        #expect(response.header.identifier == 0x1234)
        #expect(response.header.flags.contains([.response, .recursionDesired, .authoritative]))
        #expect(response.header.flags.isDisjoint(with: [.recursionAvailable, .authenticData, .checkingDisabled]))
        #expect(!(try server.ask(query.with { $0.flags = 0 })).header.flags.contains(.recursionDesired))
    }

    @Test func `a response says nothing of those before it`() throws {
        let server = try SampleServer(
            cookies: ServerCookies(secrets: [Array(1...16)]), identity: ServerIdentity(identifier: "ns1"))
        let cookie: [UInt8] = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
        let (identifier, keepalive, padding): ([UInt8], [UInt8], [UInt8]) = ([0, 3, 0, 0], [0, 11, 0, 0], [0, 12, 0, 0])
        let signature: [UInt8] =
            [1, 0x6B, 0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 19, 1, 0x61, 0] + Array(repeating: 0, count: 16)
        var signed = query.with { $0.edns = nil }.octets + signature
        signed[11] = 1
        let messages: [(octets: [UInt8], transport: Transport)] = [
            (query.with { $0.ednsOptions = identifier + cookie + keepalive + padding }.octets, .tls),
            (query.with { $0.ednsOptions = cookie }.octets, .udp), (signed, .udp), (query.octets, .udp),
            (query.with { $0.edns = nil }.octets, .udp),
            (try QueryOctets("elsewhere.test", .a, edns: EDNS(payloadSize: 1232)).octets, .udp),
            (try QueryOctets("elsewhere.test", .axfr).octets, .tcp), (Array(query.octets.prefix(20)), .udp),
            (try QueryOctets(SampleServer.silent, .txt).octets, .udp),
        ]
        for first in messages {
            for second in messages {
                var workspace = Workspace()
                for (octets, transport) in [first, second] {
                    _ = server.responder.respond(
                        to: octets.span, from: Samples.client, over: transport, at: server.now, with: &workspace)
                }
                #expect(workspace.response.octets == server.respond(to: second.octets, over: second.transport))
            }
        }
    }

    @Test func `a response is never answered`() {
        #expect(server.respond(to: query.with { $0.flags = 0x8000 }.octets) == nil)
        for opcode in UInt16(0)..<16 {
            #expect(server.respond(to: query.with { $0.flags = 0x8000 | opcode << 11 }.octets) == nil)
        }
    }

    @Test(arguments: UInt16(1)..<16)
    func `other opcodes are not implemented`(opcode: UInt16) throws {
        let response = try server.ask(query.with { $0.flags = opcode << 11 })
        #expect(response.responseCode == .notImplemented)
        #expect(response.header.flags.opcode.rawValue == UInt8(opcode))
        #expect(response.edns != nil)
        // The opcode's own RFC alone explains the counts.
        #expect(
            try server.ask(
                query.with {
                    $0.flags = opcode << 11; $0.questions = []
                }
            ).responseCode == .notImplemented)
    }

    /// RFC 8906 section 8.1.4: no flag has a meaning in a message with an unknown opcode.
    @Test(arguments: [0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010, 0x07F0] as [UInt16])
    func `a response to an unknown opcode has no flag but QR`(flag: UInt16) throws {
        let response = try server.ask(query.with { $0.flags = 15 << 11 | flag })
        #expect(response.header.flags.rawValue == 0x8000 | 15 << 11 | 4)
    }

    @Test func `there is exactly one question`() throws {
        let none = try server.ask(query.with { $0.questions = [] })
        #expect(none.responseCode == .formatError && none.questions.isEmpty)
        let two = try server.ask(query.with { $0.questions += $0.questions })
        #expect(two.responseCode == .formatError)
    }

    @Test(arguments: [0, 3, 4, 254, 255, 65_535] as [UInt16])
    func `classes other than IN are refused`(number: UInt16) throws {
        let query = try QueryOctets(SampleServer.published, .txt, class: RecordClass(rawValue: number))
        let response = try server.ask(query)
        #expect(response.responseCode == .refused && !response.isAuthoritative && response.answers.isEmpty)
    }

    // MARK: EDNS

    @Test func `without EDNS there is none in the response`() throws {
        #expect(try server.ask(query.with { $0.edns = nil }).edns == nil)
    }

    @Test(arguments: [true, false])
    func `version 0 is answered with our size, DO as it came`(isDNSSECOK: Bool) throws {
        let response = try server.ask(query.with { $0.edns = EDNS(payloadSize: 4096, isDNSSECOK: isDNSSECOK) })
        #expect(response.edns == OPTRecord(payloadSize: 1232, isDNSSECOK: isDNSSECOK))
        #expect(response.texts.count == 2)
    }

    @Test(arguments: [1, 2, 255] as [UInt8])
    func `a higher version is BADVERS, with the question and version 0`(version: UInt8) throws {
        let response = try server.ask(query.with { $0.edns = EDNS(payloadSize: 1232, version: version) })
        #expect(response.responseCode == .badVersion && response.edns?.version == 0)
        #expect(response.questions.count == 1 && response.answers.isEmpty)
    }

    @Test func `what a higher version's record holds is not read`() throws {
        let response = try server.ask(
            query.with {
                $0.edns = EDNS(payloadSize: 1232, version: 1)
                $0.ednsOptions = [1, 2, 3]
            })
        #expect(response.responseCode == .badVersion)
    }

    @Test func `two OPT records are a format error`() throws {
        #expect(try server.ask(query.with { $0.optCount = 2 }).responseCode == .formatError)
    }

    @Test func `unknown options are ignored and not sent back`() throws {
        let response = try server.ask(query.with { $0.ednsOptions = [0xFF, 0, 0, 3, 1, 2, 3, 0, 9, 0, 0] })
        #expect(response.responseCode == .noError && response.texts.count == 2)
        #expect(response.edns == OPTRecord(payloadSize: 1232))
    }

    @Test func `options that do not fit their record are a format error`() throws {
        #expect(try server.ask(query.with { $0.ednsOptions = [0, 10, 0, 9, 1] }).responseCode == .formatError)
    }

    // MARK: Sizes

    @Test(
        arguments: [
            (nil, 512), (0, 512), (511, 512), (512, 512), (700, 700), (1232, 1232), (4096, 1232), (65_535, 1232),
        ] as [(UInt16?, Int)])
    func `what does not fit comes with TC and empty, whole by TCP`(payloadSize: UInt16?, limit: Int) throws {
        for index in 3...30 { server.publish(Samples.value(index), sequence: UInt64(index + 10)) }
        let query = query.with { $0.edns = payloadSize.map { EDNS(payloadSize: $0) } }
        let overUDP = try server.ask(query)
        #expect(overUDP.isTruncated && overUDP.answers.isEmpty && overUDP.length <= limit)
        #expect(overUDP.responseCode == .noError && (overUDP.edns != nil) == (payloadSize != nil))
        let overTCP = try server.ask(query, over: .tcp)
        #expect(!overTCP.isTruncated && overTCP.texts.count == 30)
    }

    @Test func `the limit is used to its last octet`() throws {
        // Header 12, question 64, 56 for each value, OPT 11.
        let base = 12 + query.questions[0].name.wire.count + 4 + 2 * 56
        #expect(!(try server.ask(query.with { $0.edns = nil })).isTruncated)
        for index in 3...9 { server.publish(Samples.value(index), sequence: UInt64(index + 10)) }
        let whole = base + 7 * 56 + 11
        #expect(!(try server.ask(query.with { $0.edns = EDNS(payloadSize: UInt16(whole)) })).isTruncated)
        #expect(try server.ask(query.with { $0.edns = EDNS(payloadSize: UInt16(whole - 1)) }).isTruncated)
    }

    /// RFC 9715 and this server's answers allow 1232 octets, which are too many for a short query.
    @Test func `who has not proved an address gets eight times the octets of the query at most`() throws {
        for index in 3...20 { server.publish(Samples.value(index), sequence: UInt64(index + 10)) }
        let response = try server.ask(query)
        #expect(response.isTruncated && query.octets.count * 8 < 1232)

        func withCookie(_ octets: [UInt8]) -> QueryOctets {
            query.with { $0.ednsOptions = [0, 10, 0, UInt8(octets.count)] + octets }
        }
        let first = try server.ask(withCookie([1, 2, 3, 4, 5, 6, 7, 8]))
        #expect(first.isTruncated)
        let cookie = try #require(first.edns?.option(.cookie))
        let proved = try server.ask(withCookie(cookie))
        #expect(proved.texts.count == 20 && !proved.isTruncated)
        let forged = try server.ask(withCookie(cookie.dropLast() + [cookie[23] ^ 1]))
        #expect(forged.isTruncated)
    }

    @Test func `64 values of an hour come whole by TCP`() throws {
        for index in 1...100 { server.publish(Samples.value(index), sequence: UInt64(index + 10)) }
        let texts = try server.ask(query, over: .tcp).texts
        #expect(texts == (37...100).map { Samples.value($0).text })
    }

    // MARK: Broken messages

    @Test func `a message without a whole header is met with silence`() {
        for length in 0..<12 { #expect(server.respond(to: Array(query.octets[..<length])) == nil) }
    }

    @Test func `a message cut off anywhere behind its header is a format error`() throws {
        for length in 12..<query.octets.count {
            let response = try ParsedMessage(try #require(server.respond(to: Array(query.octets[..<length]))))
            #expect(response.responseCode == .formatError && response.header.identifier == 0x1234)
        }
    }

    @Test func `octets behind the last record are a format error`() throws {
        #expect(try server.ask(query.with { $0.trailing = [0] }).responseCode == .formatError)
    }

    @Test func `a question's name may not point anywhere`() throws {
        var octets = query.octets
        octets.replaceSubrange(12..<12 + query.questions[0].name.wire.count, with: [0xC0, 0x0C])
        #expect(try ParsedMessage(try #require(server.respond(to: octets))).responseCode == .formatError)
    }

    /// Any response is well formed, within its limit, and never an answer to a response.
    @Test(arguments: 1...8)
    func `mutated queries get well-formed responses`(seed: UInt64) async throws {
        try await onThread { () throws in try self.checkMutations(seed: seed) }
    }

    private func checkMutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let originals = try [
            query.octets, QueryOctets("d.example.", .ns).octets,
            QueryOctets("loop1.d.example.", .any, edns: EDNS(payloadSize: 512)).octets,
            QueryOctets("x.sub.d.example.", .a, edns: EDNS(payloadSize: 1232)).with { $0.ednsOptions = [0, 3, 0, 0] }.octets,
        ]
        for _ in 0..<5000 {
            var octets = originals.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0..<octets.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: octets[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: octets[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: octets.remove(at: place)
                default: octets.insert(contentsOf: octets[place..<min(place + 4, octets.count)], at: place)
                }
                if octets.isEmpty { octets = [0] }
            }
            for transport in [Transport.udp, .tcp] {
                guard let response = server.respond(to: octets, over: transport) else {
                    if octets.count >= 12 && octets[2] & 0x80 == 0 { Issue.record("silence to \(octets), seed \(seed)") }
                    continue
                }
                let parsed = try ParsedMessage(response)
                if octets[2] & 0x80 != 0 || !parsed.header.flags.contains(.response)
                    || transport == .udp && response.count > 1232
                {
                    Issue.record("\(octets) got \(response), seed \(seed)")
                }
            }
        }
    }
}
