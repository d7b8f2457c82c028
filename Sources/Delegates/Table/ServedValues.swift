package import DNS

/// A buffer for the values of one delegate and the signatures over them: made once, filled for each answer.
@safe
package struct ServedValues: ~Copyable {
    private let octets: UnsafeMutableRawBufferPointer
    package private(set) var count = 0
    private var signatures: InlineArray<2, Signature> = .init(repeating: Signature(words: .init(repeating: 0)))
    /// The number of signatures; 0 if the values are not signed, or were not when they were read.
    package private(set) var signatureCount = 0

    /// The length in octets: a character-string of 43 (RFC 1035 section 3.3.14).
    package static let dataLength = 1 + ChallengeValue.length

    package init() {
        // Values are copied in whole words, and the last word reaches beyond its value.
        unsafe octets = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ValueRetention.maximumCount * Self.dataLength + 8, alignment: 8)
    }

    deinit {
        unsafe octets.deallocate()
    }

    package var isEmpty: Bool { count == 0 }

    mutating func removeAll() {
        count = 0
        signatureCount = 0
    }

    /// - Precondition: the index is below ``signatureCount``.
    package func signature(at index: Int) -> Signature { signatures[index] }

    mutating func append(_ signature: Signature) {
        signatures[signatureCount] = signature
        signatureCount += 1
    }

    /// Appends a value from words that begin with its octets.
    mutating func append(from words: SharedWords, at index: Int) {
        precondition(count < ValueRetention.maximumCount)
        let start = count * Self.dataLength
        unsafe octets[start] = UInt8(ChallengeValue.length)
        if let base = unsafe octets.baseAddress {
            unsafe words.copy(from: index, count: ValueBlocks.wordsOfValue, to: base + start + 1)
        }
        count += 1
    }

    /// The data of a TXT record for each value, one after the other, oldest first.
    package func withRecordData<Outcome>(_ body: (Span<UInt8>) throws -> Outcome) rethrows -> Outcome {
        let used = unsafe UnsafeRawBufferPointer(rebasing: octets[..<(count * Self.dataLength)])
        return try body(unsafe Span<UInt8>(_unsafeBytes: used))
    }

    package var recordData: [RecordData] {
        withRecordData { data in
            (0..<count).map { index in
                let start = index * Self.dataLength
                return RecordData(type: .txt, octets: (start..<start + Self.dataLength).map { data[$0] })
            }
        }
    }
}
