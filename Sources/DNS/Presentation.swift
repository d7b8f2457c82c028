/// An error in text that should be in presentation form (RFC 1035 section 5.1), in words for the author of the text.
package struct PresentationError: Error, Hashable, CustomStringConvertible {
    package let description: String
    /// Whether only an origin is missing, to which names without a final dot are relative.
    let lacksOrigin: Bool

    package init(_ description: String) {
        self.init(description, lacksOrigin: false)
    }

    init(_ description: String, lacksOrigin: Bool) {
        self.description = description
        self.lacksOrigin = lacksOrigin
    }
}

/// The parts of the presentation form that names, strings and whole lines share.
enum Presentation {
    /// Returns `\DDD`.
    static func decimalEscape(_ octet: UInt8) -> String {
        let digits = String(octet)
        return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }

    /// The largest TTL, in seconds (RFC 2181 section 8).
    static let maximumTTL: UInt32 = 0x7FFF_FFFF

    /// Reads a number of seconds, or numbers with the units s, m, h, d and w.
    static func seconds(_ text: String, maximum: UInt32 = maximumTTL) -> UInt32? {
        if text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) { return UInt32(text).flatMap { $0 <= maximum ? $0 : nil } }
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
                guard total <= maximum else { return nil }
            }
        }
        return digits.isEmpty && !text.isEmpty ? UInt32(total) : nil
    }

    /// Returns a character-string in quotes (RFC 1035 section 5.1).
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

    /// Returns the octets that a text stands for.
    static func unescaped(_ octets: [UInt8]) throws(PresentationError) -> [UInt8] {
        var unescaping = Unescaping(octets)
        var result: [UInt8] = []
        while let octet = try unescaping.next() { result.append(octet.value) }
        return result
    }

    /// Iterates over a text's octets and resolves `\X` and `\DDD`.
    struct Unescaping {
        private var octets: ArraySlice<UInt8>

        init(_ octets: [UInt8]) {
            self.octets = octets[...]
        }

        mutating func next() throws(PresentationError) -> (value: UInt8, isEscaped: Bool)? {
            guard let octet = octets.popFirst() else { return nil }
            guard octet == UInt8(ascii: "\\") else { return (octet, false) }
            guard let escaped = octets.popFirst() else { throw PresentationError("there is a backslash at the end") }
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
}
