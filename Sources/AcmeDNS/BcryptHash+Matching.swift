import CBcrypt
package import Delegates

extension BcryptHash {
    /// The maximum length of a key, in octets. bcrypt ignores further octets: Go refuses to hash such a key, and here it matches
    /// nothing.
    package static let maximumKeyLength = 72

    /// Whether the hash was made of this key.
    ///
    /// Blocks for as long as the ``cost`` asks: about 70 ms at cost 10, twice as long for each further step. Do not call it on a
    /// thread for which others wait, or without a limit on concurrent calls. The time to compare the digests does not depend on
    /// where they differ.
    ///
    /// - Parameter key: a key that is longer than ``maximumKeyLength`` or has an octet 0 matches nothing, at once.
    package func matches(_ key: String) -> Bool {
        guard key.utf8.count <= Self.maximumKeyLength, !key.utf8.contains(0) else { return false }
        return unsafe cbcrypt_matches(key, text)
    }
}
