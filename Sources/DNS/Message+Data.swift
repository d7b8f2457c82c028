extension Message {
    /// The RDATA of one of the message's records, with its names uncompressed.
    ///
    /// Names may be compressed in the types of RFC 1035, and in those that RFC 3597 section 4 lists besides, except NAPTR. The RDATA of all
    /// other types is taken as it is, and may be invalid for its type.
    ///
    /// - Throws: ``MessageError`` if a name in the RDATA cannot be read, or does not end where it should.
    package func data(of record: Record) throws(MessageError) -> RecordData {
        // A name cannot reach beyond the RDATA.
        let message = octets.span.extracting(..<record.data.upperBound)
        var position = record.data.lowerBound
        guard let names = record.type.receivedNames else {
            return RecordData(type: record.type, octets: try message.readOctets(record.data.count, at: &position))
        }
        var data = try message.readOctets(names.offset, at: &position)
        for _ in 0..<names.count { data += try DomainName(of: message, at: &position).wire }
        let rest = record.data.upperBound - position
        guard names.rest == nil || names.rest == rest else { throw MessageError(.wrongLength, at: position) }
        data += try message.readOctets(rest, at: &position)
        // Uncompressed names can be longer than what an RDATA may have.
        guard data.count <= Int(UInt16.max) else { throw MessageError(.wrongLength, at: record.data.lowerBound) }
        return RecordData(type: record.type, octets: data)
    }
}

extension RecordType {
    /// The offset of the first name that may be compressed in received RDATA, the number of names in sequence there, and the number of
    /// octets after them; `nil` octets for any number.
    fileprivate var receivedNames: (offset: Int, count: Int, rest: Int?)? {
        switch self {
        case .ns, .md, .mf, .cname, .mb, .mg, .mr, .ptr, .dname: (0, 1, 0)
        case .soa: (0, 2, 20)
        case .minfo, .rp: (0, 2, 0)
        case .mx, .afsdb, .rt: (2, 1, 0)
        case .px: (2, 2, 0)
        case .srv: (6, 1, 0)
        case .sig: (18, 1, nil)
        case .nxt: (0, 1, nil)
        default: nil
        }
    }
}
