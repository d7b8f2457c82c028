import DNS
package import Delegates

/// Values that tests share.
package enum Samples {
    /// The value with the number `index`: 43 characters that end in the number.
    package static func value(_ index: Int) -> ChallengeValue {
        let digits = String(index)
        let text = String(repeating: "v", count: ChallengeValue.length - digits.count) + digits
        guard let value = ChallengeValue(text) else { preconditionFailure("a sample is not a value") }
        return value
    }

    package static var bcryptHash: BcryptHash {
        guard let hash = BcryptHash("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy") else {
            preconditionFailure("a sample is not a hash")
        }
        return hash
    }

    /// An address for documentation (RFC 5737).
    package static let client = IPAddress(IPv4Address(number: 0xC633_6464))

    package static let start = Timestamp(secondsSinceEpoch: 1_800_000_000)
}

/// A generator whose numbers a seed repeats (SplitMix64), for property tests.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
