import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport
import Testing

struct ZoneTransferTests {
    private static let allowed = ["198.51.100.0/24"]

    private func messages(_ server: SampleServer, _ query: QueryOctets, from address: IPAddress = Samples.client) throws
        -> [ParsedMessage]
    {
        var transfer = server.responder.transfer(of: query.octets.span, from: address)
        var writer = MessageWriter()
        var messages: [ParsedMessage] = []
        while transfer?.write(into: &writer) == true {
            messages.append(try ParsedMessage(writer.octets))
            if messages.count > 1000 { break }
        }
        return messages
    }

    @Test(arguments: [RecordType.axfr, .ixfr])
    func `a zone is sent whole, between its SOA and its SOA`(type: RecordType) throws {
        let server = try SampleServer(transferNetworks: Self.allowed)
        let messages = try messages(server, try QueryOctets("d.example.", type, edns: EDNS(payloadSize: 1232)))
        #expect(messages.count == 1 && messages[0].isAuthoritative && messages[0].edns != nil)
        let records = messages.flatMap(\.answers)
        #expect(records.first?.type == .soa && records.last == records.first)
        let inner = Set(records.dropFirst().dropLast())
        #expect(inner.count == records.count - 2 && !inner.contains { $0.type == .soa })
        // Configured records, mail records, name servers, and the delegates' values.
        for expected in [
            "d.example. 3600 NS ns1.d.example.", "web.d.example. 60 A 192.0.2.81", "sub.d.example. 60 NS ns.sub.d.example.",
            "ns.sub.d.example. 60 A 192.0.2.99", "*.wild.d.example. 60 TXT \"from a wildcard\"", "d.example. 3600 MX 0 .",
            "\(SampleServer.published) 1 TXT \"\(Samples.value(1).text)\"",
            "\(SampleServer.published) 1 TXT \"\(Samples.value(2).text)\"",
            "\(SampleServer.silent) 3600 CAA 0 issue \";\"",
        ] {
            #expect(inner.contains { $0.description == expected }, "\(expected)")
        }
        #expect(inner.count == SampleServer.records.count + 2 + 3 + 2 + 4)
    }

    @Test func `a large zone takes several messages, and no record is there twice or missing`() throws {
        let server = try SampleServer(transferNetworks: Self.allowed)
        for index in 0..<3000 {
            server.table.enrol(try DomainName("n\(index).d.example"), sequence: ChangeSequence(UInt64(index)), now: server.now)
        }
        let messages = try messages(server, try QueryOctets("d.example.", .axfr))
        #expect(messages.count > 5 && messages.allSatisfy { $0.length < 17_000 && $0.header.identifier == 0x1234 })
        let owners = messages.flatMap(\.answers).filter { $0.type == .caa }.map(\.owner)
        #expect(owners.count == 2 * 3002 + 1 && Set(owners).count == 3003)
        #expect(messages.flatMap(\.answers).filter { $0.type == .soa }.count == 2)
    }

    @Test func `a transfer is one state of the zone, whatever changes while it is sent`() throws {
        let server = try SampleServer(transferNetworks: Self.allowed)
        func name(_ index: Int) throws -> DomainName { try DomainName("n\(index).d.example") }
        for index in 0..<1000 {
            server.table.publish(
                Samples.value(1), at: try name(index), sequence: ChangeSequence(UInt64(100 + index)), published: server.now,
                now: server.now)
        }
        let query = try QueryOctets("d.example.", .axfr)
        let expected = try messages(server, query).flatMap(\.answers)
        var transfer = server.responder.transfer(of: query.octets.span, from: Samples.client)
        var writer = MessageWriter()
        var records: [ParsedMessage.Record] = []
        while transfer?.write(into: &writer) == true {
            records += try ParsedMessage(writer.octets).answers
            for index in 0..<1000 {
                let sequence = ChangeSequence(server.table.sequence.number + 1)
                if index.isMultiple(of: 2) {
                    server.table.withdraw(try name(index), sequence: sequence, now: server.now)
                } else {
                    server.table.publish(
                        Samples.value(2), at: try name(index), sequence: sequence, published: server.now, now: server.now)
                }
            }
        }
        #expect(records == expected)
        #expect(try messages(server, query).flatMap(\.answers) != expected)
    }

    @Test func `a transfer that would need too much memory ends with SERVFAIL`() throws {
        let server = try SampleServer(transferNetworks: Self.allowed, table: DelegateTable(snapshotMemory: 4096))
        func change(_ index: Int) throws {
            server.table.publish(
                Samples.value(index), at: try DomainName("n\(index % 1000).d.example"),
                sequence: ChangeSequence(server.table.sequence.number + 1), published: server.now, now: server.now)
        }
        for index in 0..<1000 { try change(index) }
        let query = try QueryOctets("d.example.", .axfr)
        var transfer = server.responder.transfer(of: query.octets.span, from: Samples.client)
        var writer = MessageWriter()
        #expect(transfer?.write(into: &writer) == true)
        for index in 1000..<2000 { try change(index) }
        var messages: [ParsedMessage] = []
        while transfer?.write(into: &writer) == true { messages.append(try ParsedMessage(writer.octets)) }
        #expect(messages.map(\.responseCode) == [.serverFailure] && messages[0].answers.isEmpty)
    }

