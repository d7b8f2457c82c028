/// Comparing octets without regard to the case of ASCII letters (RFC 4343 section 3).
///
/// A label's length is at most 63 and so never a letter: whole wire forms can be compared, lengths included.
enum ASCIICase {
    static func lowercased(_ octet: UInt8) -> UInt8 {
        octet >= 0x41 && octet <= 0x5A ? octet | 0x20 : octet
    }

    /// Eight octets at once: an octet is a capital letter if it is at least `A`, at most `Z` and has no high bit.
    static func lowercased(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let atLeastA = low &+ 0x3F3F_3F3F_3F3F_3F3F
        let aboveZ = low &+ 0x2525_2525_2525_2525
        let capitals = (atLeastA ^ aboveZ) & ~word & 0x8080_8080_8080_8080
        return word | capitals >> 2
    }

    static func equal(_ left: [UInt8], from leftStart: Int, _ right: [UInt8], from rightStart: Int, count: Int) -> Bool {
        precondition(leftStart >= 0 && leftStart + count <= left.count)
        precondition(rightStart >= 0 && rightStart + count <= right.count)
        return unsafe left.withUnsafeBytes { left in
            unsafe right.withUnsafeBytes { right in
                var offset = 0
                while offset + 8 <= count {
                    let one = unsafe left.loadUnaligned(fromByteOffset: leftStart + offset, as: UInt64.self)
                    let other = unsafe right.loadUnaligned(fromByteOffset: rightStart + offset, as: UInt64.self)
                    guard one == other || lowercased(one) == lowercased(other) else { return false }
                    offset += 8
                }
                while offset < count {
                    guard unsafe lowercased(left[leftStart + offset]) == lowercased(right[rightStart + offset])
                    else { return false }
                    offset += 1
                }
                return true
            }
        }
    }

    static func hash(_ octets: [UInt8], into hasher: inout Hasher) {
        unsafe octets.withUnsafeBytes { octets in
            var offset = 0
            while offset + 8 <= octets.count {
                hasher.combine(lowercased(unsafe octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            var rest: UInt64 = 0
            while offset < octets.count {
                rest = rest << 8 | UInt64(lowercased(unsafe octets[offset]))
                offset += 1
            }
            hasher.combine(rest)
        }
    }
}
