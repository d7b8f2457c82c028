/// Scans a text by the grammar of JSON (RFC 8259), without recursion.
struct JSONScanner {
    let text: [UInt8]
    var position = 0
    /// The names of the outermost object's members, in UTF-8.
    private(set) var memberNames: [[UInt8]] = []
    /// The values of those members.
    private(set) var memberValues: [JSONDocument.MemberValue] = []
    /// The arrays and objects that are open at the position.
    private var containers: [Container] = []

    private enum Container {
        case array
        case object
    }

    /// What the grammar expects next.
    private enum Expected {
        case value
        /// After “[”.
        case valueOrEnd
        /// After “{”.
        case nameOrEnd
        /// After a comma in an object.
        case name
        case colon
        case commaOrEnd
    }

    init(_ text: [UInt8]) {
        self.text = text
    }

    /// The octet at the position; `nil` at the end.
    var next: UInt8? { position < text.count ? text[position] : nil }

    /// - Returns: the value's octets.
    mutating func scan(ignoringRest: Bool) throws(JSONError) -> ArraySlice<UInt8> {
        try checkEncoding()
        skipBlanks()
        guard next != nil else { throw error(text.isEmpty ? "the text is empty" : "there is nothing but blanks") }
        let start = position
        try scanValue()
        let value = text[start..<position]
        guard !ignoringRest else { return value }
        skipBlanks()
        guard next == nil else { throw error("\(found) after the end of the value") }
        return value
    }

    private mutating func scanValue() throws(JSONError) {
        var expected = Expected.value
        repeat {
            skipBlanks()
            switch expected {
            case .value: expected = containers == [.object] ? try scanMemberValue() : try scanBeginning()
            case .valueOrEnd: expected = next == UInt8(ascii: "]") ? close() : try scanBeginning()
            case .nameOrEnd: expected = next == UInt8(ascii: "}") ? close() : try scanName(or: " or “}”")
            case .name: expected = try scanName(or: "")
            case .colon:
                guard next == UInt8(ascii: ":") else { throw error("\(found) where “:” is expected") }
                position += 1
                expected = .value
            case .commaOrEnd: expected = try scanEnd()
            }
        } while !(containers.isEmpty && expected == .commaOrEnd)
    }

    /// Does the same as ``scanBeginning()`` for the value of a member of the outermost object, and keeps it if it is a string.
    private mutating func scanMemberValue() throws(JSONError) -> Expected {
        guard next == UInt8(ascii: "\"") else {
            memberValues.append(next == UInt8(ascii: "n") ? .null : .other)
            return try scanBeginning()
        }
        memberValues.append(.text(try scanString(isKept: true)))
        return .commaOrEnd
    }

    /// Scans a whole value, or the beginning of an array or object.
    private mutating func scanBeginning() throws(JSONError) -> Expected {
        guard let octet = next else { throw error("\(found) where a value is expected") }
        switch octet {
        case UInt8(ascii: "{"): return try open(.object)
        case UInt8(ascii: "["): return try open(.array)
        case UInt8(ascii: "\""): _ = try scanString(isKept: false)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber()
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): try scanWord()
        default: throw error("\(found) where a value is expected")
        }
        return .commaOrEnd
    }

    private mutating func open(_ container: Container) throws(JSONError) -> Expected {
        guard containers.count < JSONDocument.maximumDepth else {
            throw error("more than \(JSONDocument.maximumDepth) nested arrays and objects")
        }
        containers.append(container)
        position += 1
        switch container {
        case .array: return .valueOrEnd
        case .object: return .nameOrEnd
        }
    }

    private mutating func close() -> Expected {
        containers.removeLast()
        position += 1
        return .commaOrEnd
    }

    private mutating func scanName(or alternative: String) throws(JSONError) -> Expected {
        guard next == UInt8(ascii: "\"") else { throw error("\(found) where a name in quotes\(alternative) is expected") }
        let isOutermost = containers.count == 1
        let name = try scanString(isKept: isOutermost)
        if isOutermost { memberNames.append(name) }
        return .colon
    }

    /// Scans what follows a value inside an array or object.
    private mutating func scanEnd() throws(JSONError) -> Expected {
        switch (next, containers.last) {
        case (UInt8(ascii: ","), .array):
            position += 1
            return .value
        case (UInt8(ascii: ","), .object):
            position += 1
            return .name
        case (UInt8(ascii: "]"), .array), (UInt8(ascii: "}"), .object): return close()
        case (_, .array): throw error("\(found) where “,” or “]” is expected")
        case (_, .object), (_, nil): throw error("\(found) where “,” or “}” is expected")
        }
    }

    /// Skips the four blank characters of RFC 8259 section 2.
    private mutating func skipBlanks() {
        while let octet = next, octet == 0x20 || octet == 0x09 || octet == 0x0A || octet == 0x0D { position += 1 }
    }

    private mutating func scanWord() throws(JSONError) {
        let word = text[position...].prefix { 0x61...0x7A ~= $0 || 0x41...0x5A ~= $0 || 0x30...0x39 ~= $0 }
        guard ["true", "false", "null"].contains(where: { word.elementsEqual($0.utf8) }) else {
            throw error("a word that is not true, false or null")
        }
        position = word.endIndex
    }

    /// Scans a number (RFC 8259 section 6).
    private mutating func scanNumber() throws(JSONError) {
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") {
            position += 1
            if isDigit(next) { throw error("a digit after a leading zero") }
        } else {
            try scanDigits(after: "“-”")
        }
        if next == UInt8(ascii: ".") {
            position += 1
            try scanDigits(after: "the decimal point")
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try scanDigits(after: "the exponent’s “e”")
        }
    }

    private mutating func scanDigits(after what: String) throws(JSONError) {
        guard isDigit(next) else { throw error("\(found) where a digit is expected, after \(what)") }
        while isDigit(next) { position += 1 }
    }

    private func isDigit(_ octet: UInt8?) -> Bool { octet.map { 0x30...0x39 ~= $0 } ?? false }
}

// MARK: What is wrong

extension JSONScanner {
    /// Other encodings have a byte order mark of their own, or a zero octet in each character (RFC 4627 section 3).
    private func checkEncoding() throws(JSONError) {
        if text.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw error("a byte order mark, which JSON must not have (RFC 8259 section 8.1)")
        }
        if text.starts(with: [0xFF, 0xFE]) || text.starts(with: [0xFE, 0xFF])
            || text.count >= 2 && text.count.isMultiple(of: 2) && (text[0] == 0) != (text[1] == 0)
        {
            throw error("this is not UTF-8, but probably UTF-16 or UTF-32 (RFC 8259 section 8.1)")
        }
    }

    /// An error at the position.
    func error(_ reason: String) -> JSONError {
        let line = text[..<position].reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        return JSONError(position: position + 1, line: line, reason: reason)
    }

    /// The octet at the position, in words. An octet that is not printable ASCII is given as a number.
    var found: String {
        guard let octet = next else { return "the text ends" }
        guard 0x21...0x7E ~= octet else {
            let digits = String(octet, radix: 16, uppercase: true)
            return "the octet 0x\(octet < 16 ? "0" : "")\(digits)"
        }
        return "“\(Unicode.Scalar(octet))”"
    }
}
