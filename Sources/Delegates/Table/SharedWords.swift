import DNS
import Synchronization

/// 64-bit words that many threads read and one at a time writes, each word whole, without a lock; ``replace(_:by:at:)`` is for words that
/// several threads write. Memory grows with use, in chunks, which stay where they are until the object is deinitialized.
@safe
// Unchecked: to the compiler, a pointer is never Sendable. This one points only to atomic words, which are accessed within bounds; the
// pointer itself never changes, and the address of a chunk is stored once, in an atomic word.
final class SharedWords: @unchecked Sendable {
    private typealias Word = Atomic<UInt64>
    /// The address of each chunk; 0 for a chunk that does not exist yet.
    private let chunks: UnsafeMutablePointer<Word>
    /// The next word that ``allocate(_:)`` gives out. The first word is never given out, so that 0 can mean none.
    private let end = Atomic<Int>(1)

    private static let chunkBits = 16
    private static let wordsPerChunk = 1 << chunkBits
    private static let chunkCount = 1 << 14
    /// The maximum number of words: 8 GiB.
    private static let maximumCount = wordsPerChunk * chunkCount

    init() {
        unsafe chunks = UnsafeMutablePointer<Word>.allocate(capacity: Self.chunkCount)
        for index in 0..<Self.chunkCount { unsafe (chunks + index).initialize(to: Word(0)) }
    }

    deinit {
        for index in 0..<Self.chunkCount {
            if let chunk = unsafe Self.pointer(chunks[index].load(ordering: .relaxed)) {
                unsafe chunk.deinitialize(count: Self.wordsPerChunk)
                unsafe chunk.deallocate()
            }
        }
        unsafe chunks.deinitialize(count: Self.chunkCount)
        unsafe chunks.deallocate()
    }

    private static func pointer(_ address: UInt64) -> UnsafeMutablePointer<Word>? {
        unsafe UnsafeMutablePointer(bitPattern: UInt(address))
    }

    /// The address of a word. The words of one allocation are contiguous in memory.
    private func place(of index: Int) -> UnsafeMutablePointer<Word> {
        precondition(index >= 0 && index < Self.maximumCount)
        let address = unsafe chunks[index >> Self.chunkBits].load(ordering: .acquiring)
        guard let chunk = unsafe Self.pointer(address) else { preconditionFailure("no word was given out there") }
        return unsafe chunk + (index & (Self.wordsPerChunk - 1))
    }

    // MARK: Reading

    /// Loads a word. Everything that was stored before its ``publish(_:at:)`` is then visible, too.
    func load(_ index: Int) -> UInt64 {
        unsafe place(of: index).pointee.load(ordering: .acquiring)
    }

    /// Copies words of one allocation.
    func copy(from start: Int, to words: inout Signature.Words) {
        checkAllocation(start, words.count)
        let first = unsafe place(of: start)
        for offset in words.indices { words[offset] = unsafe first[offset].load(ordering: .relaxed) }
    }

    /// Two words of one allocation. Each query for values needs them.
    @inline(__always)
    func loadTwo(from start: Int) -> (UInt64, UInt64) {
        checkAllocation(start, 2)
        let first = unsafe place(of: start)
        return unsafe (first[0].load(ordering: .relaxed), first[1].load(ordering: .relaxed))
    }

    /// Five words of one allocation.
    func loadFive(from start: Int) -> (UInt64, UInt64, UInt64, UInt64, UInt64) {
        checkAllocation(start, 5)
        let first = unsafe place(of: start)
        return unsafe (
            first[0].load(ordering: .relaxed), first[1].load(ordering: .relaxed), first[2].load(ordering: .relaxed),
            first[3].load(ordering: .relaxed), first[4].load(ordering: .relaxed)
        )
    }

    /// Whether words of one allocation equal these.
    func equal(from start: Int, _ words: Span<UInt64>) -> Bool {
        checkAllocation(start, words.count)
        let first = unsafe place(of: start)
        for offset in words.indices where unsafe first[offset].load(ordering: .relaxed) != words[offset] { return false }
        return true
    }

    /// Reads one word of each processor cache line that words of one allocation are in.
    ///
    /// - Returns: a value that depends on all words that were read.
    func touch(from start: Int, count: Int) -> UInt64 {
        checkAllocation(start, count)
        let first = unsafe place(of: start)
        var seen = unsafe first[count - 1].load(ordering: .relaxed)
        var offset = 0
        while offset < count - 1 {
            seen ^= unsafe first[offset].load(ordering: .relaxed)
            offset += 8
        }
        return seen
    }

    // MARK: Writing

    /// Gives out zeroed words that are contiguous in memory; `nil` if there are no more.
    func allocate(_ count: Int) -> Int? {
        var start = end.load(ordering: .relaxed)
        if start >> Self.chunkBits != (start + count - 1) >> Self.chunkBits {
            start = Self.startOfChunk(after: start)
        }
        guard count <= Self.wordsPerChunk, start + count <= Self.maximumCount else { return nil }
        makeChunks(start..<start + count)
        end.store(start + count, ordering: .releasing)
        return start
    }

    /// Makes words usable without giving them out, for a caller that assigns places by its own rule.
    func makeChunks(_ words: Range<Int>) {
        precondition(words.upperBound <= Self.maximumCount)
        for index in words.lowerBound >> Self.chunkBits...(words.upperBound - 1) >> Self.chunkBits
        where unsafe chunks[index].load(ordering: .relaxed) == 0 {
            let chunk = UnsafeMutablePointer<Word>.allocate(capacity: Self.wordsPerChunk)
            for offset in 0..<Self.wordsPerChunk { unsafe (chunk + offset).initialize(to: Word(0)) }
            unsafe chunks[index].store(UInt64(UInt(bitPattern: chunk)), ordering: .releasing)
        }
    }

    /// The index after the last word that was given out.
    var allocatedEnd: Int { end.load(ordering: .acquiring) }

    /// The start of the next chunk, which takes what does not fit into the rest of this one.
    static func startOfChunk(after index: Int) -> Int {
        ((index >> chunkBits) + 1) << chunkBits
    }

    func store(_ word: UInt64, at index: Int) {
        unsafe place(of: index).pointee.store(word, ordering: .relaxed)
    }

    /// Replaces a word, unless another thread has replaced it meanwhile. Several threads may do so at a time.
    ///
    /// - Returns: whether the word was the expected one.
    func replace(_ expected: UInt64, by word: UInt64, at index: Int) -> Bool {
        unsafe place(of: index).pointee.compareExchange(expected: expected, desired: word, ordering: .relaxed).exchanged
    }

    /// Stores a word after everything that was stored before.
    func publish(_ word: UInt64, at index: Int) {
        unsafe place(of: index).pointee.store(word, ordering: .releasing)
    }

    private func checkAllocation(_ start: Int, _ count: Int) {
        precondition(count > 0 && start >> Self.chunkBits == (start + count - 1) >> Self.chunkBits, "not one allocation")
    }
}
