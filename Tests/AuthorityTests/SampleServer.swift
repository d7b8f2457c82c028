import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport

/// A responder over a zone with one record of each kind, one delegate with values and one without.
struct SampleServer {
    let table: DelegateTable
    let responder: Responder
    let zones: Zones
    var now = Samples.start

    static let silent = "5e0a2cf3-6c2b-4c5e-9d7e-000000000001.d.example."
    static let published = "5e0a2cf3-6c2b-4c5e-9d7e-000000000002.d.example."

    static let records = [
        "ns1.d.example. 60 IN A 192.0.2.53",
        "ns1.d.example. 60 IN AAAA 2001:db8::53",
        "d.example. 60 IN A 192.0.2.80",
        "www.d.example. 60 IN CNAME web.d.example.",
        "web.d.example. 60 IN A 192.0.2.81",
        "out.d.example. 60 IN CNAME www.elsewhere.test.",
        "gone.d.example. 60 IN CNAME nothing.d.example.",
        "loop1.d.example. 60 IN CNAME loop2.d.example.",
        "loop2.d.example. 60 IN CNAME loop1.d.example.",
        "deep.empty.d.example. 60 IN TXT \"below an empty non-terminal\"",
        "mail.d.example. 60 IN MX 10 mx.elsewhere.test.",
        "caa.d.example. 60 IN CAA 0 issue \"ca.test\"",
        "_sip._tcp.d.example. 60 IN SRV 1 2 5060 web.d.example.",
        "odd.d.example. 60 IN TYPE65534 \\# 2 0102",
        "*.wild.d.example. 60 IN TXT \"from a wildcard\"",
        "sub.d.example. 60 IN NS ns.sub.d.example.",
        "ns.sub.d.example. 60 IN A 192.0.2.99",
    ]

    init(
        records: [String] = Self.records, hasMailRecords: Bool = true, negativeTTL: UInt32 = 5,
        cookies: ServerCookies = ServerCookies(secrets: []), identity: ServerIdentity = ServerIdentity(),
        transferNetworks: [String] = [], transferGate: TransferGate = TransferGate(), signers: [DomainName: ZoneSigner] = [:],
        table: DelegateTable = DelegateTable()
    ) throws {
        self.table = table
        let builder = ZoneBuilder(
            apexes: [try DomainName("d.example"), try DomainName("second.example")],
            nameservers: [try DomainName("ns1.d.example"), try DomainName("ns2.elsewhere.test")],
            startOfAuthority: Zone.StartOfAuthority(
                primary: try DomainName("ns1.d.example"), mailbox: try DomainName("hostmaster.example"),
                negativeTTL: negativeTTL),
            hasMailRecords: hasMailRecords)
        let (unsigned, problems) = builder.build(records: try records.map { try ResourceRecord($0) })
        if let problem = problems.first { throw problem }
        zones = unsigned.signed(by: signers, reusing: nil, at: UInt32(now.secondsSinceEpoch))
        for (apex, signer) in signers { table.setSigner(signer, below: apex) }
        responder = Responder(
            zones: zones, table: table, cookies: cookies, identity: identity,
            transferNetworks: transferNetworks.compactMap { IPNetwork($0) }, transferGate: transferGate)
        table.enrol(try DomainName(Self.silent), sequence: ChangeSequence(1), now: now)
        table.enrol(try DomainName(Self.published), sequence: ChangeSequence(2), now: now)
        publish(Samples.value(1), sequence: 3)
        publish(Samples.value(2), sequence: 4)
    }

    func publish(_ value: ChallengeValue, sequence: UInt64) {
        guard let name = try? DomainName(Self.published) else { return }
        table.publish(value, at: name, sequence: ChangeSequence(sequence), published: now, now: now)
    }

    /// The response's octets; `nil` if there is no response.
    func respond(to octets: [UInt8], over transport: Transport = .udp) -> [UInt8]? {
        responder.response(to: octets, over: transport, at: now)
    }

    /// Asks for DNSSEC records, too.
    func askSecurely(
        _ name: String, _ type: RecordType, isCompactOK: Bool = false, over transport: Transport = .udp
    ) throws -> ParsedMessage {
        try ask(
            name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true, isCompactOK: isCompactOK), over: transport)
    }

    func ask(
        _ name: String, _ type: RecordType, edns: EDNS? = EDNS(payloadSize: 1232), over transport: Transport = .udp
    ) throws -> ParsedMessage {
        try ask(try QueryOctets(name, type, edns: edns), over: transport)
    }

    func ask(_ query: QueryOctets, over transport: Transport = .udp) throws -> ParsedMessage {
        guard let response = respond(to: query.octets, over: transport) else { throw Silence() }
        return try ParsedMessage(response)
    }

    struct Silence: Error {}
}

extension Responder {
    /// The response's octets; `nil` if there is no response.
    func response(to octets: [UInt8], over transport: Transport = .udp, at now: Timestamp = Samples.start) -> [UInt8]? {
        var workspace = Workspace()
        beginBatch(with: &workspace)
        let exchange = respond(to: octets.span, from: Samples.client, over: transport, at: now, with: &workspace)
        return exchange.hasResponse ? workspace.response.octets : nil
    }
}
