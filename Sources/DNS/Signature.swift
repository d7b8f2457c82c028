/// A signature over an RRset, without the fields that follow from the RRset. RRSIG data (RFC 4034 section 3.1) consists of both.
///
/// It has nine words, the form in which large collections keep it.
package struct Signature: Sendable {
    /// The first word has, from the highest bit: the inception in 32 bits, the lifetime in 10, the algorithm in 6, the key tag in 16. The
    /// others have the 64 octets of the signature, the first of each word lowest.
    package var words: Words

    package typealias Words = InlineArray<9, UInt64>
    package static let wordCount = 9
    /// The length of a signature, in octets.
    package static let length = 64
    /// The unit of a signature's lifetime, in seconds.
    package static let lifetimeUnit: UInt32 = 4096
    package static let maximumLifetime = lifetimeUnit * 1023

    package init(words: Words) {
        self.words = words
    }

    /// - Parameters:
    ///   - lifetime: in seconds, limited to ``maximumLifetime`` and rounded down to whole ``lifetimeUnit``s.
    ///   - octets: the signature, at most 64 octets.
    package init(
        inception: UInt32, lifetime: UInt32, algorithm: UInt8, keyTag: UInt16, octets: [UInt8]
    ) {
        words = Words(repeating: 0)
        let units = min(lifetime, Self.maximumLifetime) / Self.lifetimeUnit
        words[0] = UInt64(inception) << 32 | UInt64(units) << 22 | UInt64(algorithm & 0x3F) << 16 | UInt64(keyTag)
        for index in 0..<min(octets.count, Self.length) {
            words[1 + index / 8] |= UInt64(octets[index]) << (UInt64(index % 8) * 8)
        }
    }

    /// The inception in seconds since 1970, modulo 2^32.
    package var inception: UInt32 { UInt32(words[0] >> 32) }
    package var expiration: UInt32 { inception &+ UInt32(words[0] >> 22 & 0x3FF) * Self.lifetimeUnit }
    package var algorithm: UInt8 { UInt8(words[0] >> 16 & 0x3F) }
    package var keyTag: UInt16 { UInt16(truncatingIfNeeded: words[0]) }

    /// The number of seconds left; negative if the signature has expired (RFC 1982: the numbers wrap around).
    package func secondsLeft(at now: UInt32) -> Int32 { Int32(bitPattern: expiration &- now) }

    /// Whether a validator with a correct clock accepts the signature.
    package func holds(at now: UInt32) -> Bool {
        Int32(bitPattern: now &- inception) >= 0 && secondsLeft(at: now) > 0
    }

    package var octets: [UInt8] {
        (0..<Self.length).map { index in
            let word = words[1 + index / 8]
            return UInt8(truncatingIfNeeded: word >> UInt64(index % 8 * 8))
        }
    }
}

extension Signature: Hashable {
    package static func == (left: Signature, right: Signature) -> Bool {
        for index in left.words.indices where left.words[index] != right.words[index] { return false }
        return true
    }

    package func hash(into hasher: inout Hasher) {
        for index in words.indices { hasher.combine(words[index]) }
    }
}
