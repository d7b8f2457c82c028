/// Strings (RFC 8259 section 7).
extension JSONScanner {
    /// Scans a string, from its opening quote to the position after its closing quote.
    ///
    /// - Parameter isKept: whether the text is wanted.
    /// - Returns: the text in UTF-8, escapes resolved; empty if it is not wanted.
    mutating func scanString(isKept: Bool) throws(JSONError) -> [UInt8] {
        var kept: [UInt8] = []
        position += 1
        while let octet = next {
            switch octet {
            case UInt8(ascii: "\""):
                position += 1
                return kept
            case UInt8(ascii: "\\"):
                let scalar = try scanEscape()
                if isKept { kept += Array(String(Character(scalar)).utf8) }
            case 0x00...0x1F:
                throw error("\(found) in a string, where control characters must be escaped, as in “\\n”")
            case 0x20...0x7F:
                position += 1
                if isKept { kept.append(octet) }
            default:
                let length = try lengthOfCharacter(octet)
                if isKept { kept += text[position..<position + length] }
                position += length
            }
        }
        throw error("the text ends in a string")
    }

    private mutating func scanEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position
        position += 1
        let escaped = next
        position += 1
        switch escaped {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try scanCodeUnits(from: start)
        default:
            position -= 1
            throw error("\(found) after “\\”, where one of \" \\ / b f n r t u is expected")
        }
    }

    /// Scans what follows `\u`; the two halves of a surrogate pair are one character.
    ///
    /// - Parameter start: the position of the escape's backslash.
    private mutating func scanCodeUnits(from start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try scanCodeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, next == UInt8(ascii: "\\"), position + 1 < text.count, text[position + 1] == UInt8(ascii: "u") {
            position += 2
            let second = try scanCodeUnit()
            if 0xDC00...0xDFFF ~= second,
                let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
            {
                return scalar
            }
        }
        position = start
        throw error("half of a surrogate pair without the other half (RFC 8259 section 8.2)")
    }

    private mutating func scanCodeUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw error("\(found) where one of the four hexadecimal digits after “\\u” is expected")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }

    /// The length of the character at the position, which begins with an octet above 0x7F (RFC 3629 section 4).
    private func lengthOfCharacter(_ lead: UInt8) throws(JSONError) -> Int {
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: throw error("\(found), which is not UTF-8 (RFC 8259 section 8.1)")
            }
        guard position + length <= text.count, second ~= text[position + 1],
            text[position + 2..<position + length].allSatisfy({ 0x80...0xBF ~= $0 })
        else { throw error("\(found), which does not begin a UTF-8 character here (RFC 8259 section 8.1)") }
        return length
    }
}
