/// SipHash-2-4: a short keyed hash (Aumasson and Bernstein, 2012), which server cookies are made with (RFC 9018 section 4.4).
struct SipHash {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    /// The hash of a message, eight octets.
    ///
    /// - Precondition: the key has sixteen octets.
    static func hash(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        precondition(key.count == 16)
        var state = SipHash(key0: word(of: key[..<8]), key1: word(of: key[8...]))
        let whole = message.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) { state.take(word(of: message[start..<start + 8])) }
        state.take(word(of: message[whole...]) | UInt64(truncatingIfNeeded: message.count) << 56)
        state.v2 ^= 0xFF
        for _ in 0..<4 { state.round() }
        let digest = state.v0 ^ state.v1 ^ state.v2 ^ state.v3
        return (0..<8).map { UInt8(truncatingIfNeeded: digest >> ($0 * 8)) }
    }

    /// Up to eight octets, the first the lowest.
    private static func word(of octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private init(key0: UInt64, key1: UInt64) {
        v0 = key0 ^ 0x736F_6D65_7073_6575
        v1 = key1 ^ 0x646F_7261_6E64_6F6D
        v2 = key0 ^ 0x6C79_6765_6E65_7261
        v3 = key1 ^ 0x7465_6462_7974_6573
    }

    private mutating func take(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    private mutating func round() {
        func rotated(_ word: UInt64, by bits: UInt64) -> UInt64 { word << bits | word >> (64 - bits) }
        v0 &+= v1
        v1 = rotated(v1, by: 13) ^ v0
        v0 = rotated(v0, by: 32)
        v2 &+= v3
        v3 = rotated(v3, by: 16) ^ v2
        v0 &+= v3
        v3 = rotated(v3, by: 21) ^ v0
        v2 &+= v1
        v1 = rotated(v1, by: 17) ^ v2
        v2 = rotated(v2, by: 32)
    }
}
