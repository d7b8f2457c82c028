extension RecordData {
    /// The RDATA as it is signed (RFC 4034 section 6.2, RFC 6840 section 5.1): the names in types older than RFC 3597 in lower case, the
    /// rest unchanged.
    package var canonicalOctets: [UInt8] {
        // Data that is invalid for its type stays as it is.
        guard let form = RecordForm.of(type), form.lowercasesNames, let names = form.names(in: octets) else { return octets }
        var canonical = octets
        for index in names.joined() { canonical[index] = ASCIICase.lowercased(octets[index]) }
        return canonical
    }

    /// Whether a record with the other data would be the same record (RFC 2181 section 5). Names in it compare without case (RFC 4343).
    package func isSame(as other: RecordData) -> Bool {
        guard type == other.type, octets.count == other.octets.count else { return false }
        guard octets != other.octets else { return true }
        return ASCIICase.equal(octets.span, other.octets.span) && canonicalOctets == other.canonicalOctets
    }
}

extension RRset {
    /// The RDATA as it is signed: in canonical form and order, without duplicates (RFC 4034 section 6.3).
    package var canonicalData: [[UInt8]] {
        let sorted = data.map(\.canonicalOctets).sorted { $0.lexicographicallyPrecedes($1) }
        return sorted.indices.filter { $0 == 0 || sorted[$0] != sorted[$0 - 1] }.map { sorted[$0] }
    }
}
