/// A label in lower case as words, behind a number that says whose label it is: what is compared and hashed where many are kept.
package struct LabelWords: Sendable {
    /// The number, the label's length, and the label; the rest is zeros.
    package private(set) var words: InlineArray<9, UInt64> = .init(repeating: 0)
    package let count: Int
    package let hash: UInt64

    /// Octets of the number and the label's length.
    private static let prefixLength = 3
    private static let labelOctetsInFirstWord = 8 - prefixLength

    /// - Parameters:
    ///   - label: without its length.
    ///   - seed: of the hash; random, and kept inside the process.
    /// - Returns: nothing if the label has not 1 to 63 octets.
    package init?(_ label: Span<UInt8>, of owner: UInt16, seed: UInt64) {
        guard 1...DomainName.maximumLabelLength ~= label.count else { return nil }
        count = (Self.prefixLength + label.count + 7) / 8
        words[0] =
            ASCIICase.word(of: label, from: 0, upTo: Self.labelOctetsInFirstWord) << (Self.prefixLength * 8)
            | UInt64(label.count) << 16 | UInt64(owner)
        var hash = WordHash(seed: seed)
        hash.combine(words[0])
        for index in 1..<max(1, count) {
            let word = ASCIICase.word(of: label, from: Self.labelOctetsInFirstWord + (index - 1) * 8, upTo: 8)
            words[index] = word
            hash.combine(word)
        }
        self.hash = hash.value
    }

    /// The label that words of this form hold.
    package static func label(ofWords words: [UInt64]) -> [UInt8] {
        let octets = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        return Array(octets.dropFirst(prefixLength).prefix(words.first.map(labelLength) ?? 0))
    }

    package static func owner(ofFirstWord word: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: word) }

    package static func wordCount(ofFirstWord word: UInt64) -> Int { (prefixLength + labelLength(ofFirstWord: word) + 7) / 8 }

    private static func labelLength(ofFirstWord word: UInt64) -> Int { Int(word >> 16 & 0xFF) }
}
