import Authority
import DNS
import Delegates

enum Part: String, CaseIterable {
    /// Reads a query's header, question and OPT record.
    case parse
    /// Finds a delegate in the table, and reads its two values.
    case lookUp = "look-up"
    /// Writes a response with question, two TXT records and OPT.
    case encode
    /// Answers a query as a whole.
    case txt, nodata, nxdomain, caa, cookie
    case mixedCase = "mixed-case"
}

/// A zone with delegates of two values each, whose names follow from their number.
struct Content {
    private let now = Timestamp(secondsSinceEpoch: 1_800_000_000)
    private let names: [String]
    private let table: DelegateTable
    private let responder: Responder

    private static let apex = "delegates.example.net"

    init(count: Int) {
        let now = now
        let table = DelegateTable()
        var names: [String] = []
        names.reserveCapacity(count)
        let last = ChangeSequence(UInt64(count * 2))
        _ = table.load(after: last, shown: last) { loading in
            loading.reserve(count)
            for index in 0..<count {
                let name = "\(Self.label(index)).\(Self.apex)"
                names.append(name)
                guard let domainName = try? DomainName(name) else { preconditionFailure("the name is wrong") }
                let values = (0..<2).map { place in
                    guard let value = ChallengeValue(Self.text(index * 2 + place)) else {
                        preconditionFailure("the value is wrong")
                    }
                    return DelegateTable.PublishedValue(
                        value, sequence: ChangeSequence(UInt64(index * 2 + place + 1)), published: now)
                }
                loading.restore(domainName, values, now: now)
            }
        }
        guard let apex = try? DomainName(Self.apex), let primary = try? DomainName("ns1.example.net"),
            let mailbox = try? DomainName("hostmaster.example.net")
        else { preconditionFailure("the zone is wrong") }
        self.names = names
        self.table = table
        let builder = ZoneBuilder(
            apexes: [apex], nameservers: [primary],
            startOfAuthority: Zone.StartOfAuthority(primary: primary, mailbox: mailbox, negativeTTL: 5), hasMailRecords: true)
        responder = Responder(
            zones: builder.build(records: []).zones, table: table,
            cookies: ServerCookies(secrets: [[UInt8](repeating: 7, count: 16)]))
    }

    /// A label in the form of a UUID.
    private static func label(_ index: Int) -> String {
        let digits = text(of: UInt64(index), digits: 16) + text(of: ~UInt64(index), digits: 16)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
            String(Array(digits)[range])
        }.joined(separator: "-")
    }

    /// The hexadecimal digits of a well-mixed number.
    private static func text(of number: UInt64, digits: Int) -> String {
        var hash = WordHash(seed: 1)
        hash.combine(number)
        let text = String(hash.value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }

    private static func text(_ index: Int) -> String {
        let digits = String(index)
        return String(repeating: "v", count: ChallengeValue.length - digits.count) + digits
    }

    private func query(_ part: Part, _ index: Int) -> [UInt8] {
        var name = names[index % names.count]
        switch part {
        case .nxdomain: name = "z" + name.dropFirst()
        case .mixedCase: name = name.uppercased()
        case .parse, .lookUp, .encode, .txt, .nodata, .caa, .cookie: break
        }
        let type: RecordType =
            switch part {
            case .nodata: .a
            case .caa: .caa
            case .parse, .lookUp, .encode, .txt, .nxdomain, .mixedCase, .cookie: .txt
            }
        guard let wire = (try? DomainName(name))?.wire else { return [] }
        let option: [UInt8] = part == .cookie ? [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] : []
        return [0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1] + wire + [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 0xFF)]
            + [0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, UInt8(option.count)] + option
    }

    /// - Returns: The number of octets produced, so that no work is left out.
    func run(_ part: Part, times: Int) -> Int {
        let queries = (0..<min(1000, names.count)).map { query(part, $0 * 7919) }
        switch part {
        case .parse: return parse(queries, times)
        case .lookUp: return lookUp(queries, times)
        case .encode: return encode(queries, times)
        case .txt, .nodata, .nxdomain, .caa, .cookie, .mixedCase: return respond(to: queries, times)
        }
    }

    private func parse(_ queries: [[UInt8]], _ times: Int) -> Int {
        var octets = 0
        for index in 0..<times {
            let message = queries[index % queries.count]
            guard let header = try? Header(of: message.span), let query = try? Query(of: message.span, header: header)
            else { continue }
            octets += query.name.count
        }
        return octets
    }

    private func lookUp(_ queries: [[UInt8]], _ times: Int) -> Int {
        guard let origin = (try? DomainName(Self.apex)).flatMap({ table.origin($0) }) else { return 0 }
        var values = ServedValues()
        var octets = 0
        for index in 0..<times {
            let message = queries[index % queries.count]
            // The first label's length and the label follow the header.
            let label = Header.length + 1..<Header.length + 1 + Int(message[Header.length])
            guard let delegate = table.delegate(message.span.extracting(label), in: origin) else { continue }
            table.read(&values, of: delegate, now: now)
            octets += values.count * ServedValues.recordLength
        }
        return octets
    }

    private func encode(_ queries: [[UInt8]], _ times: Int) -> Int {
        guard let origin = (try? DomainName(Self.apex)).flatMap({ table.origin($0) }),
            let delegate = table.delegate(Array(Self.label(0).utf8).span, in: origin)
        else { return 0 }
        var values = ServedValues()
        table.read(&values, of: delegate, now: now)
        var response = MessageWriter()
        var octets = 0
        for index in 0..<times {
            let message = queries[index % queries.count]
            // Type, class and an empty OPT record follow the name.
            let name = message.span.extracting(Header.length..<message.count - 4 - EDNS.emptyRecordLength)
            response.begin(identifier: 1, flags: .response, limit: Responder.maximumUDPLength)
            response.writeQuestion(name, type: .txt, class: .in)
            _ = values.withRecords { response.writeRecords($0, count: values.count, in: .answer) }
            response.write(EDNS(payloadSize: 1232))
            response.finish()
            octets += response.count
        }
        return octets
    }

    private func respond(to queries: [[UInt8]], _ times: Int) -> Int {
        let client = IPAddress(IPv4Address(number: 0x7F00_0001))
        var workspace = Workspace()
        var octets = 0
        for index in 0..<times {
            let query = queries[index % queries.count]
            let exchange = responder.respond(to: query.span, from: client, over: .udp, at: now, with: &workspace)
            if exchange.hasResponse { octets += workspace.response.message.count }
        }
        return octets
    }
}
