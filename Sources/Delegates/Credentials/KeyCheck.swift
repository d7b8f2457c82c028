/// How the storage checks a key without knowing it.
package enum KeyCheck: Hashable, Sendable {
    case digest(KeyDigest)
    /// For a credential that came from acme-dns and was not used since.
    case bcrypt(BcryptHash)
}

/// The SHA-256 of a key. Keys are random, so a slow hash would protect nothing and cost much.
package struct KeyDigest: Hashable, Sendable {
    package let octets: [UInt8]

    package init(octets: [UInt8]) {
        self.octets = octets
    }

    /// Compares in a time that does not depend on where two digests differ.
    package static func == (left: KeyDigest, right: KeyDigest) -> Bool {
        guard left.octets.count == right.octets.count else { return false }
        var difference: UInt8 = 0
        for index in left.octets.indices { difference |= left.octets[index] ^ right.octets[index] }
        return difference == 0
    }
}
