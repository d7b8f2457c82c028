/// Parameters for reaching a service (RFC 9460 section 2): keys with values, to the end.
extension DataField {
    static let serviceParameters = DataField { fields throws(PresentationError) in
        var parameters: [UInt16: [UInt8]] = [:]
        while !fields.isAtEnd {
            let (key, value) = try readParameter(&fields)
            guard parameters.updateValue(value, forKey: key) == nil else {
                throw PresentationError("the parameter \(ServiceParameter.name(of: key)) is given twice")
            }
        }
        // The wire form has them in ascending order.
        let octets = parameters.sorted { $0.key < $1.key }.flatMap { key, value in
            RecordData.octets(key) + RecordData.octets(UInt16(value.count)) + value
        }
        if let problem = ServiceParameter.problem(of: parameters) { throw PresentationError("\(fields.type): \(problem)") }
        return octets
    } write: { data throws(MessageError) in
        var parameters: [UInt16: [UInt8]] = [:]
        var words: [String] = []
        var last = -1
        while !data.isAtEnd {
            let key = try data.uint16()
            let value = Array(try data.octets(Int(try data.uint16())))
            guard Int(key) > last else { throw data.malformed() }
            last = Int(key)
            parameters[key] = value
            guard let text = ServiceParameter.text(of: value, key: key) else { throw data.malformed() }
            words.append(ServiceParameter.name(of: key) + text)
        }
        guard ServiceParameter.problem(of: parameters) == nil else { throw data.malformed() }
        return words.joined(separator: " ")
    }

    /// Reads `KEY`, `KEY=VALUE` or `KEY="VALUE"`.
    private static func readParameter(_ fields: inout RecordFields) throws(PresentationError) -> (UInt16, [UInt8]) {
        let word = try fields.next("parameter").octets
        let end = word.firstIndex(of: UInt8(ascii: "=")) ?? word.endIndex
        let name = String(decoding: word[..<end], as: UTF8.self)
        guard let key = ServiceParameter.key(of: name) else {
            throw PresentationError("“\(name)” is not a parameter of \(fields.type) data; write unknown ones as in key667")
        }
        var written = Array(word[end...].dropFirst())
        if written.isEmpty, end < word.endIndex, let quoted = fields.nextIfAttachedQuote() { written = quoted.octets }
        let value = try Presentation.unescaped(written)
        // The value of keyNNNNN is taken as it is, whatever the number.
        let isRaw = name.lowercased().hasPrefix("key")
        guard let octets = isRaw ? value : ServiceParameter.octets(of: value, key: key), octets.count <= Int(UInt16.max) else {
            let text = String(decoding: value, as: UTF8.self)
            throw PresentationError("“\(text)” is not a value of the parameter \(name): \(ServiceParameter.form(of: key))")
        }
        return (key, octets)
    }
}

/// Parameters that have a form of their own (RFC 9460 section 7, RFC 9461, RFC 9540).
private enum ServiceParameter {
    static let mandatory: UInt16 = 0
    static let alpn: UInt16 = 1
    static let noDefaultALPN: UInt16 = 2
    static let port: UInt16 = 3
    static let ipv4Hint: UInt16 = 4
    static let ech: UInt16 = 5
    static let ipv6Hint: UInt16 = 6
    static let dohPath: UInt16 = 7
    static let ohttp: UInt16 = 8

    private static let names = ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint"]
    /// Parameters that are read by name, but written by number: older programs do not know the names.
    private static let newerNames = ["dohpath": dohPath, "ohttp": ohttp]

    static func name(of key: UInt16) -> String {
        names.indices.contains(Int(key)) ? names[Int(key)] : "key\(key)"
    }

