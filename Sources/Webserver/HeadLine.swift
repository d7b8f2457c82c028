/// The rules for single lines of a request's head, which are stricter than those of the parser that reads the line next: what two
/// readers could read in two ways is refused, so that nothing can be smuggled past a proxy (RFC 9112 section 11.2).
enum HeadLine {
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")

    /// Whether a line is the empty one, which ends a head. Such lines in front of a request do not matter (RFC 9112 section 2.2).
    static func isEmpty(_ line: some Collection<UInt8>) -> Bool { line.elementsEqual([carriageReturn, lineFeed]) }

    /// Whether a request may begin with this octet: with a method, or with an empty line.
    static func canBegin(with octet: UInt8) -> Bool { isOfToken(octet) || octet == carriageReturn }

    /// Checks `METHOD TARGET HTTP/1.1` (RFC 9112 section 3).
    ///
    /// - Parameter line: with its end.
    static func checkRequestLine(_ line: some BidirectionalCollection<UInt8>) throws(ProtocolError) {
        let text = try withoutEnd(line)
        let parts = text.split(separator: space, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(isOfToken), !parts[1].isEmpty,
            parts[1].allSatisfy({ $0 > space && $0 != 0x7F })
        else { throw .malformed("the first line must be a method, a target and HTTP/1.1, with one blank between them") }
        let version = Array(parts[2])
        guard version.count == 8, version.starts(with: Array("HTTP/".utf8)), isDigit(version[5]),
            version[6] == UInt8(ascii: "."), isDigit(version[7])
        else { throw .malformed("the first line must end in HTTP/1.1") }
        guard version[5] == UInt8(ascii: "1"), version[7] <= UInt8(ascii: "1") else { throw .unknownVersion }
    }

    /// Checks a header field (RFC 9112 section 5).
    ///
    /// - Parameter line: with its end.
    static func checkField(_ line: some BidirectionalCollection<UInt8>) throws(ProtocolError) {
        let text = try withoutEnd(line)
        guard let first = text.first, first != space, first != tab else {
            throw .malformed("a header must not be folded into several lines")
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { throw .malformed("a header has no colon") }
        guard colon != text.startIndex, text[..<colon].allSatisfy(isOfToken) else {
            throw .malformed("a header’s name has a character that it must not have")
        }
        guard text[colon...].allSatisfy({ $0 >= space && $0 != 0x7F || $0 == tab }) else {
            throw .malformed("a header’s value has a control character")
        }
    }

    private static func withoutEnd<Line: BidirectionalCollection<UInt8>>(
        _ line: Line
    ) throws(ProtocolError) -> Line.SubSequence {
        guard line.count >= 2, line.suffix(2).elementsEqual([carriageReturn, lineFeed]) else {
            throw .malformed("each line of a head must end in CR and LF")
        }
        return line.dropLast(2)
    }

    private static func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }

    /// RFC 9110 section 5.6.2.
    private static func isOfToken(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case _ where isDigit(octet): true
        default: tokenMarks.contains(octet)
        }
    }

    private static let tokenMarks = Set("!#$%&'*+-.^_`|~".utf8)
}
