/// A label in lower case as words, after a number for the label's owner: the form in which large collections compare and hash labels.
package struct LabelWords: Sendable {
    /// The number, the label's length and the label, padded with zeros.
    package private(set) var words: InlineArray<9, UInt64> = .init(repeating: 0)
    package let count: Int
    package private(set) var hash: UInt64 = 0

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
        var hash = WordHash(seed: seed)
        let prefix = UInt64(label.count) << 16 | UInt64(owner)
        guard label.count >= 8 else {
            words[0] = ASCIICase.word(of: label, upTo: Self.labelOctetsInFirstWord) << (Self.prefixLength * 8) | prefix
            hash.combine(words[0])
            if count > 1 {
                words[1] = ASCIICase.word(of: label.extracting(Self.labelOctetsInFirstWord...), upTo: 8)
                hash.combine(words[1])
            }
            self.hash = hash.value
            return
        }
        unsafe label.withUnsafeBytes { label in
            func word(at start: Int) -> UInt64 {
                unsafe ASCIICase.lowercased(label.loadUnaligned(fromByteOffset: start, as: UInt64.self).littleEndian)
            }
            words[0] = word(at: 0) << (Self.prefixLength * 8) | prefix
            hash.combine(words[0])
            for index in 1..<count - 1 {
                words[index] = word(at: Self.labelOctetsInFirstWord + (index - 1) * 8)
                hash.combine(words[index])
            }
            // The last load begins at octets that earlier words have already, and the shift drops them.
            let start = Self.labelOctetsInFirstWord + (count - 2) * 8
            words[count - 1] = word(at: label.count - 8) >> UInt64((start - (label.count - 8)) * 8)
            hash.combine(words[count - 1])
        }
        self.hash = hash.value
    }

    /// Returns the label in words of this form.
    package static func label(ofWords words: [UInt64]) -> [UInt8] {
        let end = min(words.count * 8, prefixLength + (words.first.map(labelLength) ?? 0))
        return (min(prefixLength, end)..<end).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> (UInt64($0 % 8) * 8)) }
    }

    package static func owner(ofFirstWord word: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: word) }

    package static func wordCount(ofFirstWord word: UInt64) -> Int { (prefixLength + labelLength(ofFirstWord: word) + 7) / 8 }

    private static func labelLength(ofFirstWord word: UInt64) -> Int { Int(word >> 16 & 0xFF) }
}
