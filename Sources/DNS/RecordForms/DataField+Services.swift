/// Services of a host (RFC 1035 section 3.4.2), and keys of hosts and zones.
extension DataField {
    /// A protocol's number, then ports as bits, to the end.
    static let portsOfProtocol = DataField { fields throws(PresentationError) in
        let transport = try named("protocol", ["ICMP": 1, "TCP": 6, "UDP": 17] as [String: UInt8]).read(&fields)
        var bits: [UInt8] = []
        while !fields.isAtEnd {
            let port = try named("port", ports).read(&fields).reduce(0) { $0 << 8 | Int($1) }
            while bits.count <= port / 8 { bits.append(0) }
            bits[port / 8] |= 0x80 >> UInt8(port % 8)
        }
        return transport + bits
    } write: { data throws(MessageError) in
        var words = ["\(try data.uint8())"]
        let bits = data.rest()
        guard bits.count <= 8192, bits.last != 0 else { throw data.malformed() }
        for (place, octet) in bits.enumerated() {
            for bit in 0..<8 where octet & 0x80 >> UInt8(bit) != 0 { words.append("\(place * 8 + bit)") }
        }
        return words.joined(separator: " ")
    }

    /// The service names that files use; any other service is written as its number.
    private static let ports: [String: UInt16] = [
        "ECHO": 7, "DISCARD": 9, "SYSTAT": 11, "DAYTIME": 13, "QOTD": 17, "CHARGEN": 19, "FTP-DATA": 20, "FTP": 21, "SSH": 22,
        "TELNET": 23, "SMTP": 25, "TIME": 37, "DOMAIN": 53, "TFTP": 69, "GOPHER": 70, "FINGER": 79, "HTTP": 80, "KERBEROS": 88,
        "POP3": 110, "SUNRPC": 111, "NNTP": 119, "NTP": 123, "IMAP2": 143, "SNMP": 161, "BGP": 179, "IRC": 194, "HTTPS": 443,
    ]

    /// The algorithm of a host identity, its tag, the key, and rendezvous servers (RFC 8005 section 5).
    static let hostIdentity = DataField { fields throws(PresentationError) in
        let algorithm: UInt8 = try fields.number("algorithm")
        let tag = try fields.next("host identity tag")
        guard let tagOctets = Presentation.octets(ofHexadecimal: tag.octets), 1...255 ~= tagOctets.count else {
            throw PresentationError("the host identity tag “\(tag.text)” is not pairs of hexadecimal digits, at most 255")
        }
        let key = try fields.next("public key")
        guard let keyOctets = Presentation.octets(ofBase64: key.octets), let length = UInt16(exactly: keyOctets.count),
            length > 0
        else { throw PresentationError("the public key “\(key.text)” is not base64 in one word") }
        return [UInt8(tagOctets.count), algorithm] + RecordData.octets(length) + tagOctets + keyOctets
            + (try names.read(&fields))
    } write: { data throws(MessageError) in
        let tagLength = Int(try data.uint8())
        let algorithm = try data.uint8()
        let keyLength = Int(try data.uint16())
        guard tagLength > 0, keyLength > 0 else { throw data.malformed() }
        let tag = Presentation.hexadecimal(try data.octets(tagLength))
        let key = Presentation.base64(try data.octets(keyLength))
        let servers = try names.write(&data)
        return "\(algorithm) \(tag) \(key)" + (servers.isEmpty ? "" : " \(servers)")
    }

    /// Flags, protocol, algorithm and key; the flags can say that there is no key (RFC 2535 section 3.1.2).
    static let oldKey = DataField { fields throws(PresentationError) in
        let flags = try readFlags(&fields)
        let kinds = try keyProtocol.read(&fields) + algorithm.read(&fields)
        let key = try fields.base64("public key")
        guard key.isEmpty == hasNoKey(flags) else {
            throw PresentationError(
                key.isEmpty ? "KEY data lacks its public key" : "KEY flags \(flags) say that there is no key")
        }
        return RecordData.octets(flags) + kinds + key
    } write: { data throws(MessageError) in
        let flags = try data.uint16()
        let numbers = "\(flags) \(try data.uint8()) \(try data.uint8())"
        guard data.isAtEnd == hasNoKey(flags) else { throw data.malformed() }
        return data.isAtEnd ? numbers : numbers + " " + Presentation.base64(data.rest())
    }

    /// A key's flags, as a number or as BIND's names of bits with “|” between them: `ZONE|KSK`.
    static let keyFlags = DataField { fields throws(PresentationError) in
        RecordData.octets(try readFlags(&fields))
    } write: { data throws(MessageError) in
        "\(try data.uint16())"
    }

    private static func readFlags(_ fields: inout RecordFields) throws(PresentationError) -> UInt16 {
        let names = fields.nextText?.uppercased().split(separator: "|", omittingEmptySubsequences: false) ?? []
        let flags = names.compactMap { flagsByName[String($0)] }
        guard !flags.isEmpty, flags.count == names.count else { return try fields.number("flags") }
        _ = try fields.next("flags")
        return flags.reduce(0, |)
    }

    /// The flags of RFC 2535 section 3.1.2, and KSK of RFC 4034 section 2.1.1.
    private static let flagsByName: [String: UInt16] = {
        var flags: [String: UInt16] = [
            "NOCONF": 0x4000, "NOAUTH": 0x8000, "NOKEY": 0xC000, "FLAG2": 0x2000, "EXTEND": 0x1000, "FLAG4": 0x0800,
            "FLAG5": 0x0400, "USER": 0, "ZONE": 0x0100, "HOST": 0x0200, "NTYP3": 0x0300, "FLAG8": 0x0080, "FLAG9": 0x0040,
            "FLAG10": 0x0020, "FLAG11": 0x0010, "KSK": 0x0001,
        ]
        for signatory in 0...15 { flags["SIG\(signatory)"] = UInt16(signatory) }
        return flags
    }()

    /// A key's protocol (RFC 2535 section 3.1.3).
    static let keyProtocol = named(
        "protocol", ["NONE": 0, "TLS": 1, "EMAIL": 2, "DNSSEC": 3, "IPSEC": 4, "ALL": 255] as [String: UInt8])

    private static func hasNoKey(_ flags: UInt16) -> Bool { flags & 0xC000 == 0xC000 }

    /// A DNSSEC algorithm, as a number or a mnemonic (RFC 4034 appendix A.1).
    static let algorithm = named(
        "algorithm",
        [
            "RSAMD5": 1, "DH": 2, "DSA": 3, "ECC": 4, "RSASHA1": 5, "NSEC3DSA": 6, "DSA-NSEC3-SHA1": 6, "NSEC3RSASHA1": 7,
            "RSASHA1-NSEC3-SHA1": 7, "RSASHA256": 8, "RSASHA512": 10, "ECCGOST": 12, "ECC-GOST": 12, "ECDSAP256SHA256": 13,
            "ECDSAP384SHA384": 14, "ED25519": 15, "ED448": 16, "INDIRECT": 252, "PRIVATEDNS": 253, "PRIVATEOID": 254,
        ] as [String: UInt8])
}
