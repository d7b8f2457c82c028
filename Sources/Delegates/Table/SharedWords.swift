import DNS
import Synchronization

/// 64-bit words that threads read and one thread at a time writes, each word whole, without a lock. There are as many as are
/// used: memory comes in chunks, which stay where they are until the object goes.
@safe
// Unchecked: a pointer is never Sendable to the compiler. What it points to is atomic words alone, which are read and written within
// bounds; the pointer itself never changes, and a chunk's address is stored once, in an atomic word.
final class SharedWords: @unchecked Sendable {
    private typealias Word = Atomic<UInt64>
    /// The address of each chunk; 0 for one that is not there yet.
    private let chunks: UnsafeMutablePointer<Word>
    /// The next word that ``allocate(_:)`` gives out. The first is never given out, so that 0 can mean nothing.
    private let end = Atomic<Int>(1)

    private static let chunkBits = 16
    private static let wordsPerChunk = 1 << chunkBits
    private static let chunkCount = 1 << 14
    /// The most words there can be: 8 GiB.
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

    /// The word's place. Words of one allocation stand one behind the other in memory.
    private func place(of index: Int) -> UnsafeMutablePointer<Word> {
        precondition(index >= 0 && index < Self.maximumCount)
        let address = unsafe chunks[index >> Self.chunkBits].load(ordering: .acquiring)
        guard let chunk = unsafe Self.pointer(address) else { preconditionFailure("no word was given out there") }
        return unsafe chunk + (index & (Self.wordsPerChunk - 1))
    }

    // MARK: Reading

    /// What a word is; with it, all that was stored before it was ``publish(_:at:)``ed.
    func load(_ index: Int) -> UInt64 {
        unsafe place(of: index).pointee.load(ordering: .acquiring)
    }

    /// Copies words of one allocation, the octets of each from the lowest to the highest.
    func copy(from start: Int, count: Int, to octets: UnsafeMutableRawPointer) {
        checkAllocation(start, count)
        let first = unsafe place(of: start)
        for offset in 0..<count {
            let word = unsafe first[offset].load(ordering: .relaxed)
            unsafe octets.storeBytes(of: word.littleEndian, toByteOffset: offset * 8, as: UInt64.self)
        }
    }

    /// Copies words of one allocation.
    func copy(from start: Int, to words: inout Signature.Words) {
        checkAllocation(start, words.count)
        let first = unsafe place(of: start)
        for offset in words.indices { words[offset] = unsafe first[offset].load(ordering: .relaxed) }
    }

    /// Whether words of one allocation are these.
    func equal(from start: Int, _ words: Span<UInt64>) -> Bool {
        checkAllocation(start, words.count)
        let first = unsafe place(of: start)
        for offset in words.indices where unsafe first[offset].load(ordering: .relaxed) != words[offset] { return false }
        return true
    }

    /// Reads a word of each line of the processor's cache that words of one allocation are in.
    ///
    /// - Returns: something that depends on all of them.
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

    /// Gives out zeroed words that stand one behind the other in memory; nothing if there are no more.
    func allocate(_ count: Int) -> Int? {
        var start = end.load(ordering: .relaxed)
        if start >> Self.chunkBits != (start + count - 1) >> Self.chunkBits {
            start = Self.startOfChunk(behind: start)
        }
        guard count <= Self.wordsPerChunk, start + count <= Self.maximumCount else { return nil }
        makeChunks(start..<start + count)
        end.store(start + count, ordering: .releasing)
        return start
    }

    /// Makes words usable without giving them out: for who gives out places by a rule of its own.
    func makeChunks(_ words: Range<Int>) {
        precondition(words.upperBound <= Self.maximumCount)
        for index in words.lowerBound >> Self.chunkBits...(words.upperBound - 1) >> Self.chunkBits
        where unsafe chunks[index].load(ordering: .relaxed) == 0 {
            let chunk = UnsafeMutablePointer<Word>.allocate(capacity: Self.wordsPerChunk)
            for offset in 0..<Self.wordsPerChunk { unsafe (chunk + offset).initialize(to: Word(0)) }
            unsafe chunks[index].store(UInt64(UInt(bitPattern: chunk)), ordering: .releasing)
        }
    }

    /// Behind the last word that was given out.
    var allocatedEnd: Int { end.load(ordering: .acquiring) }

    /// Where the next chunk begins: what does not fit into the rest of one is given out there.
    static func startOfChunk(behind index: Int) -> Int {
        ((index >> chunkBits) + 1) << chunkBits
    }

    func store(_ word: UInt64, at index: Int) {
        unsafe place(of: index).pointee.store(word, ordering: .relaxed)
    }

    /// Stores a word behind all that was stored before.
    func publish(_ word: UInt64, at index: Int) {
        unsafe place(of: index).pointee.store(word, ordering: .releasing)
    }

    private func checkAllocation(_ start: Int, _ count: Int) {
        precondition(count > 0 && start >> Self.chunkBits == (start + count - 1) >> Self.chunkBits, "not one allocation")
    }
}
