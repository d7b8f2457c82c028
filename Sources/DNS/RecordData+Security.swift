/// The records of DNSSEC.
extension RecordData {
    /// A public key (RFC 4034 section 2.1).
    package static func dnskey(flags: UInt16, algorithm: UInt8, publicKey: [UInt8]) -> RecordData {
        RecordData(type: .dnskey, octets: octets(flags) + [dnskeyProtocol, algorithm] + publicKey)
    }

    /// The only value that a DNSKEY's protocol field may have.
    private static let dnskeyProtocol: UInt8 = 3

    /// What a parent zone says of a key (RFC 4034 section 5.1).
    package static func ds(keyTag: UInt16, algorithm: UInt8, digestType: UInt8, digest: [UInt8]) -> RecordData {
        RecordData(type: .ds, octets: octets(keyTag) + [algorithm, digestType] + digest)
    }

    /// What says that there is no name between an owner and another name, and which types the owner has (RFC 4034 section 4.1).
    ///
    /// - Parameter next: in wire form.
    package static func nsec(next: [UInt8], types: TypeBitmap) -> RecordData {
        RecordData(type: .nsec, octets: next + types.octets)
    }

    /// The same data under another type: a DS as CDS, a DNSKEY as CDNSKEY (RFC 7344 section 3).
    package func retyped(_ type: RecordType) -> RecordData { RecordData(type: type, octets: octets) }

    /// Asks the parent to remove its DS records (RFC 8078 section 4).
    package static let deletingCDS = RecordData(type: .cds, octets: [0, 0, 0, 0, 0])
    package static let deletingCDNSKEY = RecordData(type: .cdnskey, octets: [0, 0, 3, 0, 0])

    /// The number by which signatures tell which key made them (RFC 4034 appendix B).
    package var keyTag: UInt16 {
        var sum: UInt32 = 0
        for (index, octet) in octets.enumerated() { sum += index.isMultiple(of: 2) ? UInt32(octet) << 8 : UInt32(octet) }
        sum += sum >> 16
        return UInt16(truncatingIfNeeded: sum)
    }
}
