import Crypto

/// The SHA-256 of a zone's content.
package struct ZoneDigest: Hashable, Sendable {
    package let octets: [UInt8]

    package static let length = SHA256.byteCount

    /// - Parameter octets: the digest as it was stored.
    package init(octets: [UInt8]) {
        self.octets = octets
    }

    /// - Parameter parts: each is hashed after its length, so that none can pass for the end of one and the beginning of the next.
    package init(of parts: some Sequence<[UInt8]>) {
        var hash = SHA256()
        for part in parts {
            hash.update(data: (0..<8).map { UInt8(truncatingIfNeeded: part.count >> (56 - 8 * $0)) })
            hash.update(data: part)
        }
        octets = Array(hash.finalize())
    }
}
