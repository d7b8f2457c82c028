/// The types that a name has, as NSEC records list them (RFC 4034 section 4.1.2).
package struct TypeBitmap: Hashable, Sendable {
    /// In wire form: windows of 256 types each, in ascending order, without trailing zeros.
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

    /// What stands for a name that does not exist, in a proof of one record (RFC 9824 section 3.1).
    package static let nonexistentName = TypeBitmap([.rrsig, .nsec, .nxname])
    /// What stands for a name without records, below which there are names (RFC 9824 section 3.2).
    package static let emptyNonTerminal = TypeBitmap([.rrsig, .nsec])
}
