import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport
import Testing

/// Answers of a signed zone, with every signature verified.
struct SignedAnswerTests {
    private let signer: ZoneSigner
    private let server: SampleServer

    static let apex = "d.example."
    static let secure = [
        "safe.d.example. 60 IN NS ns.sub.d.example.", "safe.d.example. 60 IN DS 1 13 2 \(String(repeating: "ab", count: 32))",
    ]

    init() throws {
        signer = try Self.makeSigner(Self.apex, [.ecdsaP256SHA256])
        server = try SampleServer(records: SampleServer.records + Self.secure, signers: [try DomainName(Self.apex): signer])
    }

    static func makeSigner(_ apex: String, _ algorithms: [SigningAlgorithm]) throws -> ZoneSigner {
        let keys = algorithms.map { SigningKey($0, isSecureEntryPoint: true, avoiding: []) }
        return ZoneSigner(
            apex: try DomainName(apex), dataKeys: keys, entryKeys: keys, publishedKeys: keys,
            parentRequest: .delegationSigners(keys))
    }

    private var now: UInt32 { UInt32(server.now.secondsSinceEpoch) }

    private func ask(
        _ name: String, _ type: RecordType, isCompactOK: Bool = false, over transport: Transport = .udp
    ) throws -> SignedMessage {
        let message = try server.askSecurely(name, type, isCompactOK: isCompactOK, over: transport)
        return SignedMessage(message, signer: signer, at: now)
    }

    private static let silent = SampleServer.silent
    private static let published = SampleServer.published

