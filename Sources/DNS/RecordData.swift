/// A resource record's type and its RDATA in uncompressed wire form.
package struct RecordData: Hashable, Sendable {
    package let type: RecordType
    package let octets: [UInt8]

    /// Creates data of any type from its octets.
    ///
    /// - Precondition: at most 65,535 octets.
    package init(type: RecordType, octets: [UInt8]) {
        precondition(octets.count <= Int(UInt16.max))
        self.type = type
        self.octets = octets
    }
}

extension RecordData {
    package static func a(_ address: IPv4Address) -> RecordData {
        RecordData(type: .a, octets: address.octets)
    }

    package static func aaaa(_ address: IPv6Address) -> RecordData {
        RecordData(type: .aaaa, octets: address.octets)
    }

    package static func ns(_ name: DomainName) -> RecordData {
        RecordData(type: .ns, octets: name.wire)
    }

    package static func cname(_ name: DomainName) -> RecordData {
        RecordData(type: .cname, octets: name.wire)
    }

    package static func mx(preference: UInt16, exchange: DomainName) -> RecordData {
        RecordData(type: .mx, octets: Self.octets(preference) + exchange.wire)
    }

    package static func srv(priority: UInt16, weight: UInt16, port: UInt16, target: DomainName) -> RecordData {
        RecordData(type: .srv, octets: octets(priority) + octets(weight) + octets(port) + target.wire)
    }

    /// TXT data with one character-string.
    ///
    /// - Precondition: at most 255 octets.
    package static func txt(_ text: some Collection<UInt8>) -> RecordData {
        RecordData(type: .txt, octets: characterString(text))
    }

    /// CAA data: a certification authority authorisation (RFC 8659 section 4.1).
    ///
    /// - Precondition: the tag has at most 255 octets.
    package static func caa(flags: UInt8 = 0, tag: String, value: String) -> RecordData {
        RecordData(type: .caa, octets: [flags] + characterString(tag.utf8) + Array(value.utf8))
    }

    /// SOA data: the start of a zone of authority (RFC 1035 section 3.3.13). Times are in seconds.
    package static func soa(
        primary: DomainName, mailbox: DomainName, serial: UInt32, refresh: UInt32, retry: UInt32, expire: UInt32,
        minimum: UInt32
    ) -> RecordData {
        RecordData(
            type: .soa,
            octets: primary.wire + mailbox.wire + [serial, refresh, retry, expire, minimum].flatMap(octets))
    }

    static func characterString(_ text: some Collection<UInt8>) -> [UInt8] {
        precondition(text.count <= 255)
        return [UInt8(text.count)] + text
    }

    static func octets(_ value: some FixedWidthInteger) -> [UInt8] {
        stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}

extension RecordData {
    /// The name that NS, CNAME, PTR, DNAME, MX or SRV data points to; `nil` for other data.
    package var target: DomainName? {
        let start: Int
        switch type {
        case .ns, .cname, .ptr, .dname: start = 0
        case .mx: start = 2
        case .srv: start = 6
        default: return nil
        }
        guard start < octets.count else { return nil }
        return DomainName(wellFormedWire: Array(octets[start...]))
    }

    /// The last field of SOA data; `nil` for other data.
    package var minimum: UInt32? {
        guard type == .soa, octets.count >= 22 else { return nil }
        return octets.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The serial number of SOA data; `nil` for other data.
    package var serial: UInt32? {
        guard type == .soa, octets.count >= 22 else { return nil }
        return octets.suffix(20).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Returns SOA data with another serial number, which begins 20 octets before the end.
    package func withSerial(_ serial: UInt32) -> RecordData {
        guard type == .soa, octets.count >= 22 else { return self }
        return RecordData(type: .soa, octets: octets.dropLast(20) + Self.octets(serial) + octets.suffix(16))
    }

    /// The offset of the first name that a message may compress, and the number of names in sequence there; `nil` if there is none
    /// (RFC 3597 section 4: only the types of RFC 1035 have some).
    var compressibleNames: (offset: Int, count: Int)? {
        switch type {
        case .ns, .cname, .ptr: (0, 1)
        case .mx: (2, 1)
        case .soa: (0, 2)
        default: nil
        }
    }
}
