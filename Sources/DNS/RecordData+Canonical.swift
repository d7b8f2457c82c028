extension RecordData {
    /// The RDATA as it is signed (RFC 4034 section 6.2, RFC 6840 section 5.1): the names of the types that are older than RFC 3597 in lower
    /// case, everything else as it is.
    package var canonicalOctets: [UInt8] {
        guard let (offset, nameCount) = lowercasedNames else { return octets }
        var canonical = octets
        var position = offset
        for _ in 0..<nameCount {
            let start = position
            // Data that is no name is left as it is.
            guard (try? octets.span.skipUncompressedName(at: &position)) != nil else { return octets }
            for index in start..<position { canonical[index] = ASCIICase.lowercased(octets[index]) }
        }
        return canonical
    }

    /// How many octets stand before the first name that is lowercased, and how many such names follow one another there.
    private var lowercasedNames: (offset: Int, count: Int)? {
        switch type.rawValue {
        // NS, MD, MF, CNAME, MB, MG, MR, PTR, DNAME
        case 2, 3, 4, 5, 7, 8, 9, 12, 39: (0, 1)
        // SOA, MINFO, RP
        case 6, 14, 17: (0, 2)
        // MX, AFSDB, RT, KX
        case 15, 18, 21, 36: (2, 1)
        // PX
        case 26: (2, 2)
        // SRV
        case 33: (6, 1)
        // NAPTR: behind its two numbers and three character-strings.
        case 35: endOfCharacterStrings(3, from: 4).map { ($0, 1) }
        default: nil
        }
    }

    private func endOfCharacterStrings(_ count: Int, from start: Int) -> Int? {
        var position = start
        for _ in 0..<count {
            guard position < octets.count else { return nil }
            position += 1 + Int(octets[position])
        }
        return position < octets.count ? position : nil
    }
}

extension RRset {
    /// The RDATA as it is signed: in canonical form and order, none twice (RFC 4034 section 6.3).
    package var canonicalData: [[UInt8]] {
        let sorted = data.map(\.canonicalOctets).sorted { $0.lexicographicallyPrecedes($1) }
        return sorted.indices.filter { $0 == 0 || sorted[$0] != sorted[$0 - 1] }.map { sorted[$0] }
    }
}
