import DNS

/// A delegate's label and the zone that it is in, as words: what the table compares and hashes.
struct DelegateKey {
    /// The zone's number, the label's length, and the label in lower case; the rest is zeros.
    private(set) var words: InlineArray<9, UInt64> = .init(repeating: 0)
    let count: Int
    let hash: UInt64

    /// Octets of the zone's number and the label's length.
    private static let prefixLength = 3
    private static let labelOctetsInFirstWord = 8 - prefixLength

    /// - Parameter label: without its length.
    /// - Returns: nothing if the label has not 1 to 63 octets.
    init?(_ label: Span<UInt8>, in origin: DelegateTable.Origin, seed: UInt64) {
        guard 1...DomainName.maximumLabelLength ~= label.count else { return nil }
        count = (Self.prefixLength + label.count + 7) / 8
        words[0] =
            ASCIICase.word(of: label, from: 0, upTo: Self.labelOctetsInFirstWord) << (Self.prefixLength * 8)
            | UInt64(label.count) << 16 | UInt64(origin.number)
        for index in 1..<9 where index < count {
            words[index] = ASCIICase.word(of: label, from: Self.labelOctetsInFirstWord + (index - 1) * 8, upTo: 8)
        }
        var hash = WordHash(seed: seed)
        for index in 0..<count { hash.combine(words[index]) }
        self.hash = hash.value
    }

    /// The label that words of this form hold.
    static func label(ofWords words: [UInt64]) -> [UInt8] {
        let octets = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        return Array(octets.dropFirst(prefixLength).prefix(words.first.map(labelLength) ?? 0))
    }

    static func origin(ofFirstWord word: UInt64) -> DelegateTable.Origin {
        DelegateTable.Origin(number: UInt16(truncatingIfNeeded: word))
    }

    private static func labelLength(ofFirstWord word: UInt64) -> Int { Int(word >> 16 & 0xFF) }

    static func wordCount(ofFirstWord word: UInt64) -> Int { (prefixLength + labelLength(ofFirstWord: word) + 7) / 8 }
}
