package import DNS

/// A buffer for the values of one delegate, as finished TXT records, and the signatures over them: made once, filled for each answer.
@safe
package struct ServedValues: ~Copyable {
    private let octets: UnsafeMutableRawBufferPointer
    package private(set) var count = 0
    private var signatures: InlineArray<2, Signature> = .init(repeating: Signature(words: .init(repeating: 0)))
    /// The number of signatures; 0 if the values are not signed, or were not when they were read.
    package private(set) var signatureCount = 0

    /// The length of the data in octets: a character-string of 43 (RFC 1035 section 3.3.14).
    private static let dataLength = 1 + ChallengeValue.length
    /// What comes before a value: owner, type, class, TTL, the data's length, the value's length.
    private static let startLength = 13
    /// The length of a record, in octets.
    package static let recordLength = startLength + ChallengeValue.length

    /// The first eight octets of a record: a pointer to the question's name, type, class, half of the TTL. Numbers that are read from
    /// another target cost a call each, so they are put together once.
    private let front =
        (0xC000 | UInt64(Header.length)) << 48 | UInt64(RecordType.txt.rawValue) << 32
        | UInt64(RecordClass.in.rawValue) << 16 | UInt64(DelegateAnswers.challengeTTL >> 16)
    /// The eight octets before a value, which overlap with the first eight.
    private let back =
        UInt64(RecordClass.in.rawValue) << 56 | UInt64(DelegateAnswers.challengeTTL) << 24 | UInt64(dataLength) << 8
        | UInt64(ChallengeValue.length)

    package init() {
        // A value is written in whole words, and the last word reaches beyond it.
        unsafe octets = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ValueRetention.maximumCount * Self.recordLength + 8, alignment: 8)
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

    mutating func append(_ digits: PackedDigits) {
        precondition(count < ValueRetention.maximumCount)
        if let base = unsafe octets.baseAddress {
            let record = unsafe base + count * Self.recordLength
            unsafe record.storeBytes(of: front.bigEndian, as: UInt64.self)
            unsafe record.storeBytes(of: back.bigEndian, toByteOffset: Self.startLength - 8, as: UInt64.self)
            unsafe digits.store(to: record + Self.startLength)
        }
        count += 1
    }

    /// A TXT record for each value, one after the other, oldest first. Their owner is a pointer to the name of a message's question.
    package func withRecords<Outcome>(_ body: (Span<UInt8>) throws -> Outcome) rethrows -> Outcome {
        let used = unsafe UnsafeRawBufferPointer(rebasing: octets[..<(count * Self.recordLength)])
        return try body(unsafe Span<UInt8>(_unsafeBytes: used))
    }

    /// The records' data.
    package var recordData: [RecordData] {
        withRecords { records in
            (1..<count + 1).map { end in
                let end = end * Self.recordLength
                return RecordData(type: .txt, octets: (end - Self.dataLength..<end).map { records[$0] })
            }
        }
    }
}
