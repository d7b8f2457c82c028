/// SipHash-2-4: a short keyed hash (Aumasson and Bernstein, 2012), with which server cookies are made (RFC 9018 section 4.4).
///
/// The message is passed as little-endian words.
struct SipHash {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    private var length: UInt64 = 0

    struct Key: Hashable, Sendable {
        var low: UInt64
        var high: UInt64

        /// - Precondition: there are sixteen octets.
        init(octets: [UInt8]) {
            precondition(octets.count == 16)
            func word(_ octets: ArraySlice<UInt8>) -> UInt64 { octets.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
            self.init(low: word(octets[..<8]), high: word(octets[8...]))
        }

        init(low: UInt64, high: UInt64) {
            self.low = low
            self.high = high
        }
    }

    init(key: Key) {
        v0 = key.low ^ 0x736F_6D65_7073_6575
        v1 = key.high ^ 0x646F_7261_6E64_6F6D
        v2 = key.low ^ 0x6C79_6765_6E65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    /// Takes the next eight octets.
    mutating func take(_ word: UInt64) {
        length += 8
        compress(word)
    }

    /// Takes the last octets, fewer than eight, and returns the hash: eight octets, the first the lowest.
    mutating func finish(_ rest: UInt64 = 0, count: UInt64 = 0) -> UInt64 {
        compress(rest | (length + count) << 56)
        v2 ^= 0xFF
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func compress(_ word: UInt64) {
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
