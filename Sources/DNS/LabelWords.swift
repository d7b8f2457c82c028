/// A label in lower case as words, after a number for the label's owner: the form in which large collections compare and hash labels.
package struct LabelWords: Sendable {
    /// The number, the label's length and the label, padded with zeros.
    package private(set) var words: InlineArray<9, UInt64> = .init(repeating: 0)
    package let count: Int
    package let hash: UInt64

    /// The size of the number and of the label's length together, in octets.
    private static let prefixLength = 3
    private static let labelOctetsInFirstWord = 8 - prefixLength

    /// - Parameters:
    ///   - label: the label, without its length.
    ///   - seed: the hash's seed, which is random and never leaves the process.
    /// - Returns: `nil` unless the label has 1 to 63 octets.
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

    /// Returns the label in words of this form.
    package static func label(ofWords words: [UInt64]) -> [UInt8] {
        let octets = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        return Array(octets.dropFirst(prefixLength).prefix(words.first.map(labelLength) ?? 0))
    }

    package static func owner(ofFirstWord word: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: word) }

    package static func wordCount(ofFirstWord word: UInt64) -> Int { (prefixLength + labelLength(ofFirstWord: word) + 7) / 8 }

    private static func labelLength(ofFirstWord word: UInt64) -> Int { Int(word >> 16 & 0xFF) }
}