    // MARK: What is there

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
            let answer = try ask(name, type, over: transport)
            #expect(answer.problems == [])
            #expect(answer.message.answers.count == count)
            #expect(answer.message.responseCode == .noError && answer.message.isAuthoritative && !answer.message.isTruncated)
            #expect(answer.message.edns?.isDNSSECOK == true)
        }
    }

    @Test(arguments: [published, "d.example.", "www.d.example.", "safe.d.example."])
    func `who does not ask for signatures gets none`(name: String) throws {
        for type in [RecordType.txt, .a, .ds, .mx, .any] {
            let message = try server.ask(name, type)
            #expect(!(message.answers + message.authorities).contains { [.rrsig, .nsec].contains($0.type) })
        }
    }

    @Test func `the values that are signed are those that are served, after each change`() throws {
        for index in 3...6 {
            server.publish(Samples.value(index), sequence: UInt64(index + 10))
            let answer = try ask(Self.published, .txt)
            #expect(answer.problems == [])
            #expect(answer.message.texts.last == Samples.value(index).text)
        }
    }

    @Test func `values whose time is over are signed anew without them`() throws {
        var server = server
        for index in 3...5 { server.publish(Samples.value(index), sequence: UInt64(index + 10)) }
        server.now = server.now.advanced(by: .seconds(3600))
        let time = UInt32(server.now.secondsSinceEpoch)
        // Until the expired values are removed, the signature is made for the answer.
        var answer = SignedMessage(try server.askSecurely(Self.published, .txt), signer: signer, at: time)
        #expect(answer.problems == [] && answer.message.texts.count == 2)
        let aged = server.table.agedDelegates(now: server.now, maximum: 10)
        server.table.apply(
            FeedEntry(
                sequence: ChangeSequence(99), time: server.now, effects: aged.map { .aged($0, until: server.now) }),
            now: server.now)
        var workspace = Workspace(signaturesPerSecond: 0)
        let query = try QueryOctets(Self.published, .txt, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
        let exchange = server.responder.respond(
            to: query.span, from: Samples.client, over: .udp, at: server.now, with: &workspace)
        answer = SignedMessage(try ParsedMessage(workspace.response.octets), signer: signer, at: time)
        #expect(answer.problems == [] && answer.message.texts.count == 2)
        #expect(exchange.madeSignatures == 0)
    }

    @Test(arguments: [(published, RecordType.txt), ("d.example.", .dnskey), ("d.example.", .a)])
    func `nothing is signed when it is asked for`(name: String, type: RecordType) throws {
        var workspace = Workspace()
        let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
        let exchange = server.responder.respond(
            to: query.span, from: Samples.client, over: .udp, at: server.now, with: &workspace)
        #expect(exchange.madeSignatures == 0 && exchange.reusedSignatures == 0)
    }

    @Test func `ANY gets one of the RRsets that are there`() throws {
        #expect(try ask("d.example.", .any).problems == [])
        #expect(try ask("d.example.", .any).message.answers.map(\.type) == [.mx, .rrsig])
        #expect(try ask(Self.silent, .any).message.answers.map(\.type) == [.caa, .caa, .rrsig])
        #expect(try server.ask(Self.silent, .any).answers.map(\.type) == [.caa, .caa])
        #expect(try server.ask("second.example.", .any).answers.map(\.type) == [.hinfo])
    }

    // MARK: What is not there

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
        let answer = try ask(name, type)
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
        let compact = try ask("nothing.d.example.", .a, isCompactOK: true)
        #expect(compact.problems == [] && compact.message.responseCode == .nameError)
        #expect(compact.message.edns?.isCompactOK == true)
        #expect(compact.proof?.data.octets == (try ask("nothing.d.example.", .a).proof?.data.octets))
        #expect(try ask("nothing.d.example.", .a).message.edns?.isCompactOK == false)
        #expect(try ask("empty.d.example.", .a, isCompactOK: true).message.responseCode == .noError)
        // Without DO, the zone answers as if it were not signed.
        #expect(try server.ask("nothing.d.example.", .a).responseCode == .nameError)
        let withoutDO = try server.ask("nothing.d.example.", .a, edns: EDNS(payloadSize: 1232, isCompactOK: true))
        #expect(withoutDO.responseCode == .nameError && withoutDO.edns?.isCompactOK == false)
        // A zone that is not signed answers NXDOMAIN with DO, too.
        #expect(try ask("nothing.second.example.", .a).message.responseCode == .nameError)
    }

    @Test func `the type of names that do not exist cannot be asked for`() throws {
        for name in ["nothing.d.example.", Self.published] {
            let message = try ask(name, .nxname).message
            #expect(message.responseCode == .formatError)
            #expect(message.edns?.option(.extendedError) == [0, 30])
        }
    }

    @Test func `NSEC and RRSIG can be asked for, as each proof says that they are there`() throws {
        for name in [Self.published, "d.example.", "empty.d.example.", "nothing.d.example."] {
            let proof = try ask(name, .nsec)
            #expect(proof.problems == [])
            #expect(proof.message.answers.map(\.type) == [.nsec, .rrsig])
            #expect(try ask(name, .rrsig).message.answers.map(\.type) == [.rrsig])
        }
        #expect(try server.ask(Self.published, .nsec).answers.map(\.type) == [.nsec])
        #expect(try server.ask(Self.published, .rrsig).answers.map(\.type) == [.rrsig])
        #expect(try server.ask("nothing.d.example.", .nsec).responseCode == .nameError)
        // NSEC and RRSIG stand beside a CNAME, which is not followed for them.
        let alias = try ask("www.d.example.", .nsec)
        #expect(alias.problems == [] && alias.message.answers.map(\.type) == [.nsec, .rrsig])
        #expect(alias.message.answers[0].data.octets.suffix(8) == TypeBitmap([.cname, .rrsig, .nsec]).octets[...])
    }

    @Test func `a signed zone is given to nobody whole`() throws {
        let server = try SampleServer(transferNetworks: ["0.0.0.0/0"], signers: [try DomainName(Self.apex): signer])
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

    @Test func `a referral has the DS, or the proof that there is none`() throws {
        let insecure = try ask("www.sub.d.example.", .a)
        #expect(insecure.problems == [] && !insecure.message.isAuthoritative)
        #expect(insecure.message.authorities.map(\.type) == [.ns, .nsec, .rrsig])
        let proof = try #require(insecure.proof)
        let sub = try DomainName("sub.d.example")
        #expect(proof.data == .nsec(next: [1, 0] + sub.wire, types: TypeBitmap([.ns, .rrsig, .nsec])))
        let secure = try ask("www.safe.d.example.", .a)
        #expect(secure.problems == [])
        #expect(secure.message.authorities.map(\.type) == [.ns, .ds, .rrsig])
        // Only DS is signed at the cut, and nothing below it.
        #expect(!secure.message.additionals.contains { $0.type == .rrsig })
    }

    // MARK: Work

    @Test func `a proof that was made is used again, one for another serial too`() throws {
        var workspace = Workspace()
        func ask(_ name: String) throws -> Exchange {
            let query = try QueryOctets(name, .a, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
            return server.responder.respond(to: query.span, from: Samples.client, over: .udp, at: server.now, with: &workspace)
        }
        #expect(try ask("nothing.d.example.").madeSignatures == 2)
        #expect(try ask("Nothing.d.example.").madeSignatures == 0)
        #expect(try ask("other.d.example.").madeSignatures == 1)
        #expect(try ask("other.d.example.").reusedSignatures == 2)
        server.publish(Samples.value(3), sequence: 20)
        let exchange = try ask("other.d.example.")
        #expect(exchange.madeSignatures == 1 && exchange.reusedSignatures == 1)
        let message = SignedMessage(try ParsedMessage(workspace.response.octets), signer: signer, at: now)
        #expect(message.problems == [])
    }

    @Test func `who has proved their address can have signatures when others cannot any more`() throws {
        var workspace = Workspace(signaturesPerSecond: 10)
        func ask(_ index: Int, over transport: Transport, at time: Timestamp) throws -> (Exchange, ParsedMessage) {
            let query = try QueryOctets("x\(index).d.example.", .a, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
            let exchange = server.responder.respond(
                to: query.span, from: Samples.client, over: transport, at: time, with: &workspace)
            return (exchange, try ParsedMessage(workspace.response.octets))
        }
        // The SOA's signature and four proofs.
        for index in 0..<4 { #expect(try ask(index, over: .udp, at: server.now).1.authorities.count == 4) }
        let (exchange, message) = try ask(4, over: .udp, at: server.now)
        #expect(message.isTruncated && message.authorities.isEmpty && message.responseCode == .noError)
        #expect(exchange.isUnsigned)
        #expect(try ask(0, over: .udp, at: server.now).1.authorities.count == 4)
        for index in 4..<9 { #expect(try ask(index, over: .tcp, at: server.now).1.authorities.count == 4) }
        let refused = try ask(9, over: .tcp, at: server.now).1
        #expect(refused.responseCode == .serverFailure && refused.edns?.option(.extendedError) == [0, 14])
        // Signatures that were made ahead need none of these.
        #expect(
            try ParsedMessage(
                #require(
                    server.respond(
                        to: QueryOctets(
                            Self.published, .txt, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)
                        ).octets))
            ).answers.count == 3)
        let later = server.now.advanced(by: .seconds(1))
        #expect(try ask(10, over: .udp, at: later).1.authorities.count == 4)
    }

    /// Certificate authorities ask for a delegate's CAA only if somebody wants a certificate for its own name.
    @Test(arguments: [RecordType.caa, .any])
    func `the CAA of a delegate is signed when it is asked for, within a limit of its own`(type: RecordType) throws {
        for index in 0..<4 {
            let name = try DomainName("n\(index).d.example")
            server.table.enrol(name, sequence: ChangeSequence(UInt64(index + 10)), now: server.now)
        }
        var workspace = Workspace(signaturesPerSecond: 4)
        // A flood of names that do not exist.
        for index in 0..<9 {
            let query = try QueryOctets("x\(index).d.example.", .a, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
            _ = server.responder.respond(to: query.span, from: Samples.client, over: .tcp, at: server.now, with: &workspace)
        }
        func ask(_ name: String, _ type: RecordType, over transport: Transport) throws -> (Exchange, SignedMessage) {
            let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
            let exchange = server.responder.respond(
                to: query.span, from: Samples.client, over: transport, at: server.now, with: &workspace)
            return (exchange, SignedMessage(try ParsedMessage(workspace.response.octets), signer: signer, at: now))
        }
        for index in 0..<2 {
            let (exchange, answer) = try ask("n\(index).d.example.", type, over: .udp)
            #expect(exchange.madeSignatures == 1 && answer.problems == [] && answer.message.answers.count == 3)
        }
        // The same signature for the next client.
        let (again, kept) = try ask("N0.d.example.", type, over: .udp)
        #expect(again.madeSignatures == 0 && again.reusedSignatures == 1 && kept.problems == [])
        // The other half is for clients with a proved address, and values need none of it.
        let (unsigned, truncated) = try ask("n2.d.example.", type, over: .udp)
        #expect(unsigned.isUnsigned && truncated.message.isTruncated && truncated.message.answers.isEmpty)
        for index in 2..<4 {
            #expect(try ask("n\(index).d.example.", type, over: .tcp).1.message.answers.count == 3)
        }
        // Beyond the limit they come without signatures, never as a failure.
        let bare = try ask(Self.silent, type, over: .tcp)
        #expect(bare.0.isUnsigned && bare.1.message.responseCode == .noError)
        #expect(bare.1.message.answers.map(\.type) == [.caa, .caa])
        #expect(bare.1.message.edns?.option(.extendedError) == [0, 14])
        let (values, answer) = try ask(Self.published, .txt, over: .udp)
        #expect(values.madeSignatures == 0 && answer.problems == [] && answer.message.answers.count == 3)
    }

    @Test func `a delegate without values takes no signature`() throws {
        var cursor = server.table.cursor
        let later = server.now.advanced(by: .seconds(8 * 86_400))
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: later).signed == 1)
    }

    @Test func `a zone that is read anew has a signature over its new SOA, though no change came`() throws {
        let old = SampleZone.make(serial: 1, signer)
        let new = SampleZone.make(serial: 2, signer)
        var workspace = Workspace()
        let query = try QueryOctets("nothing.d.example.", .a, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
        for zone in [old, new] {
            let responder = Responder(zones: try zone(now), table: DelegateTable())
            _ = responder.respond(to: query.span, from: Samples.client, over: .udp, at: server.now, with: &workspace)
            let message = SignedMessage(try ParsedMessage(workspace.response.octets), signer: signer, at: now)
            #expect(message.problems == [])
        }
    }

    private enum SampleZone {
        /// A zone from a file, with the file's serial.
        static func make(serial: Int, _ signer: ZoneSigner) -> (UInt32) throws -> Zones {
            { now in
                let text = "$ORIGIN d.example.\n@ 60 SOA ns hostmaster \(serial) 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.1\n"
                let zone = try #require(ZoneFile(MasterFile(text)).zone)
                return Zones([zone]).signed(by: [zone.apex: signer], reusing: nil, at: now)
            }
        }
    }

    @Test func `addresses beside NS have their signatures where there is room`() throws {
        let answer = try ask("d.example.", .ns)
        #expect(answer.message.additionals.map(\.type) == [.a, .aaaa, .rrsig, .rrsig])
        #expect(try ask("www.sub.d.example.", .a).message.additionals.map(\.type) == [.a])
    }

    // MARK: Keys

    @Test func `during a change of algorithms everything is signed by both`() throws {
        let signer = try Self.makeSigner(Self.apex, [.ecdsaP256SHA256, .ed25519])
        let server = try SampleServer(signers: [try DomainName(Self.apex): signer])
        for (name, type) in [
            (Self.published, RecordType.txt), (Self.silent, .caa), ("d.example.", .dnskey), ("nothing.d.example.", .a),
        ] {
            let answer = SignedMessage(try server.askSecurely(name, type, over: .tcp), signer: signer, at: now)
            #expect(answer.problems == [])
            #expect(!answer.message.answers.isEmpty || !answer.message.authorities.isEmpty)
        }
    }

    @Test func `delegates that were there before are signed when their signatures are refreshed`() throws {
        let server = try SampleServer()
        let origin = try DomainName(Self.apex)
        server.table.setSigner(signer, below: origin)
        var cursor = server.table.cursor
        let outcome = server.table.refreshSignatures(&cursor, maximum: 10, now: server.now)
        #expect(outcome.signed == 1 && outcome.isAtEnd)
        cursor = server.table.cursor
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: server.now).signed == 0)
        // After eight days the signatures have less than a week left.
        cursor = server.table.cursor
        let later = server.now.advanced(by: .seconds(8 * 86_400))
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: later).signed == 1)
        // The system's clock is set back by a month.
        server.table.setSystemTimeOffset(-30 * 86_400)
        cursor = server.table.cursor
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: later).signed == 1)
        // Another key.
        server.table.setSigner(try Self.makeSigner(Self.apex, [.ed25519]), below: origin)
        cursor = server.table.cursor
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: later).signed == 1)
        // No key.
        server.table.setSigner(nil, below: origin)
        cursor = server.table.cursor
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: later).signed == 0)
    }

    @Test func `what was restored before there was a signer is signed for the answer, and then in its own room`() throws {
        let table = DelegateTable()
        table.reserveSignatures()
        let name = try DomainName(Self.published)
        let values = [1, 2].map { index in
            DelegateTable.PublishedValue(
                Samples.value(index), sequence: ChangeSequence(UInt64(index)), published: server.now)
        }
        let last = ChangeSequence(2)
        #expect(table.load(after: last, shown: last) { $0.restore(name, values, now: server.now) })
        table.setSigner(signer, below: try DomainName(Self.apex))
        let responder = Responder(zones: server.zones, table: table)
        let query = try QueryOctets(Self.published, .txt, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
        for isRefreshed in [false, true] {
            var workspace = Workspace()
            let exchange = responder.respond(to: query.span, from: Samples.client, over: .udp, at: server.now, with: &workspace)
            #expect((exchange.madeSignatures == 0) == isRefreshed)
            let answer = SignedMessage(try ParsedMessage(workspace.response.octets), signer: signer, at: now)
            #expect(answer.problems == [] && answer.message.answers.count == 3)
            var cursor = table.cursor
            #expect(table.refreshSignatures(&cursor, maximum: 5, now: server.now).signed == (isRefreshed ? 0 : 1))
        }
    }

    @Test(arguments: [(published, RecordType.txt), (silent, .caa), ("d.example.", .dnskey), ("web.d.example.", .a)])
    func `a signature that does not hold is never given out`(name: String, type: RecordType) throws {
        var server = server
        // A month without a refresh.
        server.now = server.now.advanced(by: .seconds(30 * 86_400))
        let time = UInt32(server.now.secondsSinceEpoch)
        #expect(SignedMessage(try server.askSecurely(name, type), signer: signer, at: time).problems == [])
    }

    /// Monitors warn at three days (check_zone_rrsig_expiration). Nothing is refreshed here: signatures made ahead grow old,
    /// and those kept for the next query stay in place.
    @Test(arguments: [[.ecdsaP256SHA256], [.ecdsaP256SHA256, .ed25519]] as [[SigningAlgorithm]])
    func `nothing that is given out ends within four days, for weeks`(algorithms: [SigningAlgorithm]) throws {
        let signer = try Self.makeSigner(Self.apex, algorithms)
        var server = try SampleServer(
            records: SampleServer.records + Self.secure, signers: [try DomainName(Self.apex): signer])
        let questions: [(String, RecordType)] = [
            (Self.published, .txt), (Self.silent, .caa), (Self.silent, .txt), (Self.silent, .mx), ("nothing.d.example.", .a),
            ("d.example.", .soa), ("d.example.", .dnskey), ("d.example.", .cds), ("d.example.", .ns), ("d.example.", .hinfo),
            ("x.wild.d.example.", .txt), ("www.d.example.", .a), ("safe.d.example.", .ds), ("sub.d.example.", .ds),
        ]
        var workspace = Workspace()
        var least = Int32.max
        for hour in stride(from: 0, to: 21 * 24, by: 5) {
            server.now = Samples.start.advanced(by: .seconds(hour * 3600))
            let time = UInt32(truncatingIfNeeded: server.now.secondsSinceEpoch)
            for (name, type) in questions {
                let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
                _ = server.responder.respond(
                    to: query.span, from: Samples.client, over: .tcp, at: server.now, with: &workspace)
                let message = try ParsedMessage(workspace.response.octets)
                #expect(SignedMessage(message, signer: signer, at: time).problems == [], "\(name) \(type) at hour \(hour)")
                let signatures = (message.answers + message.authorities + message.additionals).filter { $0.type == .rrsig }
                #expect(!signatures.isEmpty, "\(name) \(type)")
                for signature in signatures {
                    let end = signature.data.octets[8..<12].reduce(0) { $0 << 8 | UInt32($1) }
                    least = min(least, Int32(bitPattern: end &- time))
                }
            }
        }
        #expect(least >= 4 * 86_400)
        #expect(least < 5 * 86_400, "signatures are kept, too")
    }

    // MARK: Zones in zones

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
            signers[try DomainName(apex)] = try Self.makeSigner(apex, [.ecdsaP256SHA256])
        }
        let responder = Responder(
            zones: zones.signed(by: signers, reusing: nil, at: now), table: DelegateTable())
        func ask(_ name: String, _ type: RecordType, zone: String) throws -> ParsedMessage {
            let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
            let message = try ParsedMessage(#require(responder.response(to: query)))
            let signer = try #require(signers[try DomainName(zone)])
            #expect(SignedMessage(message, signer: signer, at: now).problems == [])
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
