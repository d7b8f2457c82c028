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

    /// A word of a line; what stood in quotes keeps its blanks.
    struct Token {
        var text: String
        var isQuoted: Bool
    }

    /// Splits a line at blanks, honouring quotes, backslashes and comments that a semicolon begins.
    static func tokens(of line: some StringProtocol) throws(PresentationError) -> [Token] {
        var tokens: [Token] = []
        var current: [UInt8]?
        var isQuoted = false
        var octets = Array(line.utf8)[...]
        func token(_ octets: [UInt8], quoted: Bool) -> Token {
            Token(text: String(decoding: octets, as: UTF8.self), isQuoted: quoted)
        }
        scan: while let octet = octets.popFirst() {
            switch octet {
            case UInt8(ascii: "\\"):
                current = (current ?? []) + [octet] + (octets.popFirst().map { [$0] } ?? [])
            case UInt8(ascii: "\""):
                if isQuoted {
                    tokens.append(token(current ?? [], quoted: true))
                    current = nil
                } else if let word = current {
                    tokens.append(token(word, quoted: false))
                    current = []
                } else {
                    current = []
                }
                isQuoted.toggle()
            case _ where isQuoted:
                current?.append(octet)
            case 0x20, 0x09:
                if let word = current { tokens.append(token(word, quoted: false)) }
                current = nil
            case UInt8(ascii: ";"):
                break scan
            default:
                current = (current ?? []) + [octet]
            }
        }
        guard !isQuoted else { throw PresentationError("a quotation mark is not closed") }
        if let word = current { tokens.append(token(word, quoted: false)) }
        return tokens
    }
}
