/// Reads RDATA in wire form field by field, within its bounds.
struct DataReader {
    private let all: [UInt8]
    private var position = 0
    /// The ranges of the names read so far.
    private(set) var names: [Range<Int>] = []

    init(_ octets: [UInt8]) {
        all = octets
    }

    var isAtEnd: Bool { position == all.count }

    /// The error for octets that are invalid for their type.
    func malformed() -> MessageError { MessageError(.wrongLength, at: position) }

    mutating func octets(_ length: Int) throws(MessageError) -> ArraySlice<UInt8> {
        guard all.count - position >= length else { throw MessageError(.endsEarly, at: position) }
        defer { position += length }
        return all[position..<position + length]
    }

    mutating func number<Number: FixedWidthInteger>() throws(MessageError) -> Number {
        try octets(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number($1) }
    }

    mutating func uint8() throws(MessageError) -> UInt8 { try number() }
    mutating func uint16() throws(MessageError) -> UInt16 { try number() }
    mutating func uint32() throws(MessageError) -> UInt32 { try number() }

    /// Reads a length octet, and the octets that follow it.
    mutating func string() throws(MessageError) -> [UInt8] {
        Array(try octets(Int(try uint8())))
    }

    mutating func rest() -> [UInt8] {
        defer { position = all.count }
        return Array(all[position...])
    }

    /// Reads a name, which must not be compressed.
    mutating func name() throws(MessageError) -> DomainName {
        var end = position
        try all.span.skipUncompressedName(at: &end)
        defer { position = end }
        names.append(position..<end)
        return DomainName(wellFormedWire: Array(all[position..<end]))
    }
}
