import NIOCore

/// The header fields of a request, and the trailer fields after its chunks. Both together are limited.
struct FieldSection {
    /// Names and values, without the blanks around values (RFC 9112 section 5). Trailer fields are not among them.
    private(set) var fields: [(name: String, value: String)] = []
    private var count = 0
    /// The length of names and values, in octets.
    private var length = 0
    /// The length of whole lines, in octets.
    private var octets = 0

    /// Adds a header field.
    ///
    /// - Parameter line: the line with its end.
    /// - Throws: ``ProtocolError``.
    mutating func add(_ line: ByteBufferView) throws(ProtocolError) {
        let (name, value) = try checked(line)
        fields.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }

    /// Counts a trailer field, whose content this server does not need (RFC 9110 section 6.5.1).
    ///
    /// - Throws: ``ProtocolError``.
    mutating func passTrailer(_ line: ByteBufferView) throws(ProtocolError) {
        _ = try checked(line)
    }

    /// - Parameter length: the length of a line, or of the beginning of one that has no end yet.
    func checkRoom(for length: Int) throws(ProtocolError) {
        guard octets + length <= HTTPHeaderLimits.maximumOctets else { throw .headersTooLarge }
    }

    private mutating func checked(_ line: ByteBufferView) throws(ProtocolError) -> (ByteBufferView, ByteBufferView) {
        try checkRoom(for: line.count)
        let text = try LineOctets.withoutEnd(line)
        guard let first = text.first, !LineOctets.isBlank(first) else {
            throw .malformed("a header must not be folded into several lines")
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { throw .malformed("a header has no colon") }
        let name = text[..<colon]
        guard !name.isEmpty, name.allSatisfy(LineOctets.isOfToken) else {
            throw .malformed("a header’s name has a character that is not allowed")
        }
        guard text[colon...].allSatisfy(LineOctets.isOfText) else {
            throw .malformed("a header’s value has a control character")
        }
        var value = text[colon...].dropFirst().drop(while: LineOctets.isBlank)
        while let last = value.last, LineOctets.isBlank(last) { value.removeLast() }
        octets += line.count
        length += name.count + value.count
        count += 1
        guard count <= HTTPHeaderLimits.maximumCount, length <= HTTPHeaderLimits.maximumLength else { throw .headersTooLarge }
        return (name, value)
    }
}
