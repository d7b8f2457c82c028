/// What is wrong with a text that should be in presentation form (RFC 1035 section 5.1), in words for the person who wrote it.
package struct PresentationError: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// The parts of the presentation form that names, strings and whole lines share.
enum Presentation {
    /// `\DDD`.
    static func decimalEscape(_ octet: UInt8) -> String {
        let digits = String(octet)
        return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }

    /// Reads seconds, or numbers with the units s, m, h, d and w, at most 2^31 - 1 s (RFC 2181 section 8).
    static func seconds(_ text: String) -> UInt32? {
        if text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) { return UInt32(text).flatMap { $0 <= 0x7FFF_FFFF ? $0 : nil } }
        let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        var total: UInt64 = 0
        var digits = ""
        for character in text.lowercased() {
            if ("0"..."9").contains(character), digits.count < 10 {
                digits.append(character)
            } else {
                guard let unit = units[character], let number = UInt64(digits) else { return nil }
                total += number * unit
                digits = ""
                guard total <= 0x7FFF_FFFF else { return nil }
            }
        }
        return digits.isEmpty && !text.isEmpty ? UInt32(total) : nil
    }

    static func hexadecimal(_ octets: some Sequence<UInt8>) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// RFC 4648 section 4.
    static func base64(_ octets: some Collection<UInt8>) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        var rest = Array(octets)[...]
        while !rest.isEmpty {
            let group = rest.prefix(3)
            rest = rest.dropFirst(3)
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? digits[Int(bits >> UInt32(18 - 6 * place) & 0x3F)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A character-string in quotes (RFC 1035 section 5.1).
    static func quoted(_ octets: some Sequence<UInt8>) -> String {
        var text = "\""
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text += "\\"
                text.unicodeScalars.append(Unicode.Scalar(octet))
            case 0x20...0x7E:
                text.unicodeScalars.append(Unicode.Scalar(octet))
            default:
                text += decimalEscape(octet)
            }
        }
        return text + "\""
    }

    /// Walks through a text's octets and resolves `\X` and `\DDD`.
    struct Unescaping {
        private var octets: ArraySlice<UInt8>

        init(_ text: some StringProtocol) {
            octets = Array(text.utf8)[...]
        }

        mutating func next() throws(PresentationError) -> (value: UInt8, isEscaped: Bool)? {
            guard let octet = octets.popFirst() else { return nil }
            guard octet == UInt8(ascii: "\\") else { return (octet, false) }
            guard let escaped = octets.popFirst() else { throw PresentationError("a backslash stands at the end") }
            guard isDigit(escaped) else { return (escaped, true) }
            guard let second = octets.popFirst(), let third = octets.popFirst(), isDigit(second), isDigit(third) else {
                throw PresentationError("a backslash and a digit need three digits, as in \\046")
            }
            let value = [escaped, second, third].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            guard let octet = UInt8(exactly: value) else {
                throw PresentationError("\\\(value) is more than an octet holds: at most \\255")
            }
            return (octet, true)
        }

        private func isDigit(_ octet: UInt8) -> Bool { 0x30...0x39 ~= octet }
    }

    /// A word of an entry; what stood in quotes keeps its blanks.
    struct Token {
        var text: String
        var isQuoted: Bool
    }

    /// One record or directive: a line, or several that parentheses hold together.
    struct Entry {
        /// The number of its first line, from 1 on.
        var line: Int
        /// Whether the line begins with a blank, so that the owner is the one before it.
        var beginsWithBlank: Bool
        var tokens: [Token]
    }

    /// Splits text into entries and words, honouring quotes, backslashes, parentheses and comments that a semicolon begins.
    struct Scanner {
        private var octets: ArraySlice<UInt8>
        private(set) var line = 1

        init(_ text: some StringProtocol) {
            octets = Array(text.utf8)[...]
        }

        /// The next entry that is not empty; nothing at the end of the text.
        ///
        /// - Throws: ``PresentationError`` for what was left open; scanning may go on behind it.
        mutating func next() throws(PresentationError) -> Entry? {
            while !octets.isEmpty {
                let entry = try nextEntry()
                if !entry.tokens.isEmpty { return entry }
            }
            return nil
        }

        private mutating func nextEntry() throws(PresentationError) -> Entry {
            var entry = Entry(line: line, beginsWithBlank: octets.first == 0x20 || octets.first == 0x09, tokens: [])
            var word: [UInt8]?
            var isQuoted = false
            var depth = 0
            func finishWord() {
                guard let octets = word else { return }
                entry.tokens.append(Token(text: String(decoding: octets, as: UTF8.self), isQuoted: isQuoted))
                word = nil
            }
            while let octet = octets.popFirst() {
                switch octet {
                case UInt8(ascii: "\n"):
                    line += 1
                    if isQuoted { throw PresentationError("a quotation mark is not closed") }
                    finishWord()
                    if depth == 0 { return entry }
                case UInt8(ascii: "\\"):
                    // A line's end is never escaped.
                    let next = octets.first == UInt8(ascii: "\n") ? nil : octets.popFirst()
                    if word == nil { word = [] }
                    word?.append(octet)
                    if let next { word?.append(next) }
                case UInt8(ascii: "\""):
                    finishWord()
                    isQuoted.toggle()
                    if isQuoted { word = [] }
                case _ where isQuoted:
                    word?.append(octet)
                case 0x20, 0x09, 0x0D:
                    finishWord()
                case UInt8(ascii: ";"):
                    finishWord()
                    while let next = octets.first, next != UInt8(ascii: "\n") { octets.removeFirst() }
                case UInt8(ascii: "("):
                    finishWord()
                    depth += 1
                case UInt8(ascii: ")"):
                    finishWord()
                    guard depth > 0 else { throw PresentationError("a parenthesis is closed that was not opened") }
                    depth -= 1
                default:
                    if word == nil { word = [] }
                    word?.append(octet)
                }
            }
            guard !isQuoted else { throw PresentationError("a quotation mark is not closed") }
            guard depth == 0 else { throw PresentationError("a parenthesis is not closed") }
            finishWord()
            return entry
        }
    }
}
