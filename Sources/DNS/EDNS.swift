/// What an OPT record says (RFC 6891 section 6.1).
package struct EDNS: Hashable, Sendable {
    /// How many octets the sender can take in one UDP message.
    package var payloadSize: UInt16
    /// The upper eight bits of the response code.
    package var extendedResponseCode: UInt8
    package var version: UInt8
    /// DO: the sender wants DNSSEC records (RFC 3225).
    package var isDNSSECOK: Bool

    package init(payloadSize: UInt16, extendedResponseCode: UInt8 = 0, version: UInt8 = 0, isDNSSECOK: Bool = false) {
        self.payloadSize = payloadSize
        self.extendedResponseCode = extendedResponseCode
        self.version = version
        self.isDNSSECOK = isDNSSECOK
    }

    /// Octets of an OPT record without options.
    package static let recordLength = 11

    /// Reads an OPT record from behind its owner and type on, and moves the position behind it. Options must be well formed;
    /// which they are does not matter (RFC 6891 section 6.1.2: unknown ones are ignored).
    package init(ofRecord message: Span<UInt8>, at position: inout Int) throws(MessageError) {
        payloadSize = try message.readUInt16(at: &position)
        extendedResponseCode = try message.readUInt8(at: &position)
        version = try message.readUInt8(at: &position)
        isDNSSECOK = try message.readUInt16(at: &position) & 0x8000 != 0
        let end = Int(try message.readUInt16(at: &position)) + position
        while position < end {
            _ = try message.readUInt16(at: &position)
            let length = Int(try message.readUInt16(at: &position))
            try message.skip(length, at: &position)
        }
        guard position == end else { throw MessageError(.wrongLength, at: position) }
    }
}
