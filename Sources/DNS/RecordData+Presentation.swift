extension RecordData {
    /// Reads the RDATA fields of a record.
    ///
    /// - Parameter origin: what names without a final dot are below; nothing where there must be none.
    init(type: RecordType, fields: [Presentation.Token], origin: DomainName?) throws(PresentationError) {
        var fields = Fields(type: type, tokens: fields, origin: origin)
        if fields.isGeneric {
            let octets = try fields.genericOctets()
            try RecordData.validate(octets, of: type)
            self.init(type: type, octets: octets)
            return
        }
        let octets: [UInt8]
        switch type {
        case .a:
            octets = try fields.ipv4Address().octets
        case .aaaa:
            octets = try fields.ipv6Address().octets
        case .ns, .cname, .ptr, .dname:
            octets = try fields.name().wire
        case .mx:
            octets = RecordData.octets(try fields.number("preference") as UInt16) + (try fields.name().wire)
        case .srv:
            var wire: [UInt8] = []
            for field in ["priority", "weight", "port"] {
                wire += RecordData.octets(try fields.number(field) as UInt16)
            }
            octets = wire + (try fields.name().wire)
        case .caa:
            let flags: UInt8 = try fields.number("flags")
            let tag = try fields.tag()
            octets = [flags] + RecordData.characterString(tag) + (try fields.string("value", maximum: 60_000))
        case .txt, .hinfo:
            octets = try fields.characterStrings()
        case .soa:
            var wire = try fields.name().wire + fields.name().wire
            wire += RecordData.octets(try fields.number("serial") as UInt32)
            for field in ["refresh", "retry", "expire", "minimum"] { wire += RecordData.octets(try fields.duration(field)) }
            octets = wire
        case .ds:
            let keyTag: UInt16 = try fields.number("key tag")
            let algorithm: UInt8 = try fields.number("algorithm")
            let digestType: UInt8 = try fields.number("digest type")
            octets = RecordData.octets(keyTag) + [algorithm, digestType] + (try fields.hexadecimal())
        default:
            throw PresentationError(
                "data of type \(type) can be written in the form of RFC 3597 only: \\# LENGTH HEXADECIMAL")
        }
        try fields.end()
        self.init(type: type, octets: octets)
    }

    /// Octets given in the generic form must still be what their type says: a name that is not one would break the responses.
    private static func validate(_ octets: [UInt8], of type: RecordType) throws(PresentationError) {
        func checkName(from start: Int, reaching end: Int) -> Bool {
            var position = start
            guard start <= octets.count, let name = try? DomainName(of: octets.span, at: &position) else { return false }
            return position == end && name.wire.count == end - start
        }
        let isRight =
            switch type {
            case .a: octets.count == 4
            case .aaaa: octets.count == 16
            case .ns, .cname, .ptr, .dname: checkName(from: 0, reaching: octets.count)
            case .mx: checkName(from: 2, reaching: octets.count)
            case .srv: checkName(from: 6, reaching: octets.count)
            case .txt, .hinfo: characterStringsFill(octets)
            case .soa: checkSOA(octets)
            case .ds: octets.count > 4
            case .caa: octets.count >= 3 && octets[1] > 0 && octets.count >= 2 + Int(octets[1])
            default: true
            }
        guard isRight else { throw PresentationError("these octets are not data of type \(type)") }
    }

    /// Two names and five numbers (RFC 1035 section 3.3.13).
    private static func checkSOA(_ octets: [UInt8]) -> Bool {
        var position = 0
        for _ in 0..<2 {
            let start = position
            guard let name = try? DomainName(of: octets.span, at: &position), name.wire.count == position - start
            else { return false }
        }
        return octets.count == position + 20
    }

    private static func characterStringsFill(_ octets: [UInt8]) -> Bool {
        var position = 0
        while position < octets.count { position += Int(octets[position]) + 1 }
        return !octets.isEmpty && position == octets.count
    }
}

/// The fields of RDATA, taken one after the other.
private struct Fields {
    let type: RecordType
    private let origin: DomainName?
    private var tokens: ArraySlice<Presentation.Token>

    init(type: RecordType, tokens: [Presentation.Token], origin: DomainName?) {
        self.type = type
        self.tokens = tokens[...]
        self.origin = origin
    }

    private mutating func next(_ what: String) throws(PresentationError) -> Presentation.Token {
        guard let token = tokens.popFirst() else { throw PresentationError("\(type) data lacks its \(what)") }
        return token
    }

    func end() throws(PresentationError) {
        if let extra = tokens.first { throw PresentationError("“\(extra.text)” is one field too many for \(type) data") }
    }

    /// Whether the data is in the form `\# LENGTH HEXADECIMAL` (RFC 3597 section 5).
    var isGeneric: Bool { tokens.first.map { $0.text == "\\#" && !$0.isQuoted } ?? false }

    mutating func genericOctets() throws(PresentationError) -> [UInt8] {
        _ = tokens.popFirst()
        let length: UInt16 = try number("length")
        let octets = tokens.isEmpty ? [] : try hexadecimal()
        guard octets.count == Int(length) else {
            throw PresentationError("\\# \(length) promises \(length) octets, but \(octets.count) follow")
        }
        return octets
    }

