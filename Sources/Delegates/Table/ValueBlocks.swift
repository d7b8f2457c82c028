import DNS
import Synchronization

/// The values of all delegates and the signatures over their answers, one block for each delegate. A block never changes while it is a
/// delegate's: a change writes another block, then replaces the delegate's ``Handle``.
///
/// Many threads may read, one at a time may write. A block may become another delegate's at any moment while it is read: the reader loads
/// the handle once more, and reads again if it has changed.
final class ValueBlocks: Sendable {
    private let words = SharedWords()

    /// The location of a delegate's values: the place of their block, a number that differs after each change, whether the values are wide,
    /// the number of signatures over them, and the number of values. Zero is a delegate without values.
    struct Handle: Equatable {
        var word: UInt64

        init(word: UInt64) {
            self.word = word
        }

        fileprivate init(block: Int, count: Int, isWide: Bool, signatureCount: Int, after previous: Handle) {
            let generation = (previous.word >> 10 &+ 1) & 0x3F_FFFF
            word =
                UInt64(block) << 32 | generation << 10 | (isWide ? 1 << 9 : 0) | UInt64(signatureCount) << 7 | UInt64(count)
        }

        fileprivate var block: Int { Int(word >> 32) }
        var count: Int { Int(word & 0x7F) }
        fileprivate var isWide: Bool { word & 1 << 9 != 0 }
        fileprivate var wordsPerValue: Int { isWide ? ValueBlocks.wordsPerWideValue : ValueBlocks.wordsPerValue }
        /// The number of signatures over the values: one of each algorithm.
        var signatureCount: Int { Int(word >> 7 & 0x3) }

        /// After the values come the signatures over them.
        fileprivate var firstSignature: Int { block + count * wordsPerValue }
        /// In words.
        var length: Int { count * wordsPerValue + signatureCount * Signature.wordCount }
    }

    /// Blocks that belong to no delegate, by the number of their words.
    struct FreeBlocks {
        fileprivate var places: [Int: [UInt32]] = [:]
    }

    /// The words of a value: four of its digits, then from the highest bit its place in the sequence in 32 bits, the rest of its digits in 2,
    /// and the seconds of its moment after ``momentBase`` in 30.
    private static let wordsPerValue = 5
    /// The words of a wide value: those five, and then its place and its moment as they are. All values of a block are wide if a place or a
    /// moment of one of them does not fit.
    private static let wordsPerWideValue = 7
    /// The moment from which moments count, in seconds since 1970: the beginning of 2025. They fit until 2059.
    private static let momentBase: Int64 = 1_735_689_600

    // MARK: Reading

    /// Reads the values to serve now, oldest first.
    func read(_ values: inout ServedValues, of handle: Handle, now: Timestamp) {
        values.removeAll()
        let first = firstKept(handle, now: now)
        for index in first..<handle.count { values.append(digits(at: place(of: index, in: handle))) }
        // The signatures are over all values of the block.
        if first == 0, handle.count > 0 { readSignatures(&values, from: handle.firstSignature, count: handle.signatureCount) }
        // Orders the reads above before a later load of the handle.
        atomicMemoryFence(ordering: .acquiring)
    }

    /// Reads all values of a block, however old, oldest first, without signatures.
    func readAll(_ values: inout ServedValues, of handle: Handle) {
        values.removeAll()
        for index in 0..<handle.count { values.append(digits(at: place(of: index, in: handle))) }
    }

    private func digits(at place: Int) -> PackedDigits {
        let (first, second, third, fourth, rest) = words.loadFive(from: place)
        return PackedDigits(
            words: PackedDigits.Words(first: first, second: second, third: third, fourth: fourth), rest: rest >> 30)
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

    private func place(of index: Int, in handle: Handle) -> Int { handle.block + index * handle.wordsPerValue }

    private func firstKept(_ handle: Handle, now: Timestamp) -> Int {
        guard handle.count > ValueRetention.alwaysKeptCount else { return 0 }
        return ValueRetention.firstKept(of: handle.count, now: now) { published($0, in: handle) }
    }

    private func published(_ index: Int, in handle: Handle) -> Timestamp {
        let place = place(of: index, in: handle)
        guard !handle.isWide else { return Timestamp(secondsSinceEpoch: Int64(bitPattern: words.load(place + 6))) }
        return Timestamp(secondsSinceEpoch: Self.momentBase + Int64(words.load(place + 4) & 0x3FFF_FFFF))
    }

    private func sequence(_ index: Int, in handle: Handle) -> ChangeSequence {
        let place = place(of: index, in: handle)
        return ChangeSequence(handle.isWide ? words.load(place + 5) : words.load(place + 4) >> 32)
    }

    // MARK: Writing

    /// All values of a block, for the one thread that may change it.
    func all(of handle: Handle) -> [DelegateTable.PublishedValue] {
        (0..<handle.count).map { index in
            DelegateTable.PublishedValue(
                ChallengeValue(digits(at: place(of: index, in: handle))), sequence: sequence(index, in: handle),
                published: published(index, in: handle))
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
        let isWide = values.contains { !$0.fitsNarrowly(after: Self.momentBase) }
        func handle(_ block: Int) -> Handle {
            Handle(block: block, count: values.count, isWide: isWide, signatureCount: signatures.count, after: previous)
        }
        let length = handle(0).length
        guard length > 0 else { return handle(0) }
        guard let block = free.places[length]?.popLast().map({ Int($0) }) ?? words.allocate(length) else { return nil }
        // A thread that still reads the block for its former delegate, and sees one of these words, also sees that delegate's new handle.
        atomicMemoryFence(ordering: .releasing)
        let handle = handle(block)
        for (index, value) in values.enumerated() { write(value, at: place(of: index, in: handle), isWide: isWide) }
        for (index, signature) in signatures.enumerated() {
            let place = handle.firstSignature + index * Signature.wordCount
            for word in signature.words.indices { words.store(signature.words[word], at: place + word) }
        }
        return handle
    }

    private func write(_ value: DelegateTable.PublishedValue, at place: Int, isWide: Bool) {
        let digits = value.value.digits
        words.store(digits.words.first, at: place)
        words.store(digits.words.second, at: place + 1)
        words.store(digits.words.third, at: place + 2)
        words.store(digits.words.fourth, at: place + 3)
        let (sequence, moment) = (value.sequence.number, value.published.secondsSinceEpoch)
        guard isWide else {
            let seconds = UInt64(truncatingIfNeeded: moment &- Self.momentBase)
            words.store(sequence << 32 | digits.rest << 30 | seconds, at: place + 4)
            return
        }
        words.store(digits.rest << 30, at: place + 4)
        words.store(sequence, at: place + 5)
        words.store(UInt64(bitPattern: moment), at: place + 6)
    }

    /// Frees the block of a handle that was replaced.
    func release(_ handle: Handle, to free: inout FreeBlocks) {
        if handle.length > 0 { free.places[handle.length, default: []].append(UInt32(handle.block)) }
    }
}

extension DelegateTable.PublishedValue {
    fileprivate func fitsNarrowly(after base: Int64) -> Bool {
        sequence.number <= UInt32.max && base..<base + 1 << 30 ~= published.secondsSinceEpoch
    }
}
