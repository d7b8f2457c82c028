/// The octets of HTTP's lines. The rules for them are strict: what two readers could read in two ways is refused, so that nothing
/// can be smuggled past a proxy (RFC 9112 section 11.2).
enum LineOctets {
    static let carriageReturn = UInt8(ascii: "\r")
    static let lineFeed = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")

    /// Whether a line is the empty one that ends a head or trailers.
    static func isEmpty(_ line: some Collection<UInt8>) -> Bool { line.elementsEqual([carriageReturn, lineFeed]) }

    /// A line without its end.
    ///
    /// - Throws: ``ProtocolError/malformed(_:)`` if the end is a line feed alone.
    static func withoutEnd<Line: BidirectionalCollection<UInt8>>(
        _ line: Line
    ) throws(ProtocolError) -> Line.SubSequence {
        guard line.count >= 2, line.suffix(2).elementsEqual([carriageReturn, lineFeed]) else {
            throw .malformed("each line must end in CR and LF")
        }
        return line.dropLast(2)
    }

    static func isBlank(_ octet: UInt8) -> Bool { octet == space || octet == tab }

    static func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }

    /// The value of a hexadecimal digit; `nil` for another octet.
    static func hexadecimalValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    static func isLetter(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: false
        }
    }

    /// RFC 9110 section 5.6.2.
    static func isOfToken(_ octet: UInt8) -> Bool { areOfToken[Int(octet)] }

    /// Whether a header’s value or a quoted string may contain an octet: no control character but a tab.
    static func isOfText(_ octet: UInt8) -> Bool { octet >= space && octet != 0x7F || octet == tab }

    private static let areOfToken: [Bool] = (UInt8.min...UInt8.max).map { octet in
        isLetter(octet) || isDigit(octet) || "!#$%&'*+-.^_`|~".utf8.contains(octet)
    }
}
