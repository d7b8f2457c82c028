/// DNSSEC records.
extension RecordData {
    /// DNSKEY data: a public key (RFC 4034 section 2.1).
    package static func dnskey(flags: UInt16, algorithm: UInt8, publicKey: [UInt8]) -> RecordData {
        RecordData(type: .dnskey, octets: octets(flags) + [dnskeyProtocol, algorithm] + publicKey)
    }

    /// The only valid value of a DNSKEY's protocol field.
    private static let dnskeyProtocol: UInt8 = 3

    /// DS data: the parent zone's reference to a key (RFC 4034 section 5.1).
    package static func ds(keyTag: UInt16, algorithm: UInt8, digestType: UInt8, digest: [UInt8]) -> RecordData {
        RecordData(type: .ds, octets: octets(keyTag) + [algorithm, digestType] + digest)
    }

    /// NSEC data: the proof that no name lies between the owner and the next name, and the owner's types (RFC 4034 section 4.1).
    ///
    /// - Parameter next: the next name, in wire form.
    package static func nsec(next: [UInt8], types: TypeBitmap) -> RecordData {
        RecordData(type: .nsec, octets: next + types.octets)
    }

    /// Returns the same data under another type: a DS as CDS, a DNSKEY as CDNSKEY (RFC 7344 section 3).
    package func retyped(_ type: RecordType) -> RecordData { RecordData(type: type, octets: octets) }

    /// The data that asks the parent to remove its DS records (RFC 8078 section 4).
    package static let deletingCDS = RecordData(type: .cds, octets: [0, 0, 0, 0, 0])
    package static let deletingCDNSKEY = RecordData(type: .cdnskey, octets: [0, 0, 3, 0, 0])

    /// The tag by which a signature names its key (RFC 4034 appendix B).
    package var keyTag: UInt16 {
        var sum: UInt32 = 0
        for (index, octet) in octets.enumerated() { sum += index.isMultiple(of: 2) ? UInt32(octet) << 8 : UInt32(octet) }
        sum += sum >> 16
        return UInt16(truncatingIfNeeded: sum)
    }
}
