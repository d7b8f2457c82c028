/// The fields of a TSIG record (RFC 8945 section 4.2) that a server without keys needs.
package struct TransactionSignature: Hashable, Sendable {
    package var keyName: DomainName
    package var algorithm: DomainName
    /// The time in six octets: seconds since 1970.
    package var timeSigned: [UInt8]
    package var fudge: UInt16
    package var originalIdentifier: UInt16

    /// Reads a record from its owner on, and moves the position past it.
    init(of message: Span<UInt8>, at position: inout Int) throws(MessageError) {
        let keyName = try DomainName(of: message, at: &position)
        _ = try message.readUInt16(at: &position)
        try self.init(keyName: keyName, ofRecord: message, at: &position)
    }

    /// Reads the rest of a record after its owner and type, and moves the position past it.
    package init(keyName: DomainName, ofRecord message: Span<UInt8>, at position: inout Int) throws(MessageError) {
        let start = position
        let `class` = RecordClass(rawValue: try message.readUInt16(at: &position))
        let ttl = try message.readUInt32(at: &position)
        guard `class` == .any, ttl == 0 else { throw MessageError(.misplacedTSIG, at: start) }
        let end = Int(try message.readUInt16(at: &position)) + position
        self.keyName = keyName
        algorithm = try DomainName(of: message, at: &position)
        timeSigned = try message.readOctets(6, at: &position)
        fudge = try message.readUInt16(at: &position)
        try message.skip(Int(try message.readUInt16(at: &position)), at: &position)
        originalIdentifier = try message.readUInt16(at: &position)
        _ = try message.readUInt16(at: &position)
        try message.skip(Int(try message.readUInt16(at: &position)), at: &position)
        guard position == end else { throw MessageError(.wrongLength, at: position) }
    }

    /// The data that reports an unknown key: the record with the error BADKEY and without a signature (RFC 8945 section 5.2.1).
    package var unknownKeyData: RecordData {
        let badKey: UInt16 = 17
        let numbers =
            RecordData.octets(fudge) + [0, 0] + RecordData.octets(originalIdentifier) + RecordData.octets(badKey) + [0, 0]
        return RecordData(type: .tsig, octets: algorithm.wire + timeSigned + numbers)
    }
}
