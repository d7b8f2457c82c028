/// A substitution expression of NAPTR (RFC 3402 section 3.2): a delimiter, an extended regular expression, a replacement and flags, as in
/// `!^.*$!sip:info@example.net!i`. The checks are those of BIND.
enum NAPTRExpression {
    /// Whether octets are a valid expression. An empty text is valid.
    static func isRight(_ octets: [UInt8]) -> Bool {
        guard let delimiter = octets.first else { return true }
        switch delimiter {
        case 0, UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "\\"), UInt8(ascii: "i"): return false
        default: break
        }
        var parts: [[UInt8]] = [[]]
        var highestReference = 0
        var rest = octets.dropFirst()
        while let octet = rest.popFirst() {
            guard octet != 0 else { return false }
            if octet == delimiter {
                guard parts.count < 3 else { return false }
                parts.append([])
                continue
            }
            parts[parts.count - 1].append(octet)
            guard parts.count < 3, octet == UInt8(ascii: "\\") else { continue }
            guard let escaped = rest.popFirst(), escaped != 0 else { return false }
            parts[parts.count - 1].append(escaped)
            guard parts.count == 2, 0x30...0x39 ~= escaped else { continue }
            guard escaped != UInt8(ascii: "0") else { return false }
            highestReference = max(highestReference, Int(escaped) - 0x30)
        }
        guard parts.count == 3, parts[2].allSatisfy({ $0 == UInt8(ascii: "i") }) else { return false }
        return groupCount(ofRegularExpression: parts[0]).map { highestReference <= $0 } ?? false
    }

    /// - Returns: the number of groups in parentheses; `nil` if the text is not a POSIX extended regular expression.
    private static func groupCount(ofRegularExpression octets: [UInt8]) -> Int? {
        var rest = octets[...]
        var (open, groups) = (0, 0)
        // Whether there is an atom to repeat, whether it is repeated already, and whether it may be missing.
        var (hasAtom, isRepeated, mayBeEmpty) = (false, false, false)
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                if 0x31...0x39 ~= escaped, Int(escaped) - 0x30 > groups { return nil }
                (hasAtom, isRepeated) = (true, false)
            case UInt8(ascii: "["):
                guard skipBracket(&rest) else { return nil }
                (hasAtom, isRepeated) = (true, false)
            case UInt8(ascii: "{") where rest.first.map { 0x30...0x39 ~= $0 } == true:
                guard hasAtom, !isRepeated, skipBound(&rest) else { return nil }
                isRepeated = true
            case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
                guard hasAtom, !isRepeated else { return nil }
                isRepeated = true
            case UInt8(ascii: "("):
                open += 1
                groups += 1
                (hasAtom, isRepeated, mayBeEmpty) = (false, false, true)
            case UInt8(ascii: ")"):
                guard open == 0 || hasAtom || mayBeEmpty else { return nil }
                open = max(0, open - 1)
                (hasAtom, isRepeated) = (true, false)
            case UInt8(ascii: "|"):
                guard hasAtom else { return nil }
                (hasAtom, isRepeated, mayBeEmpty) = (false, false, false)
            case UInt8(ascii: "^"), UInt8(ascii: "$"):
                (hasAtom, isRepeated) = (true, true)
            default:
                (hasAtom, isRepeated) = (true, false)
            }
        }
        return open == 0 && hasAtom ? groups : nil
    }

    /// Skips what follows `{`: one number, or two of which the second is not less.
    private static func skipBound(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { return false }
        let parts = String(decoding: rest[..<end], as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
        rest = rest[(end + 1)...]
        guard 1...2 ~= parts.count, let low = UInt8(parts[0]) else { return false }
        guard parts.count == 2, !parts[1].isEmpty else { return true }
        return UInt8(parts[1]).map { $0 >= low } ?? false
    }

    /// Skips what follows `[`, up to the `]` that belongs to it.
    private static func skipBracket(_ rest: inout ArraySlice<UInt8>) -> Bool {
        if rest.first == UInt8(ascii: "^") { rest.removeFirst() }
        var isFirst = true
        var previous: UInt8?
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "]") where !isFirst: return true
            case UInt8(ascii: "[") where rest.first.map({ ":.=".utf8.contains($0) }) ?? false:
                guard skipClass(&rest) else { return false }
                previous = nil
            case UInt8(ascii: "-") where previous != nil && rest.first != nil && rest.first != UInt8(ascii: "]"):
                guard let end = rest.popFirst(), let start = previous, start <= end else { return false }
                previous = nil
            default: previous = octet
            }
            isFirst = false
        }
        return false
    }

    private static let classes = [
        "alnum", "digit", "punct", "alpha", "graph", "space", "blank", "lower", "upper", "cntrl", "print", "xdigit",
    ]

    /// Skips what follows `[` within brackets: `:alpha:]`, `.x.]` or `=x=]`.
    private static func skipClass(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard let kind = rest.popFirst(), let end = rest.firstIndex(of: kind), end + 1 < rest.endIndex,
            rest[end + 1] == UInt8(ascii: "]")
        else { return false }
        let name = String(decoding: rest[..<end], as: UTF8.self)
        rest = rest[(end + 2)...]
        return kind == UInt8(ascii: ":") ? classes.contains(name) : !name.isEmpty
    }
}

extension DataField {
    /// The expression of NAPTR (RFC 3403 section 4.1).
    static let substitution = DataField { fields throws(PresentationError) in
        let expression = try fields.string("expression")
        guard NAPTRExpression.isRight(expression) else {
            throw PresentationError(
                "NAPTR expression \(Presentation.quoted(expression)) is not one like \"!^.*$!sip:info@example.net!\" "
                    + "(RFC 3402 section 3.2)")
        }
        return RecordData.characterString(expression)
    } write: { data throws(MessageError) in
        let expression = Array(try data.string())
        guard NAPTRExpression.isRight(expression) else { throw data.malformed() }
        return Presentation.quoted(expression)
    }
}
