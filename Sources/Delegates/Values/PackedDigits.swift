/// 43 digits of base64url in 258 bits: four words and two bits, the form in which the table keeps values.
///
/// A digit is stored as its rank among the 64 digits in the order of their octets, so that only additions lead from the rank to the octet.
/// Eight digits are packed and unpacked at a time, without a branch: each answer unpacks its values.
struct PackedDigits: Hashable, Sendable {
    /// The low six bits of each octet are a digit: the first 32, in the order of the octets from the lowest on. The high two bits of each
    /// octet of the first three words are the next eight digits, two bits of a digit in each word. Those of the last word, and ``rest``
    /// after them, are the last three digits: two bits of each, then the next two bits of each.
    let words: Words
    /// The last two bits.
    let rest: UInt64

    struct Words: Hashable, Sendable {
        var first: UInt64
        var second: UInt64
        var third: UInt64
        var fourth: UInt64
    }

    static let count = 43
    /// The octets that ``store(to:)`` writes: the digits, and more that have no meaning.
    static let storedLength = 48

    init(words: Words, rest: UInt64) {
        self.words = words
        self.rest = rest & 0x3
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080
    private static let sixBits: UInt64 = 0x3F3F_3F3F_3F3F_3F3F
    private static let twoBits: UInt64 = 0x0303_0303_0303_0303

    // MARK: Eight digits

    /// The high bit of each octet that is above a bound. All octets are below 128.
    private static func above(_ bound: UInt64, _ octets: UInt64) -> UInt64 { (octets &+ (127 - bound) &* ones) & highBits }

    /// `-` has rank 0, `0` to `9` follow, then `A` to `Z`, `_`, and `a` to `z`. Between them there are gaps of 2, 7, 4 and 1 octets.
    private static func octets(ofRanks ranks: UInt64) -> UInt64 {
        let letters = above(10, ranks)
        let digitsAndMore = ranks &+ UInt64(UInt8(ascii: "-")) &* ones &+ above(0, ranks) >> 6
        return digitsAndMore &+ letters >> 4 &- letters >> 7 &+ above(36, ranks) >> 5 &+ above(37, ranks) >> 7
    }

    /// - Returns: `nil` if one of the octets is no digit.
    private static func ranks(ofOctets octets: UInt64) -> UInt64? {
        guard octets & highBits == 0 else { return nil }
        let letters = above(UInt64(UInt8(ascii: "9")), octets)
        let ranks =
            octets &- UInt64(UInt8(ascii: "-")) &* ones &- above(UInt64(UInt8(ascii: "-")), octets) >> 6
            &- letters >> 4 &+ letters >> 7 &- above(UInt64(UInt8(ascii: "Z")), octets) >> 5
            &- above(UInt64(UInt8(ascii: "_")), octets) >> 7
        // An octet that is no digit has no rank that leads back to it.
        return ranks & ~sixBits == 0 && Self.octets(ofRanks: ranks) == octets ? ranks : nil
    }

    // MARK: All of them

    /// - Returns: `nil` unless there are exactly 43 digits.
    init?(_ octets: Span<UInt8>) {
        guard octets.count == Self.count else { return nil }
        var ranks = InlineArray<6, UInt64>(repeating: 0)
        for index in ranks.indices {
            var word = UInt64(UInt8(ascii: "-")) &* Self.ones
            if index < 5 {
                word = unsafe octets.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
                word = word.littleEndian
            } else {
                for last in 0..<3 {
                    word ^= UInt64(octets[40 + last] ^ UInt8(ascii: "-")) << (UInt64(last) * 8)
                }
            }
            guard let found = Self.ranks(ofOctets: word) else { return nil }
            ranks[index] = found
        }
        let (next, last) = (ranks[4], ranks[5])
        let pairsOfLast = last & 0x3_0303 | (last >> 2 & 0x3_0303) << 24 | (last >> 4 & 0x3_0303) << 48
        self.init(
            words: Words(
                first: ranks[0] | (next & Self.twoBits) << 6, second: ranks[1] | (next >> 2 & Self.twoBits) << 6,
                third: ranks[2] | (next >> 4 & Self.twoBits) << 6, fourth: ranks[3] | pairsOfLast << 6),
            rest: last >> 20)
    }

    /// Writes the digits, and five octets after them.
    ///
    /// - Parameter octets: the place for ``storedLength`` octets.
    func store(to octets: UnsafeMutableRawPointer) {
        unsafe Self.store(words.first & Self.sixBits, to: octets)
        unsafe Self.store(words.second & Self.sixBits, to: octets + 8)
        unsafe Self.store(words.third & Self.sixBits, to: octets + 16)
        unsafe Self.store(words.fourth & Self.sixBits, to: octets + 24)
        let pairs = (
            words.first >> 6 & Self.twoBits, words.second >> 4 & Self.twoBits << 2, words.third >> 2 & Self.twoBits << 4
        )
        unsafe Self.store(pairs.0 | pairs.1 | pairs.2, to: octets + 32)
        let last = words.fourth >> 6 & Self.twoBits
        unsafe Self.store((last | last >> 22 | last >> 44 | rest << 20) & 0x3F_3F3F, to: octets + 40)
    }

    private static func store(_ ranks: UInt64, to octets: UnsafeMutableRawPointer) {
        unsafe octets.storeBytes(of: Self.octets(ofRanks: ranks).littleEndian, as: UInt64.self)
    }

    /// The octets of the digits.
    var octets: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.storedLength) { buffer, count in
            if let base = buffer.baseAddress { unsafe store(to: base) }
            count = Self.count
        }
    }
}
