/// The types of a name, as NSEC records list them (RFC 4034 section 4.1.2).
package struct TypeBitmap: Hashable, Sendable {
    /// The wire form: windows of 256 types each, in ascending order, without trailing zeros.
    package let octets: [UInt8]

    package init(_ types: some Collection<RecordType>) {
        var octets: [UInt8] = []
        var window: UInt8?
        var bits: [UInt8] = []
        for type in types.map(\.rawValue).sorted() {
            if window != UInt8(type >> 8) {
                Self.append(bits, of: window, to: &octets)
                window = UInt8(type >> 8)
                bits = []
            }
            let place = Int(type & 0xFF) / 8
            while bits.count <= place { bits.append(0) }
            bits[place] |= 0x80 >> UInt8(type % 8)
        }
        Self.append(bits, of: window, to: &octets)
        self.octets = octets
    }

    private static func append(_ bits: [UInt8], of window: UInt8?, to octets: inout [UInt8]) {
        guard let window else { return }
        octets += [window, UInt8(bits.count)] + bits
    }

    /// Reads the wire form; `nil` if it is invalid: windows out of order, empty or with trailing zeros.
    init?(wire octets: [UInt8]) {
        var position = 0
        var last = -1
        while position < octets.count {
            guard octets.count - position > 2, Int(octets[position]) > last else { return nil }
            let length = Int(octets[position + 1])
            let end = position + 2 + length
            guard 1...32 ~= length, end <= octets.count, octets[end - 1] != 0 else { return nil }
            last = Int(octets[position])
            position = end
        }
        self.octets = octets
    }

    /// The types in ascending order.
    package var types: [RecordType] {
        var types: [RecordType] = []
        var position = 0
        while position + 1 < octets.count {
            let window = UInt16(octets[position]) << 8
            let end = position + 2 + Int(octets[position + 1])
            for (place, bits) in octets[position + 2..<end].enumerated() {
                for bit in 0..<8 where bits & 0x80 >> UInt8(bit) != 0 {
                    types.append(RecordType(rawValue: window | UInt16(place * 8 + bit)))
                }
            }
            position = end
        }
        return types
    }

    /// The bitmap of a name that does not exist, in a proof of one record (RFC 9824 section 3.1).
    package static let nonexistentName = TypeBitmap([.rrsig, .nsec, .nxname])
    /// The bitmap of a name that has no records, but names below it (RFC 9824 section 3.2).
    package static let emptyNonTerminal = TypeBitmap([.rrsig, .nsec])
}
