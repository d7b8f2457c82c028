/// Reads the words of a record's RDATA, one after the other.
struct RecordFields {
    let type: RecordType
    private let origin: DomainName?
    private var tokens: ArraySlice<Presentation.Token>

    /// - Parameter origin: the origin of names without a final dot; `nil` if there must be no such names.
    init(type: RecordType, tokens: [Presentation.Token], origin: DomainName?) {
        self.type = type
        self.tokens = tokens[...]
        self.origin = origin
    }

    var isAtEnd: Bool { tokens.isEmpty }
    var nextText: String? { tokens.first?.text }

    /// - Parameter mayBeQuoted: whether the word may be in quotes, as only texts may (RFC 1035 section 5.1).
    mutating func next(_ what: String, mayBeQuoted: Bool = false) throws(PresentationError) -> Presentation.Token {
        guard let token = tokens.popFirst() else { throw PresentationError("\(type) data lacks its \(what)") }
        guard mayBeQuoted || !token.isQuoted else {
            throw PresentationError("\(type) \(what) “\(token.text)” is in quotes, which are for texts only")
        }
        return token
    }

    /// Takes the next word if it is in quotes and no blank stands before it.
    mutating func nextIfAttachedQuote() -> Presentation.Token? {
        guard let token = tokens.first, token.isQuoted, token.followsDirectly else { return nil }
        return tokens.popFirst()
    }

    /// Takes all remaining words.
    mutating func rest() throws(PresentationError) -> [Presentation.Token] {
        var rest: [Presentation.Token] = []
        while !tokens.isEmpty { rest.append(try next("data")) }
        return rest
    }

    func end() throws(PresentationError) {
        if let extra = tokens.first { throw PresentationError("“\(extra.text)” is one field too many for \(type) data") }
    }

    // MARK: The generic form

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

    // MARK: Kinds of fields

    /// Takes all remaining words, as pairs of hexadecimal digits.
    mutating func hexadecimal() throws(PresentationError) -> [UInt8] {
        let digits = try rest().flatMap(\.octets)
        guard !digits.isEmpty, let octets = Presentation.octets(ofHexadecimal: digits) else {
            throw PresentationError("\(type) data must end in pairs of hexadecimal digits")
        }
        return octets
    }

    /// Takes all remaining words, as base64 (RFC 4648 section 4).
    mutating func base64(_ what: String) throws(PresentationError) -> [UInt8] {
        let digits = try rest().flatMap(\.octets)
        guard let octets = Presentation.octets(ofBase64: digits) else {
            throw PresentationError("\(type) \(what) is not base64 with its padding (RFC 4648 section 4)")
        }
        return octets
    }

    /// Takes a number of seconds, or numbers with units: `1h30m`.
    mutating func duration(_ what: String) throws(PresentationError) -> UInt32 {
        let text = try next(what).text
        guard let seconds = Presentation.seconds(text, maximum: .max) else {
            throw PresentationError("\(type) \(what) “\(text)” is not a number of seconds or one with units like 1h30m")
        }
        return seconds
    }

    mutating func name(_ what: String = "name") throws(PresentationError) -> DomainName {
        try DomainName(try next(what), relativeTo: origin)
    }

    mutating func number<Number: FixedWidthInteger>(_ what: String) throws(PresentationError) -> Number {
        let text = try next(what).text
        guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Number(text) else {
            throw PresentationError("\(type) \(what) “\(text)” is not a number from \(Number.min) to \(Number.max)")
        }
        return number
    }

    /// Takes a number that may also be written as a word, in any case.
    mutating func number<Number: FixedWidthInteger>(
        _ what: String, names: [String: Number]
    ) throws(PresentationError) -> Number {
        guard let text = nextText, let number = names[text.uppercased()] else { return try self.number(what) }
        _ = try next(what)
        return number
    }

    mutating func string(_ what: String, maximum: Int = 255) throws(PresentationError) -> [UInt8] {
        let string = try Presentation.unescaped(try next(what, mayBeQuoted: true).octets)
        guard string.count <= maximum else {
            throw PresentationError("\(type) \(what) has \(string.count) octets; at most \(maximum) fit in one string")
        }
        return string
    }
}
