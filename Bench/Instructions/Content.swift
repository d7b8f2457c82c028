import Authority
import DNS
import Delegates

enum QueryKind: String, CaseIterable {
    case txt
    case nodata
    case nxdomain
    case caa
    case mixedCase = "mixed-case"
    case cookie
}

/// A zone with delegates of two values each, whose names follow from their number.
struct Content {
    let now = Timestamp(secondsSinceEpoch: 1_800_000_000)
    let names: [String]
    let responder: Responder

    private static let apex = "delegates.example.net"

    init(count: Int) {
        let now = now
        let table = DelegateTable()
        table.reserve(count)
        var names: [String] = []
        names.reserveCapacity(count)
        for index in 0..<count {
            let name = "\(Self.label(index)).\(Self.apex)"
            names.append(name)
            guard let domainName = try? DomainName(name) else { preconditionFailure("the name is wrong") }
            let values = (0..<2).compactMap { ChallengeValue(Self.text(index * 2 + $0)) }
            table.restore(
                domainName,
                values.enumerated().map { place, value in
                    DelegateTable.PublishedValue(value, sequence: ChangeSequence(UInt64(index * 2 + place + 1)), published: now)
                }, now: now)
        }
        guard let apex = try? DomainName(Self.apex), let primary = try? DomainName("ns1.example.net"),
            let mailbox = try? DomainName("hostmaster.example.net")
        else { preconditionFailure("the zone is wrong") }
        self.names = names
        let builder = ZoneBuilder(
            apexes: [apex], nameservers: [primary],
            startOfAuthority: Zone.StartOfAuthority(primary: primary, mailbox: mailbox, negativeTTL: 5), hasMailRecords: true)
        responder = Responder(
            zones: builder.build(records: []).zones, table: table,
            cookies: ServerCookies(secrets: [[UInt8](repeating: 7, count: 16)]))
    }

    /// In the form of a UUID.
    private static func label(_ index: Int) -> String {
        let digits = text(of: UInt64(index), digits: 16) + text(of: ~UInt64(index), digits: 16)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
            String(Array(digits)[range])
        }.joined(separator: "-")
    }

    /// Hexadecimal digits of a number that is mixed well.
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

    private func query(_ kind: QueryKind, _ index: Int) -> [UInt8] {
        var name = names[index % names.count]
        switch kind {
        case .nxdomain: name = "z" + name.dropFirst()
        case .mixedCase: name = name.uppercased()
        case .txt, .nodata, .caa, .cookie: break
        }
        let type: RecordType =
            switch kind {
            case .txt, .nxdomain, .mixedCase, .cookie: .txt
            case .nodata: .a
            case .caa: .caa
            }
        guard let wire = (try? DomainName(name))?.wire else { return [] }
        let option: [UInt8] = kind == .cookie ? [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] : []
        return [0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1] + wire + [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 0xFF)]
            + [0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, UInt8(option.count)] + option
    }

    func answer(_ kind: QueryKind, times: Int) {
        let queries = (0..<min(1000, names.count)).map { query(kind, $0 * 7919) }
        let client = IPAddress(IPv4Address(number: 0x7F00_0001))
        var workspace = Workspace()
        var octets = 0
        for index in 0..<times {
            let query = queries[index % queries.count]
            let exchange = responder.respond(
                to: query.span, from: client, over: .udp, at: now, with: &workspace)
            if exchange.hasResponse { octets += workspace.response.count }
        }
        print("\(kind.rawValue): \(octets / max(1, times)) octets a response")
    }
}
