/// A random identifier in the form of a version 4 UUID (RFC 9562 section 5.4): what the acme-dns API uses as user name and as a
/// delegate's label.
package struct UniqueID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Makes an identifier of 122 random bits.
    package init(using generator: inout some RandomNumberGenerator) {
        high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Makes an identifier that is unique and cannot be guessed.
    package static func random() -> UniqueID {
        var generator = SystemRandomNumberGenerator()
        return UniqueID(using: &generator)
    }

    /// Reads 32 hexadecimal digits in any case, with dashes in the usual places or none at all.
    package init?(_ text: some StringProtocol) {
        var digits = Array(text.utf8)
        if digits.count == 36 {
            let dashes = [8, 13, 18, 23]
            guard dashes.allSatisfy({ digits[$0] == UInt8(ascii: "-") }) else { return nil }
            for dash in dashes.reversed() { digits.remove(at: dash) }
        }
        guard digits.count == 32, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let high = UInt64(String(decoding: digits[..<16], as: UTF8.self), radix: 16),
            let low = UInt64(String(decoding: digits[16...], as: UTF8.self), radix: 16)
        else { return nil }
        self.high = high
        self.low = low
    }
}

extension UniqueID: CustomStringConvertible {
    /// Lower case, with dashes.
    package var description: String {
        func digits(_ value: UInt64) -> [Character] {
            let text = String(value, radix: 16)
            return Array(String(repeating: "0", count: 16 - text.count) + text)
        }
        let all = digits(high) + digits(low)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(all[$0]) }.joined(separator: "-")
    }
}