    /// All that is left, as pairs of hexadecimal digits.
    mutating func hexadecimal() throws(PresentationError) -> [UInt8] {
        let digits = Array(tokens.map(\.text).joined())
        tokens = []
        guard !digits.isEmpty, digits.count.isMultiple(of: 2), digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw PresentationError("\(type) data must end in pairs of hexadecimal digits")
        }
        return stride(from: 0, to: digits.count, by: 2).map { start in
            UInt8(truncatingIfNeeded: (digits[start].hexDigitValue ?? 0) << 4 | (digits[start + 1].hexDigitValue ?? 0))
        }
    }

    /// Seconds, or numbers with units: `1h30m`.
    mutating func duration(_ what: String) throws(PresentationError) -> UInt32 {
        let text = try next(what).text
        guard let seconds = Presentation.seconds(text) else {
            throw PresentationError("\(type) \(what) “\(text)” is not a number of seconds, nor one with units like 1h30m")
        }
        return seconds
    }

    mutating func name() throws(PresentationError) -> DomainName {
        try DomainName(try next("name").text, relativeTo: origin)
    }

    mutating func number<Number: FixedWidthInteger>(_ what: String) throws(PresentationError) -> Number {
        let text = try next(what).text
        guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Number(text) else {
            throw PresentationError("\(type) \(what) “\(text)” is not a number from \(Number.min) to \(Number.max)")
        }
        return number
    }

    mutating func ipv4Address() throws(PresentationError) -> IPv4Address {
        let text = try next("address").text
        guard let address = IPv4Address(text) else {
            throw PresentationError("“\(text)” is not an IPv4 address like 192.0.2.1")
        }
        return address
    }

    mutating func ipv6Address() throws(PresentationError) -> IPv6Address {
        let text = try next("address").text
        guard let address = IPv6Address(text) else {
            throw PresentationError("“\(text)” is not an IPv6 address like 2001:db8::1")
        }
        return address
    }

    mutating func tag() throws(PresentationError) -> [UInt8] {
        let tag = try string("tag", maximum: 255)
        guard !tag.isEmpty, tag.allSatisfy({ 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 }) else {
            throw PresentationError("a CAA tag is made of letters and digits, as “issue” is")
        }
        return tag
    }

    mutating func string(_ what: String, maximum: Int) throws(PresentationError) -> [UInt8] {
        var octets = Presentation.Unescaping(try next(what).text)
        var string: [UInt8] = []
        while let octet = try octets.next() { string.append(octet.value) }
        guard string.count <= maximum else {
            throw PresentationError("\(type) \(what) has \(string.count) octets; at most \(maximum) fit in one string")
        }
        return string
    }

    mutating func characterStrings() throws(PresentationError) -> [UInt8] {
        var octets: [UInt8] = []
        repeat {
            octets += RecordData.characterString(try string("text", maximum: 255))
        } while !tokens.isEmpty
        guard octets.count <= 60_000 else { throw PresentationError("a record holds at most 60,000 octets of text") }
        return octets
    }
}

extension RecordData: CustomStringConvertible {
    /// The RDATA in presentation form; in that of RFC 3597 where the type has no form of its own here.
    package var description: String {
        switch type {
        case .a where octets.count == 4:
            return IPv4Address(octets: octets).description
        case .aaaa where octets.count == 16:
            return IPv6Address(octets: octets).description
        case .ns, .cname, .ptr, .mx, .srv:
            let numbers = stride(from: 0, to: type == .mx ? 2 : type == .srv ? 6 : 0, by: 2).map {
                String(UInt16(octets[$0]) << 8 | UInt16(octets[$0 + 1]))
            }
            return (numbers + [target?.description ?? "."]).joined(separator: " ")
        case .txt:
            var strings: [String] = []
            var position = 0
            while position < octets.count {
                let end = min(position + 1 + Int(octets[position]), octets.count)
                strings.append(Presentation.quoted(octets[position + 1..<end]))
                position = end
            }
            return strings.joined(separator: " ")
        case .caa where octets.count >= 2 && octets.count >= 2 + Int(octets[1]):
            let valueStart = 2 + Int(octets[1])
            let tag = String(decoding: octets[2..<valueStart], as: UTF8.self)
            return "\(octets[0]) \(tag) \(Presentation.quoted(octets[valueStart...]))"
        case .soa:
            return soaDescription ?? genericDescription
        case .ds, .cds:
            return digestDescription ?? genericDescription
        case .dnskey, .cdnskey:
            return keyDescription ?? genericDescription
        default:
            return genericDescription
        }
    }

    private var soaDescription: String? {
        let octets = octets.span
        var position = 0
        guard let primary = try? DomainName(of: octets, at: &position),
            let mailbox = try? DomainName(of: octets, at: &position)
        else { return nil }
        var text = "\(primary) \(mailbox)"
        for _ in 0..<5 {
            guard let number = try? octets.readUInt32(at: &position) else { return nil }
            text += " \(number)"
        }
        return text
    }

    /// RFC 4034 section 5.3; the digest of a CDS that asks for no DS is one octet of zero (RFC 8078 section 4).
    private var digestDescription: String? {
        guard octets.count > 4 else { return nil }
        return
            "\(UInt16(octets[0]) << 8 | UInt16(octets[1])) \(octets[2]) \(octets[3]) \(Presentation.hexadecimal(octets[4...]))"
    }

    /// RFC 4034 section 2.2.
    private var keyDescription: String? {
        guard octets.count > 4 else { return nil }
        return "\(UInt16(octets[0]) << 8 | UInt16(octets[1])) \(octets[2]) \(octets[3]) \(Presentation.base64(octets[4...]))"
    }

    private var genericDescription: String {
        octets.isEmpty ? "\\# 0" : "\\# \(octets.count) \(Presentation.hexadecimal(octets))"
    }
}
