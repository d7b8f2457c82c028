package import DNS

/// Whether validators can use a DS record at all.
///
/// A zone whose parent has no usable DS is insecure, not bogus (RFC 4035 section 5.2, RFC 6840 section 5.2).
package enum DelegationSignerUse {
    /// The algorithms that validators may know: those of the IANA registry “DNS Security Algorithm Numbers” that sign zones, except RSAMD5,
    /// DSA, DSA-NSEC3-SHA1 and ECC-GOST, which must not be used to validate (RFC 8624 section 3.1, RFC 9906).
    private static let algorithms: Set<UInt8> = [5, 7, 8, 10, 13, 14, 15, 16, 17, 23]
    /// The digest types that validators may know: SHA-1, SHA-256, SHA-384, GOST R 34.11-2012 and SM3, but not GOST R 34.11-94.
    private static let digestTypes: Set<UInt8> = [1, 2, 4, 5, 6]

    /// Whether some validator may know both the record's algorithm and its digest type. In doubt the record is usable, since the zone stays
    /// signed as long as it is.
    package static func isUsable(_ ds: RecordData) -> Bool {
        let octets = ds.octets
        return octets.count > 4 && algorithms.contains(octets[2]) && digestTypes.contains(octets[3])
    }
}
