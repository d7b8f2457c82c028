import NIOCore

/// The line before a chunk: its length, and extensions, which are ignored (RFC 9112 section 7.1).
struct ChunkLine {
    /// The length of the chunk, in octets; 0 for the last chunk.
    let length: Int

    /// The limit on the chunk lines of one body without their ends, in octets: enough for chunks of one octet each.
    static let maximumOctets = 16_384

    /// - Parameter line: the line with its end.
    /// - Throws: ``ProtocolError``; ``ProtocolError/bodyTooLarge`` for a length that no body has.
    init(_ line: ByteBufferView) throws(ProtocolError) {
        let text = try LineOctets.withoutEnd(line)
        let digits = text.prefix { LineOctets.hexadecimalValue($0) != nil }
        guard !digits.isEmpty else { throw .malformed("the length of a chunk is not a hexadecimal number") }
        let rest = text[digits.endIndex...]
        guard rest.drop(while: LineOctets.isBlank).first.map({ $0 == UInt8(ascii: ";") }) ?? rest.isEmpty else {
            throw .malformed("the length of a chunk is not a hexadecimal number")
        }
        guard Self.areExtensions(rest) else { throw .malformed("what follows the length of a chunk is not an extension") }
        guard let length = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { throw .bodyTooLarge }
        self.length = length
    }

    /// Whether this is `; name` or `; name=value`, any number of times, with blanks around each part. A value may be quoted (RFC
    /// 9112 section 7.1.1).
    private static func areExtensions(_ octets: ByteBufferView) -> Bool {
        var rest = octets
        func takeToken() -> Bool {
            let token = rest.prefix(while: LineOctets.isOfToken)
            rest = rest[token.endIndex...]
            return !token.isEmpty
        }
        func skipBlanks() { rest = rest.drop(while: LineOctets.isBlank) }
        while !rest.isEmpty {
            skipBlanks()
            guard rest.popFirst() == UInt8(ascii: ";") else { return false }
            skipBlanks()
            guard takeToken() else { return false }
            let afterName = rest
            skipBlanks()
            guard rest.first == UInt8(ascii: "=") else {
                rest = afterName
                continue
            }
            rest = rest.dropFirst()
            skipBlanks()
            guard rest.first == UInt8(ascii: "\"") ? takeQuotedString(&rest) : takeToken() else { return false }
        }
        return true
    }

    /// RFC 9110 section 5.6.4.
    private static func takeQuotedString(_ rest: inout ByteBufferView) -> Bool {
        rest = rest.dropFirst()
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), LineOctets.isOfText(escaped) else { return false }
            default: guard LineOctets.isOfText(octet) else { return false }
            }
        }
        return false
    }
}