    static func key(of name: String) -> UInt16? {
        let name = name.lowercased()
        if let index = names.firstIndex(of: name) { return UInt16(index) }
        if let key = newerNames[name] { return key }
        let digits = name.dropFirst(3)
        guard name.hasPrefix("key"), digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), digits == "0" || !digits.hasPrefix("0")
        else { return nil }
        return UInt16(digits)
    }

    /// The expected form of a value, in words.
    static func form(of key: UInt16) -> String {
        switch key {
        case mandatory: "it lists other parameters, as in mandatory=alpn,port"
        case alpn: "it lists protocols, as in alpn=h2,h3"
        case noDefaultALPN, ohttp: "it has none"
        case port: "it is a number from 0 to 65535"
        case ipv4Hint: "it lists IPv4 addresses"
        case ech: "it is base64"
        case ipv6Hint: "it lists IPv6 addresses"
        default: "it has at most 65535 octets"
        }
    }

    /// The octets of a written value; `nil` if it does not match the parameter's form.
    static func octets(of value: [UInt8], key: UInt16) -> [UInt8]? {
        var parts: [String] {
            String(decoding: value, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        switch key {
        case mandatory:
            let keys = parts.compactMap(self.key(of:))
            return keys.count == parts.count ? keys.sorted().flatMap(RecordData.octets) : nil
        case alpn:
            guard let identifiers = list(value) else { return nil }
            return identifiers.flatMap(RecordData.characterString)
        case noDefaultALPN, ohttp:
            return value.isEmpty ? [] : nil
        case port:
            guard let text = parts.first, parts.count == 1, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
            return UInt16(text).map(RecordData.octets)
        case ipv4Hint:
            let addresses = parts.compactMap { IPv4Address($0) }
            return addresses.count == parts.count ? addresses.flatMap(\.octets) : nil
        case ipv6Hint:
            let addresses = parts.compactMap { IPv6Address($0) }
            return addresses.count == parts.count ? addresses.flatMap(\.octets) : nil
        case ech:
            return Presentation.octets(ofBase64: value)
        default:
            return value
        }
    }

    /// Splits a list at its commas; a backslash escapes a comma (RFC 9460 appendix A.1).
    private static func list(_ value: [UInt8]) -> [[UInt8]]? {
        var items: [[UInt8]] = [[]]
        var rest = value[...]
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: ","): items.append([])
            case UInt8(ascii: "\\"):
                guard let next = rest.popFirst() else { return nil }
                items[items.count - 1].append(next)
            default: items[items.count - 1].append(octet)
            }
        }
        return items.allSatisfy { 1...255 ~= $0.count } ? items : nil
    }

    /// `=` and the value, or an empty text if there is no value; `nil` if the octets do not match the parameter's form.
    static func text(of octets: [UInt8], key: UInt16) -> String? {
        guard key != noDefaultALPN else { return octets.isEmpty ? "" : nil }
        guard !octets.isEmpty else { return key > ipv6Hint ? "" : nil }
        switch key {
        case mandatory:
            guard let keys = numbers(octets) else { return nil }
            return "=" + keys.map(name(of:)).joined(separator: ",")
        case alpn:
            guard let identifiers = strings(octets) else { return nil }
            let escaped = identifiers.map { identifier in
                identifier.flatMap { [UInt8(ascii: ","), UInt8(ascii: "\\")].contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }
            }
            return "=" + Presentation.quoted(escaped.joined(separator: [UInt8(ascii: ",")]))
        case port:
            return numbers(octets).flatMap { $0.count == 1 ? "=\($0[0])" : nil }
        case ipv4Hint:
            return addresses(octets, size: 4) { IPv4Address(octets: $0).description }
        case ipv6Hint:
            return addresses(octets, size: 16) { IPv6Address(octets: $0).description }
        case ech:
            return "=" + Presentation.base64(octets)
        default:
            return "=" + Presentation.quoted(octets)
        }
    }

    private static func numbers(_ octets: [UInt8]) -> [UInt16]? {
        guard octets.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: octets.count, by: 2).map { UInt16(octets[$0]) << 8 | UInt16(octets[$0 + 1]) }
    }

    private static func strings(_ octets: [UInt8]) -> [[UInt8]]? {
        var data = DataReader(octets)
        var strings: [[UInt8]] = []
        while !data.isAtEnd {
            guard let string = try? data.string(), !string.isEmpty else { return nil }
            strings.append(string)
        }
        return strings
    }

    private static func addresses(_ octets: [UInt8], size: Int, _ text: ([UInt8]) -> String) -> String? {
        guard octets.count.isMultiple(of: size) else { return nil }
        return "="
            + stride(from: 0, to: octets.count, by: size).map { text(Array(octets[$0..<$0 + size])) }.joined(separator: ",")
    }

    /// The problem with a combination of parameters, or with the octets of one, in words; `nil` if they are valid.
    static func problem(of parameters: [UInt16: [UInt8]]) -> String? {
        for (key, value) in parameters {
            if text(of: value, key: key) == nil {
                return "the value of the parameter \(name(of: key)) is not valid: \(form(of: key))"
            }
        }
        if parameters[noDefaultALPN] != nil, parameters[alpn] == nil { return "no-default-alpn needs alpn" }
        if let path = parameters[dohPath], !isPath(path) {
            return "dohpath is a path in UTF-8 with the variable dns, as in /dns-query{?dns} (RFC 9461 section 5)"
        }
        let keys = parameters[mandatory].flatMap(numbers) ?? []
        if zip(keys, keys.dropFirst()).contains(where: { $0 >= $1 }) {
            return "mandatory lists a parameter twice, or out of order"
        }
        for key in keys where key == mandatory || parameters[key] == nil {
            return key == mandatory ? "mandatory lists itself" : "mandatory lists \(name(of: key)), which is missing"
        }
        return nil
    }

    /// A relative URI template with the variable `dns`.
    private static func isPath(_ octets: [UInt8]) -> Bool {
        guard octets.first == UInt8(ascii: "/"), let text = String(validating: octets, as: UTF8.self) else { return false }
        return text.split(separator: "{").dropFirst().contains { expression in
            guard let end = expression.firstIndex(of: "}") else { return false }
            return expression[..<end].drop { "+#./;?&".contains($0) }.split(separator: ",").contains("dns")
        }
    }
}
