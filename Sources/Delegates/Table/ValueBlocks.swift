import DNS
import Synchronization

/// The values of all delegates and the signatures over their answers, one block for each delegate. A block never changes while it is a
/// delegate's: a change writes another block, then replaces the delegate's ``Handle``.
///
/// Many threads may read, one at a time may write. A block may become another delegate's at any moment while it is read: the reader loads
/// the handle once more, and reads again if it has changed.
final class ValueBlocks: Sendable {
    private let words = SharedWords()

    /// The location of a delegate's values: the place of their block, a number that differs after each change, the number of signatures
    /// over them, and the number of values. Zero is a delegate without values.
    struct Handle: Equatable {
        var word: UInt64

        init(word: UInt64) {
            self.word = word
        }

        fileprivate init(block: Int, count: Int, signatureCount: Int, after previous: Handle) {
            let generation = (previous.word >> 9 &+ 1) & 0x7F_FFFF
            word = UInt64(block) << 32 | generation << 9 | UInt64(signatureCount) << 7 | UInt64(count)
        }

        fileprivate var block: Int { Int(word >> 32) }
        var count: Int { Int(word & 0x7F) }
        /// The number of signatures over the values: one of each algorithm.
        var signatureCount: Int { Int(word >> 7 & 0x3) }

        /// After the values come the signatures over them.
        fileprivate var firstSignature: Int { block + count * ValueBlocks.wordsPerValue }
        /// In words.
        var length: Int { ValueBlocks.length(count: count, signatureCount: signatureCount) }
    }

    private static func length(count: Int, signatureCount: Int) -> Int {
        count * wordsPerValue + signatureCount * Signature.wordCount
    }

    /// Blocks that belong to no delegate, by the number of their words.
    struct FreeBlocks {
        fileprivate var places: [Int: [UInt32]] = [:]
    }

    /// The words that a value takes: its 43 octets, then five octets of its moment.
    static let wordsOfValue = 6
    /// Those words, and before them the value's place in the sequence.
    private static let wordsPerValue = 1 + wordsOfValue

    // MARK: Reading

    /// Reads the values to serve now, oldest first.
    func read(_ values: inout ServedValues, of handle: Handle, now: Timestamp) {
        values.removeAll()
        let first = firstKept(handle, now: now)
        for index in first..<handle.count {
            values.append(from: words, at: place(of: index, in: handle) + 1)
        }
        // The signatures are over all values of the block.
        if first == 0, handle.count > 0 { readSignatures(&values, from: handle.firstSignature, count: handle.signatureCount) }
        // Orders the reads above before a later load of the handle.
        atomicMemoryFence(ordering: .acquiring)
    }

    /// Reads all values of a block, however old, oldest first, without signatures.
    func readAll(_ values: inout ServedValues, of handle: Handle) {
        values.removeAll()
        for index in 0..<handle.count { values.append(from: words, at: place(of: index, in: handle) + 1) }
    }

    private func readSignatures(_ values: inout ServedValues, from start: Int, count: Int) {
        for index in 0..<count {
            var signature = Signature.Words(repeating: 0)
            words.copy(from: start + index * Signature.wordCount, to: &signature)
            values.append(Signature(words: signature))
        }
    }

    /// The signatures of a block, for the one thread that may change it.
    func signatures(of handle: Handle) -> [Signature] {
        (0..<handle.signatureCount).map { index in
            var signature = Signature.Words(repeating: 0)
            words.copy(from: handle.firstSignature + index * Signature.wordCount, to: &signature)
            return Signature(words: signature)
        }
    }

    /// Reads one word of each cache line that the first values and signatures are in.
    func touch(_ handle: Handle) -> UInt64 {
        let count = min(handle.length, ValueRetention.alwaysKeptCount * Self.wordsPerValue + 2 * Signature.wordCount)
        return count > 0 ? words.touch(from: handle.block, count: count) : 0
    }

    private func place(of index: Int, in handle: Handle) -> Int { handle.block + index * Self.wordsPerValue }

    private func firstKept(_ handle: Handle, now: Timestamp) -> Int {
        guard handle.count > ValueRetention.alwaysKeptCount else { return 0 }
        return ValueRetention.firstKept(of: handle.count, now: now) { index in
            published(ofLastWord: words.load(place(of: index, in: handle) + Self.wordsOfValue))
        }
    }

    private func published(ofLastWord word: UInt64) -> Timestamp {
        Timestamp(secondsSinceEpoch: Int64(word >> 24))
    }

    // MARK: Writing

    /// All values of a block, for the one thread that may change it.
    func all(of handle: Handle) -> [DelegateTable.PublishedValue] {
        var served = ServedValues()
        return (0..<handle.count).compactMap { index in
            let place = place(of: index, in: handle)
            served.removeAll()
            served.append(from: words, at: place + 1)
            let text = served.recordData.first?.octets.dropFirst() ?? []
            return ChallengeValue(String(decoding: text, as: UTF8.self)).map {
                DelegateTable.PublishedValue(
                    $0, sequence: ChangeSequence(words.load(place)),
                    published: published(ofLastWord: words.load(place + Self.wordsOfValue)))
            }
        }
    }

    /// Writes a block.
    ///
    /// - Parameters:
    ///   - signatures: those over the values, at most two; empty without values.
    /// - Returns: the handle that is to replace the previous one; `nil` if there is no more room at all.
    func write(
        _ values: some Collection<DelegateTable.PublishedValue>, signatures: [Signature], after previous: Handle,
        from free: inout FreeBlocks
    ) -> Handle? {
        let length = Self.length(count: values.count, signatureCount: signatures.count)
        guard length > 0 else { return Handle(block: 0, count: 0, signatureCount: 0, after: previous) }
        guard let block = free.places[length]?.popLast().map({ Int($0) }) ?? words.allocate(length) else { return nil }
        // A thread that still reads the block for its former delegate, and sees one of these words, also sees that delegate's new handle.
        atomicMemoryFence(ordering: .releasing)
        for (index, value) in values.enumerated() { write(value, at: block + index * Self.wordsPerValue) }
        let handle = Handle(block: block, count: values.count, signatureCount: signatures.count, after: previous)
        for (index, signature) in signatures.enumerated() {
            let place = handle.firstSignature + index * Signature.wordCount
            for word in signature.words.indices { words.store(signature.words[word], at: place + word) }
        }
        return handle
    }

    private func write(_ value: DelegateTable.PublishedValue, at place: Int) {
        words.store(value.sequence.number, at: place)
        var word: UInt64 = 0
        for (index, octet) in value.value.text.utf8.enumerated() {
            word |= UInt64(octet) << (UInt64(index % 8) * 8)
            if index % 8 == 7 {
                words.store(word, at: place + 1 + index / 8)
                word = 0
            }
        }
        let moment = UInt64(clamping: value.published.secondsSinceEpoch) & 0xFF_FFFF_FFFF
        words.store(word | moment << 24, at: place + Self.wordsOfValue)
    }

    /// Frees the block of a handle that was replaced.
    func release(_ handle: Handle, to free: inout FreeBlocks) {
        if handle.length > 0 { free.places[handle.length, default: []].append(UInt32(handle.block)) }
    }
}
