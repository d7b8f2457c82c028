import Authority
import DNS
import DNSSEC
import Delegates

/// The code that gets hostile octets. A run that returns has passed: a trap, or a broken promise, ends the process.
package enum FuzzTarget: String, CaseIterable {
    /// A whole message; and a name, an OPT and a TSIG record, wherever they stand in it.
    case message
    /// Everything that a name server does between a message and its response.
    case responder
    /// A zone as text, and a single record.
    case masterFile = "master-file"
    /// The body of a request.
    case json

    package func run(_ octets: [UInt8]) {
        switch self {
        case .message: Self.readMessage(octets)
        case .responder: Self.respond(to: octets)
        case .masterFile: Self.readMasterFile(octets)
        case .json: Self.readJSON(octets)
        }
    }

    private static func readMessage(_ octets: [UInt8]) {
        let message = octets.span
        for start in octets.indices.prefix(64) {
            var position = start
            if let name = try? DomainName(of: message, at: &position) {
                precondition(name.wire.count <= DomainName.maximumWireLength && position <= octets.count)
                let again = try? DomainName(name.description)
                precondition(again?.wire == name.wire, "a name is not read as it was written")
            }
            var recordPosition = start
            _ = try? EDNS(ofRecord: message, at: &recordPosition)
            var signaturePosition = start
            _ = try? TransactionSignature(keyName: .root, ofRecord: message, at: &signaturePosition)
            var skipped = start
            try? message.skipName(at: &skipped)
        }
        readWholeMessage(octets)
    }

    private static func readWholeMessage(_ octets: [UInt8]) {
        guard let message = try? Message(octets) else { return }
        for record in message.answers + message.authorities + message.additionals {
            precondition(record.data.lowerBound > Header.length && record.data.upperBound <= octets.count)
            guard let data = try? message.data(of: record) else { continue }
            precondition(data.type == record.type)
            precondition((data.target?.wire.count ?? 0) <= DomainName.maximumWireLength)
            _ = (data.description, data.canonicalOctets)
        }
    }

    private static func readMasterFile(_ octets: [UInt8]) {
        let text = String(decoding: octets, as: UTF8.self)
        let file = MasterFile(octets, fallback: try? DomainName("example"))
        for (record, _) in file.records.prefix(50) {
            let again = try? ResourceRecord(record.description)
            precondition(again == record, "a record is not read as it was written: \(record)")
        }
        _ = ZoneFile(file)
        readData(octets)
        _ = try? ResourceRecord(text)
    }

    /// The first two octets are a type, the others its data: data that is taken in the generic form is written in a form that
    /// reads as the same.
    private static func readData(_ octets: [UInt8]) {
        guard octets.count >= 2 else { return }
        let type = UInt16(octets[0]) << 8 | UInt16(octets[1])
        let digits = octets[2...].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        guard let record = try? ResourceRecord("a. 1 TYPE\(type) \\# \(octets.count - 2) \(digits)") else { return }
        let again = try? ResourceRecord(record.description)
        precondition(again == record, "data is not read as it was written: \(record)")
        precondition(record.data.canonicalOctets.count == record.data.octets.count)
    }

    // MARK: The responder

    /// The first octet chooses the transport, the rest is the message. It goes to an unsigned zone, and to the same one signed.
    private static func respond(to octets: [UInt8]) {
        let transport: Transport = [.udp, .tcp, .tls][Int(octets.first ?? 0) % 3]
        let message = Array(octets.dropFirst())
        for server in servers { respond(to: message, over: transport, by: server) }
    }

    private static func respond(to message: [UInt8], over transport: Transport, by server: Responder) {
        var workspace = Workspace()
        let exchange = server.respond(
            to: message.span, from: IPAddress(IPv4Address(number: 0x7F00_0001)), over: transport, at: now, with: &workspace)
        let response = workspace.response.octets
        guard exchange.hasResponse else {
            precondition(message.count < Header.length || message[2] & 0x80 != 0, "a query was met with silence")
            return
        }
        let limit = transport == .udp ? Responder.maximumUDPLength : MessageWriter.maximumLength
        precondition(message[2] & 0x80 == 0, "a response was answered")
        precondition(response.count <= limit, "the response is too long")
        // At most eight times without DO.
        precondition(transport != .udp || response.count <= message.count * 12, "the response is many times the query")
        do {
            let whole = try Message(response)
            precondition(whole.header.identifier == UInt16(message[0]) << 8 | UInt16(message[1]))
            precondition(whole.header.flags.contains(.response) && !whole.header.flags.contains(.recursionAvailable))
        } catch {
            preconditionFailure("the response is broken: \(error)")
        }
    }

    private static let now = Timestamp(secondsSinceEpoch: 1_800_000_000)

    private static let servers: [Responder] = {
        let table = DelegateTable()
        let text = """
            $ORIGIN d.
            @ 5 SOA ns. host. 1 2 3 4 5
            @ 60 NS ns
            ns 60 A 192.0.2.1
            c 60 CNAME cc
            cc 60 CNAME c
            *.w 60 TXT wildcard
            a.b.e 60 MX 1 ns
            s 60 NS ns.s
            ns.s 60 AAAA ::1
            """
        guard let zone = ZoneFile(MasterFile(text)).zone, let delegate = try? DomainName("x.d"),
            let silent = try? DomainName("y.d")
        else { preconditionFailure("the zone is wrong") }
        table.enrol(silent, sequence: ChangeSequence(1), now: now)
        for index in 0..<40 {
            let digits = String(index)
            let value = ChallengeValue(String(repeating: "v", count: ChallengeValue.length - digits.count) + digits)
            guard let value else { preconditionFailure("the value is wrong") }
            table.publish(value, at: delegate, sequence: ChangeSequence(UInt64(index + 2)), published: now, now: now)
        }
        let key = SigningKey(.ed25519, isSecureEntryPoint: true, avoiding: [])
        let signer = ZoneSigner(
            apex: zone.apex, dataKeys: [key], entryKeys: [key], publishedKeys: [key], parentRequest: .delegationSigners([key]))
        let unsigned = Zones([zone])
        let signed = unsigned.signed(by: [zone.apex: signer], reusing: nil, at: UInt32(now.secondsSinceEpoch))
        return [unsigned, signed].map { zones in
            Responder(
                zones: zones, table: table, cookies: ServerCookies(secrets: [[UInt8](repeating: 7, count: 16)]),
                identity: ServerIdentity(identifier: "id", version: "version"))
        }
    }()
}
