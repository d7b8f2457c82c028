import CBcrypt
package import Delegates

extension BcryptHash {
    /// More octets of a key do not count in bcrypt: Go refuses to make a hash of them, and here such a key matches nothing.
    package static let maximumKeyLength = 72

    /// Whether it was made of this key.
    ///
    /// Blocks for as long as the ``cost`` asks, about 70 ms at cost 10, twice as long for each further one: not for a thread that
    /// others wait for, and not for as many at a time as anybody likes. The digests are compared in a time that does not depend on
    /// where they differ.
    ///
    /// - Parameter key: if it has more octets than ``maximumKeyLength`` or one that is 0, it matches nothing, at once.
    package func matches(_ key: String) -> Bool {
        guard key.utf8.count <= Self.maximumKeyLength, !key.utf8.contains(0) else { return false }
        return unsafe cbcrypt_matches(key, text)
    }
}