    @Test(
        arguments: [
            (4, 1), (5, 1), (0x7FFF_FFFF, 1), (0x8000_0003, 1),
            // Older, and 2^31 away, which is neither older nor newer.
            (3, 3), (0, 3), (0x8000_0005, 3), (0xFFFF_FFFF, 3), (0x8000_0004, 3),
        ] as [(UInt32, Int)])
    func `IXFR gets the SOA alone if the client's copy is not older, and else the zone`(held: UInt32, count: Int) throws {
        let server = try SampleServer(transferNetworks: Self.allowed)
        let query = try QueryOctets("d.example.", .ixfr).with { $0.heldSerial = held }
        let messages = try messages(server, query)
        let records = messages.flatMap(\.answers)
        #expect(count == 1 ? records.map(\.type) == [.soa] : records.count > 20)
        #expect(messages.allSatisfy { $0.isAuthoritative && $0.questions[0].type == .ixfr && $0.responseCode == .noError })
        // Over UDP the answer is the SOA record in any case (RFC 1995 section 2).
        #expect(try server.ask(query).answers == Array(records.prefix(1)))
        // AXFR ignores the client's serial.
        #expect(try self.messages(server, query.with { $0.questions[0].type = .axfr }).flatMap(\.answers).count > 20)
    }

    @Test func `the serial of another zone's SOA is not that of the client's copy`() throws {
        let server = try SampleServer(transferNetworks: Self.allowed)
        let query = try QueryOctets("d.example.", .ixfr).with { $0.heldSerial = 4 }
        #expect(try messages(server, query).flatMap(\.answers).count == 1)
        let other = try DomainName("example.")
        #expect(try messages(server, query.with { $0.heldOwner = other }).flatMap(\.answers).count > 20)
        #expect(try messages(server, query.with { $0.heldClass = .chaos }).flatMap(\.answers).count > 20)
        let same = try DomainName("D.Example.")
        #expect(try messages(server, query.with { $0.heldOwner = same }).flatMap(\.answers).count == 1)
    }

    @Test func `nobody else gets it, and nothing else is one`() throws {
        let server = try SampleServer(transferNetworks: Self.allowed)
        let whole = try QueryOctets("d.example.", .axfr)
        #expect(try messages(server, whole, from: try #require(IPAddress("203.0.113.1"))).isEmpty)
        #expect(try messages(try SampleServer(), whole).isEmpty)
        #expect(try messages(server, try QueryOctets("web.d.example.", .axfr)).isEmpty)
        #expect(try messages(server, try QueryOctets("d.example.", .a)).isEmpty)
        #expect(try messages(server, try QueryOctets("d.example.", .axfr, class: .chaos)).isEmpty)
        #expect(try messages(server, whole.with { $0.flags = 0x8000 }).isEmpty)
        #expect(try server.ask(whole).responseCode == .refused)
    }

    @Test func `while the gate is closed, those who may have a copy are told to come again`() throws {
        let gate = TransferGate()
        let server = try SampleServer(transferNetworks: Self.allowed, transferGate: gate)
        let whole = try QueryOctets("d.example.", .axfr, edns: EDNS(payloadSize: 1232))
        gate.set(isOpen: false)
        #expect(try messages(server, whole).isEmpty)
        let response = try server.ask(whole, over: .tcp)
        #expect(response.responseCode == .serverFailure && response.edns?.option(.extendedError) == [0, 14])
        #expect(try server.ask("web.d.example.", .axfr).responseCode == .refused)
        #expect(try SampleServer(transferGate: gate).ask(whole).responseCode == .refused)
        gate.set(isOpen: true)
        #expect(try messages(server, whole).count == 1)
    }

    @Test func `IXFR by UDP gets the SOA alone, where a transfer is allowed`() throws {
        let query = try QueryOctets("d.example.", .ixfr)
        let response = try SampleServer(transferNetworks: Self.allowed).ask(query)
        #expect(response.answers.map(\.type) == [.soa] && response.questions[0].type == .ixfr)
        #expect(try SampleServer().ask(query).responseCode == .refused)
    }

    @Test func `a signed zone is given to nobody whole`() throws {
        let signer = try SignedServer.makeSigner(SignedServer.apex, [.ecdsaP256SHA256])
        let server = try SampleServer(transferNetworks: ["0.0.0.0/0"], signers: [try DomainName(SignedServer.apex): signer])
        for (zone, mayBe) in [("d.example.", false), ("second.example.", true)] {
            for type in [RecordType.axfr, .ixfr] {
                let query = try QueryOctets(zone, type).octets
                let transfer = server.responder.transfer(of: query.span, from: Samples.client)
                #expect((transfer != nil) == mayBe)
            }
            let soa = try server.ask(zone, .ixfr)
            #expect(soa.responseCode == (mayBe ? .noError : .refused))
        }
    }
}
