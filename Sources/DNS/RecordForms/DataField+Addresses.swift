/// Fields whose number says what follows: a kind of address, a name, or nothing.
extension DataField {
    /// Address prefixes to the end, any number of them: `1:192.0.2.0/24 !2:2001:db8::/32` (RFC 3123).
    static let addressPrefixes = DataField { fields throws(PresentationError) in
        var octets: [UInt8] = []
        for token in try fields.rest() {
            let text = token.text
            guard let item = addressPrefix(text) else {
                throw PresentationError("“\(text)” is not an item of APL data like 1:192.0.2.0/24 or !2:2001:db8::/32")
            }
            octets += item
        }
        return octets
    } write: { data throws(MessageError) in
        var items: [String] = []
        while !data.isAtEnd {
            let family = try data.uint16()
            let length = try data.uint8()
            let rest = try data.uint8()
            let octets = Array(try data.octets(Int(rest & 0x7F)))
            let size = family == 1 ? 4 : 16
            guard 1...2 ~= family, octets.count <= size, Int(length) <= size * 8, octets.last != 0 else {
                throw data.malformed()
            }
            let whole = octets + [UInt8](repeating: 0, count: size - octets.count)
            let address = family == 1 ? IPv4Address(octets: whole).description : IPv6Address(octets: whole).description
            items.append("\(rest & 0x80 != 0 ? "!" : "")\(family):\(address)/\(length)")
        }
        return items.joined(separator: " ")
    }

    /// Whether octets are valid items, at least one of them of an unknown address family.
    static func hasOtherFamilies(_ octets: [UInt8]) -> Bool {
        var rest = octets[...]
        var hasOther = false
        while !rest.isEmpty {
            guard rest.count >= 4 else { return false }
            let header = Array(rest.prefix(4))
            let length = Int(header[3] & 0x7F)
            // Trailing zeros are omitted.
            guard rest.count >= 4 + length, length == 0 || rest.dropFirst(4).prefix(length).last != 0 else { return false }
            let isKnown = header[0] == 0 && 1...2 ~= header[1]
            hasOther = hasOther || !isKnown
            var item = DataReader(Array(rest.prefix(4 + length)))
            if isKnown, (try? addressPrefixes.write(&item)) == nil { return false }
            rest = rest.dropFirst(4 + length)
        }
        return hasOther
    }

    private static func addressPrefix(_ text: String) -> [UInt8]? {
        let isNegated = text.hasPrefix("!")
        let parts = text.dropFirst(isNegated ? 1 : 0).split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let halves = parts[1].split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let length = UInt8(halves[1]) else { return nil }
        var octets: [UInt8]
        switch parts[0] {
        case "1":
            guard let address = IPv4Address(halves[0]), length <= 32 else { return nil }
            octets = address.octets
        case "2":
            guard let address = IPv6Address(halves[0]), length <= 128 else { return nil }
            octets = address.octets
        default: return nil
        }
        // Trailing zeros are omitted (RFC 3123 section 4).
        while octets.last == 0 { octets.removeLast() }
        return [0, parts[0] == "1" ? 1 : 2, length, UInt8(octets.count) | (isNegated ? 0x80 : 0)] + octets
    }

    /// The kind of gateway, the key's algorithm, the gateway, and the key, which may be missing only if the algorithm is 0 (RFC 4025).
    static let gatewayAndKey = DataField { fields throws(PresentationError) in
        let kind: UInt8 = try fields.number("gateway type")
        let algorithm: UInt8 = try fields.number("algorithm")
        let gateway = try readGateway(&fields, kind: kind)
        let key = try fields.base64("public key")
        guard !key.isEmpty || algorithm == 0 else { throw PresentationError("IPSECKEY data lacks its public key") }
        return [kind, algorithm] + gateway + key
    } write: { data throws(MessageError) in
        let kind = try data.uint8()
        let algorithm = try data.uint8()
        let address = try gateway(&data, kind: kind)
        guard !data.isAtEnd || algorithm == 0 else { throw data.malformed() }
        let key = Presentation.base64(data.rest())
        return "\(kind) \(algorithm) \(address)" + (key.isEmpty ? "" : " \(key)")
    }

    /// Whether discovery is optional, the kind of relay, and the relay (RFC 8777 section 4.2).
    static let relay = DataField { fields throws(PresentationError) in
        let discovery: UInt8 = try fields.number("discovery flag")
        let kind: UInt8 = try fields.number("relay type")
        guard discovery <= 1, kind <= 3 else {
            throw PresentationError("AMTRELAY discovery is 0 or 1, and its relay type from 0 to 3")
        }
        return [discovery << 7 | kind] + (try readGateway(&fields, kind: kind))
    } write: { data throws(MessageError) in
        let first = try data.uint8()
        let relay = try gateway(&data, kind: first & 0x7F)
        return "\(first >> 7) \(first & 0x7F) \(relay)"
    }

    private static func readGateway(_ fields: inout RecordFields, kind: UInt8) throws(PresentationError) -> [UInt8] {
        switch kind {
        case 0:
            let text = try fields.next("gateway").text
            guard text == "." else { throw PresentationError("with type 0 there is no gateway: write “.”, not “\(text)”") }
            return []
        case 1: return try ipv4Address.read(&fields)
        case 2: return try ipv6Address.read(&fields)
        case 3: return try fields.name("gateway").wire
        default: throw PresentationError("\(fields.type) gateway type \(kind) is not known: it is from 0 to 3")
        }
    }

    private static func gateway(_ data: inout DataReader, kind: UInt8) throws(MessageError) -> String {
        switch kind {
        case 0: return "."
        case 1: return try ipv4Address.write(&data)
        case 2: return try ipv6Address.write(&data)
        case 3: return try data.name().description
        default: throw data.malformed()
        }
    }

    /// The number of bits that come from a name, the other bits, and the name (RFC 2874 section 3.1).
    static let chainedAddress = DataField { fields throws(PresentationError) in
        let length: UInt8 = try fields.number("prefix length")
        guard length <= 128 else { throw PresentationError("an A6 prefix length is from 0 to 128, not \(length)") }
        var suffix: [UInt8] = []
        if length < 128 {
            suffix = Array(try ipv6Address.read(&fields)[Int(length / 8)...])
            suffix[0] &= 0xFF >> (length % 8)
        }
        return [length] + suffix + (length == 0 ? [] : try fields.name("prefix name").wire)
    } write: { data throws(MessageError) in
        let length = try data.uint8()
        guard length <= 128 else { throw data.malformed() }
        var words = ["\(length)"]
        if length < 128 {
            let suffix = try data.octets(16 - Int(length / 8))
            guard (suffix.first ?? 0) & ~(0xFF >> (length % 8)) == 0 else { throw data.malformed() }
            let zeros = [UInt8](repeating: 0, count: Int(length / 8))
            words.append(IPv6Address(octets: zeros + suffix).description)
        }
        if length > 0 { words.append(try data.name().description) }
        return words.joined(separator: " ")
    }
}
