/// Comparison of octets without regard to the case of ASCII letters (RFC 4343 section 3).
///
/// A label's length is at most 63 and thus never a letter, so whole wire forms can be compared, lengths included.
package enum ASCIICase {
    static func lowercased(_ octet: UInt8) -> UInt8 {
        octet >= 0x41 && octet <= 0x5A ? octet | 0x20 : octet
    }

    static func isLetter(_ octet: UInt8) -> Bool { 0x61...0x7A ~= octet | 0x20 }

    /// Lowercases eight octets at once: an octet is a capital letter if it is at least `A`, at most `Z` and has no high bit.
    static func lowercased(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let atLeastA = low &+ 0x3F3F_3F3F_3F3F_3F3F
        let aboveZ = low &+ 0x2525_2525_2525_2525
        let capitals = (atLeastA ^ aboveZ) & ~word & 0x8080_8080_8080_8080
        return word | capitals >> 2
    }

    /// Returns at most `limit` octets in lower case as a word, the first octet lowest.
    ///
    /// - Precondition: `limit` is at most 8.
    static func word(of octets: Span<UInt8>, upTo limit: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in stride(from: min(limit, octets.count) - 1, through: 0, by: -1) { word = word << 8 | UInt64(octets[index]) }
        return lowercased(word)
    }

    package static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe left.withUnsafeBytes { left in
            unsafe right.withUnsafeBytes { right in unsafe equal(left, right) }
        }
    }

    /// - Precondition: both have the same count.
    static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset + 8 <= left.count {
            let one = unsafe left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let other = unsafe right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard one == other || lowercased(one) == lowercased(other) else { return false }
            offset += 8
        }
        // The rest of a longer input is in its last eight octets.
        if left.count >= 8 {
            let one = unsafe left.loadUnaligned(fromByteOffset: left.count - 8, as: UInt64.self)
            let other = unsafe right.loadUnaligned(fromByteOffset: left.count - 8, as: UInt64.self)
            return one == other || lowercased(one) == lowercased(other)
        }
        while offset < left.count {
            guard unsafe lowercased(left[offset]) == lowercased(right[offset]) else { return false }
            offset += 1
        }
        return true
    }

    /// Passes the octets in lower case to `combine`, eight at a time, the first octet lowest. Zeros fill the last word.
    static func forEachWord(of octets: Span<UInt8>, _ combine: (UInt64) -> Void) {
        unsafe octets.withUnsafeBytes { octets in
            var offset = 0
            while offset + 8 <= octets.count {
                combine(lowercased(unsafe octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            var rest: UInt64 = 0
            for index in stride(from: octets.count - 1, through: offset, by: -1) {
                rest = rest << 8 | UInt64(unsafe octets[index])
            }
            combine(lowercased(rest))
        }
    }
}
