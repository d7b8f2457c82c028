package import DNS
package import DNSSEC
package import Delegates

/// A zone for which this server is an authority: its apex and what is configured in it. Delegates are not here; they are in the table.
package final class Zone: Sendable {
    package let apex: DomainName
    package let nameservers: [DomainName]
    /// Every name that exists: those with records, and empty non-terminals between them and the apex (RFC 4592 section 2.2.2).
    private let nodes: [Node]
    private let names: [DomainName]
    private let index: NameIndex
    private let apexNode: Int?
    /// The SOA record; ``serial`` has its serial.
    private let startOfAuthority: RRset
    private let start: Start
    /// The SOA record of negative answers: its TTL is how long they may be kept (RFC 2308 section 3).
    private let negativeStartOfAuthority: RRset
    /// How long a negative answer may be kept, in seconds (RFC 2308 section 3); also the TTL of NSEC records (RFC 9077).
    package let negativeTTL: UInt32
    package let serial: ZoneSerial
    let minimalAny: RRset
    /// The signer of the zone; `nil` if it is not signed.
    package let signer: ZoneSigner?
    /// Whether there is a signer, read without copying it.
    let isSigned: Bool
    /// The highest TTL in answers of the zone and its delegates, in seconds.
    package let highestTTL: UInt32
    /// The first end of a signature made ahead, in seconds since 1970, modulo 2^32; `nil` if there is none.
    package let earliestExpiration: UInt32?

    /// The records of one name, by type.
    struct Node: Sendable {
        var rrsets: [RecordType: RRset] = [:]
        /// In a signed zone, the types that the name has, for its NSEC record.
        var types = TypeBitmap.emptyNonTerminal
        /// The place of the wildcard directly below the name, if there is one.
        fileprivate(set) var wildcard: Int?

        /// The RRset with the least data.
        var smallestRRset: RRset? {
            rrsets.values.min { left, right in
                let (length, other) = (left.dataLength, right.dataLength)
                return (length, left.type.rawValue) < (other, right.type.rawValue)
            }
        }
    }

    /// The part of the SOA record that does not change (RFC 1035 section 3.3.13).
    package struct StartOfAuthority: Hashable, Sendable {
        package var primary: DomainName
        package var mailbox: DomainName
        /// How long a negative answer may be kept, in seconds; also the TTL of the SOA record itself (RFC 2308 section 3).
        package var negativeTTL: UInt32

        package init(primary: DomainName, mailbox: DomainName, negativeTTL: UInt32) {
            self.primary = primary
            self.mailbox = mailbox
            self.negativeTTL = negativeTTL
        }
    }

    /// The origin of the SOA record.
    enum Start: Sendable {
        /// Made here; the serial counts the changes of delegates.
        case made(StartOfAuthority)
        /// As it stands in a master file.
        case record(ResourceRecord)
    }

    /// Whether a name, or a name below it, has records.
    package func has(_ name: DomainName) -> Bool { index.place(of: name.wire.span) != nil }

    init(
        apex: DomainName, nameservers: [DomainName], startOfAuthority: Start, nodes: [DomainName: Node],
        signer: ZoneSigner? = nil
    ) {
        self.apex = apex
        self.nameservers = nameservers
        self.signer = signer
        isSigned = signer != nil
        start = startOfAuthority
        let names = Array(nodes.keys)
        self.names = names
        index = NameIndex(names)
        let index = index
        self.nodes = names.map { name in
            var node = nodes[name] ?? Node()
            node.wildcard = name.prepending(label: "*".utf8).flatMap { index.place(of: $0.wire.span) }
            return node
        }
        apexNode = index.place(of: apex.wire.span)
        let rrsets = self.nodes.flatMap(\.rrsets.values)
        earliestExpiration = rrsets.flatMap(\.signatures).map(\.expiration).min { Int32(bitPattern: $0 &- $1) < 0 }

        let record: ResourceRecord
        switch startOfAuthority {
        case .made(let start):
            // Secondaries would be content with these times.
            let data = RecordData.soa(
                primary: start.primary, mailbox: start.mailbox, serial: 0, refresh: 3600, retry: 600, expire: 604_800,
                minimum: start.negativeTTL)
            record = ResourceRecord(owner: apex, ttl: start.negativeTTL, data: data)
            serial = ZoneSerial(offset: 0, countsChanges: true)
        case .record(let given):
            record = given
            serial = ZoneSerial(offset: given.data.serial ?? 0, countsChanges: false)
        }
        highestTTL = max(record.ttl, rrsets.map(\.ttl).max() ?? 0, DelegateAnswers.issuanceTTL)
        negativeTTL = min(record.ttl, record.data.minimum ?? record.ttl)
        self.startOfAuthority = RRset(owner: apex, type: .soa, ttl: record.ttl, data: [record.data])
        negativeStartOfAuthority = RRset(owner: apex, type: .soa, ttl: negativeTTL, data: [record.data])
        let text = Array("RFC8482".utf8)
        minimalAny = RRset(
            owner: apex, type: .hinfo, ttl: negativeTTL,
            data: [RecordData(type: .hinfo, octets: [UInt8(text.count)] + text + [0])])
    }

    /// Every name that exists, with its node.
    var namedNodes: [DomainName: Node] { Dictionary(uniqueKeysWithValues: zip(names, nodes)) }

    /// The same zone with other nodes and another signer.
    func with(_ nodes: [DomainName: Node], signer: ZoneSigner?) -> Zone {
        Zone(apex: apex, nameservers: nameservers, startOfAuthority: start, nodes: nodes, signer: signer)
    }

    /// The same zone with another serial.
    func with(_ serial: ZoneSerial) -> Zone { Zone(self, serial) }

    private init(_ other: Zone, _ serial: ZoneSerial) {
        apex = other.apex
        nameservers = other.nameservers
        nodes = other.nodes
        names = other.names
        index = other.index
        apexNode = other.apexNode
        startOfAuthority = other.startOfAuthority
        start = other.start
        negativeStartOfAuthority = other.negativeStartOfAuthority
        negativeTTL = other.negativeTTL
        minimalAny = other.minimalAny
        signer = other.signer
        isSigned = other.isSigned
        highestTTL = other.highestTTL
        earliestExpiration = other.earliestExpiration
        self.serial = serial
    }

    package var isFromFile: Bool { fileSerial != nil }

    /// The serial in the zone's file; `nil` if the SOA record is made.
    var fileSerial: SerialNumber? {
        switch start {
        case .made: nil
        case .record(let record): SerialNumber(record.data.serial ?? 0)
        }
    }

    /// All records but the SOA, in no particular order.
    var rrsets: [RRset] {
        nodes.flatMap { $0.rrsets.values.filter { $0.type != .soa } }
    }

    /// - Parameter name: the name, in wire form.
    func node(at name: Span<UInt8>) -> Node? {
        index.place(of: name).map { nodes[$0] }
    }

    var nodeAtApex: Node? { apexNode.map { nodes[$0] } }

    /// The wildcard that stands for nonexistent names below a node (RFC 4592 section 3.3.1).
    func wildcard(below node: Node) -> Node? { node.wildcard.map { nodes[$0] } }

    /// Whether any name has records of a type.
    package func hasRecords(of type: RecordType) -> Bool { nodes.contains { $0.rrsets[type] != nil } }

    /// The records of one type at a name, if there are any.
    package func rrset(at name: DomainName, type: RecordType) -> RRset? { node(at: name.wire.span)?.rrsets[type] }

    var soaTTL: UInt32 { startOfAuthority.ttl }

    /// The SOA record.
    ///
    /// - Parameter change: the number of the latest change, modulo 2^32.
    func soa(at change: UInt32) -> RRset {
        var rrset = startOfAuthority
        let number = serial.number(at: change).value
        rrset.data = rrset.data.map { $0.withSerial(number) }
        return rrset
    }

    /// Writes the SOA record of a negative answer.
    ///
    /// - Returns: whether it fit.
    func writeNegativeSOA(at change: UInt32, into response: inout MessageWriter) -> Bool {
        guard response.write(negativeStartOfAuthority, in: .authority) else { return false }
        response.setSerialOfLastSOA(serial.number(at: change).value)
        return true
    }
}

extension RRset {
    /// The total length of RDATA, in octets.
    fileprivate var dataLength: Int { data.reduce(0) { $0 + $1.octets.count } }
}
