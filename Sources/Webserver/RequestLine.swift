import NIOCore
import NIOHTTP1

/// The first line of a request: `METHOD TARGET HTTP/1.1` (RFC 9112 section 3).
struct RequestLine {
    let method: HTTPMethod
    let target: String
    /// HTTP/1.0 or HTTP/1.1. A higher minor version is read as HTTP/1.1, which its client also speaks (RFC 9110 section 2.5).
    let version: HTTPVersion

    /// In octets. RFC 9112 section 3 requires 8,000 for the whole line.
    static let maximumTargetLength = 8192
    /// In octets; longer than every known method.
    private static let maximumMethodLength = 64
    /// The limit on what follows the target, in octets; longer than ` HTTP/1.1` and the line’s end.
    private static let maximumEndLength = 64

    /// - Parameter line: the line with its end.
    /// - Throws: ``ProtocolError``.
    init(_ line: ByteBufferView) throws(ProtocolError) {
        try Self.checkLengths(line)
        let text = try LineOctets.withoutEnd(line)
        let parts = text.split(separator: LineOctets.space, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(LineOctets.isOfToken), !parts[1].isEmpty else {
            throw .malformed("the first line must be a method, a target and HTTP/1.1, with one blank between them")
        }
        guard parts[1].allSatisfy({ $0 > LineOctets.space && $0 < 0x7F }) else {
            throw .malformed("a target must have visible ASCII characters only")
        }
        method = HTTPMethod(rawValue: String(decoding: parts[0], as: UTF8.self))
        target = String(decoding: parts[1], as: UTF8.self)
        version = try Self.version(Array(parts[2]))
    }

    private static func version(_ octets: [UInt8]) throws(ProtocolError) -> HTTPVersion {
        guard octets.count == 8, octets.starts(with: Array("HTTP/".utf8)), LineOctets.isDigit(octets[5]),
            octets[6] == UInt8(ascii: "."), LineOctets.isDigit(octets[7])
        else { throw .malformed("the first line must end in HTTP/1.1") }
        guard octets[5] == UInt8(ascii: "1") else { throw .unknownVersion }
        return octets[7] == UInt8(ascii: "0") ? .http1_0 : .http1_1
    }

    /// Refuses a line that is too long, even before its end has come.
    ///
    /// - Parameter octets: the line, or its beginning.
    static func checkLengths(_ octets: ByteBufferView) throws(ProtocolError) {
        let method = octets.prefix(while: isWithinPart)
        guard method.count <= maximumMethodLength else {
            throw method.allSatisfy(LineOctets.isOfToken) ? .unknownMethod : .malformed("it does not begin with a method")
        }
        let rest = octets[method.endIndex...].dropFirst()
        let target = rest.prefix(while: isWithinPart)
        guard target.count <= maximumTargetLength else { throw .targetTooLong }
        guard rest.count - target.count <= maximumEndLength else { throw .malformed("the first line must end in HTTP/1.1") }
    }

    private static func isWithinPart(_ octet: UInt8) -> Bool {
        octet != LineOctets.space && octet != LineOctets.carriageReturn && octet != LineOctets.lineFeed
    }

    /// The method with which octets begin, even if they are no valid line: a refused HEAD is answered as HEAD (RFC 9110 section
    /// 9.3.2).
    static func method(beginning octets: ByteBufferView) -> HTTPMethod {
        octets.prefix(while: LineOctets.isOfToken).elementsEqual("HEAD".utf8) ? .HEAD : .GET
    }

    /// Whether a request may begin with this octet: with a method, or with an empty line before it (RFC 9112 section 2.2).
    static func canBegin(with octet: UInt8) -> Bool {
        LineOctets.isOfToken(octet) || octet == LineOctets.carriageReturn
    }
}
