import DNS
import Synchronization

/// The delegates by their keys. Many threads find them without a lock, one at a time adds them, and none removes them.
final class DelegateEntries: Sendable {
    /// For each delegate its key, then a word for its values, then the words of its ``AskingNetworks``, in the order of enrolment.
    let words = SharedWords()
    /// Hash tables: one of n slots takes the words n to 2n - 1, so that a larger one leaves a smaller one to its readers. A slot has the
    /// upper half of a key's hash and the place of its entry; 0 is an empty slot.
    /// No query waits for growth, and nobody can read what is gone. All smaller tables together are no larger than the one in use.
    private let slots = SharedWords()
    private let slotCount = Atomic<Int>(0)
    private let entryCount = Atomic<Int>(0)
    private let seed: UInt64
    /// The key of the digests of networks; it never leaves the process.
    let networkKey: UInt64

    private static let smallestSlotCount = 1 << 10

    init() {
        var generator = SystemRandomNumberGenerator()
        seed = generator.next()
        networkKey = generator.next()
        slots.makeChunks(Self.smallestSlotCount..<2 * Self.smallestSlotCount)
        slotCount.store(Self.smallestSlotCount, ordering: .relaxed)
    }

    var count: Int { entryCount.load(ordering: .relaxed) }

    // MARK: One entry

    /// The place of the word for a delegate's values; `nil` if there is no such delegate.
    func find(_ label: Span<UInt8>, in origin: DelegateTable.Origin) -> Int? {
        guard let key = LabelWords(label, of: origin.number, seed: seed) else { return nil }
        return find(key)
    }

    private func find(_ key: borrowing LabelWords) -> Int? {
        guard let entry = findEntry(key) else { return nil }
        return entry + key.count
    }

    /// The start of a delegate's entry; `nil` if there is no such delegate.
    func findEntry(_ label: Span<UInt8>, in origin: DelegateTable.Origin) -> Int? {
        guard let key = LabelWords(label, of: origin.number, seed: seed) else { return nil }
        return findEntry(key)
    }

    private func findEntry(_ key: borrowing LabelWords) -> Int? {
        let size = slotCount.load(ordering: .acquiring)
        var slot = Int(truncatingIfNeeded: key.hash) & (size - 1)
        while true {
            let word = slots.load(size + slot)
            guard word != 0 else { return nil }
            let entry = Int(word & 0xFFFF_FFFF)
            if word >> 32 == key.hash >> 32, words.equal(from: entry, key.words.span.extracting(..<key.count)) {
                return entry
            }
            slot = (slot + 1) & (size - 1)
        }
    }

    /// The word for the values of a delegate, or another word of an entry.
    func load(_ place: Int) -> UInt64 { words.load(place) }

    /// Replaces the word for the values of a delegate, after everything that was stored before.
    func publish(_ word: UInt64, at place: Int) { words.publish(word, at: place) }

    // MARK: Looking ahead

    func hash(of label: Span<UInt8>, in origin: DelegateTable.Origin) -> UInt64? {
        LabelWords(label, of: origin.number, seed: seed)?.hash
    }

    /// The slot where a key with this hash is looked for first.
    func firstSlot(of hash: UInt64) -> UInt64 {
        let size = slotCount.load(ordering: .acquiring)
        return slots.load(size + Int(truncatingIfNeeded: hash) & (size - 1))
    }

    /// The place of the entry of a key with this hash: nearly always, since only half of the hash is compared.
    func likelyEntry(of hash: UInt64) -> Int? {
        let size = slotCount.load(ordering: .acquiring)
        var slot = Int(truncatingIfNeeded: hash) & (size - 1)
        while true {
            let word = slots.load(size + slot)
            guard word != 0 else { return nil }
            if word >> 32 == hash >> 32 { return Int(word & 0xFFFF_FFFF) }
            slot = (slot + 1) & (size - 1)
        }
    }

    /// The word for the values in an entry.
    func valuesWord(ofEntry entry: Int) -> UInt64 {
        words.load(entry + LabelWords.wordCount(ofFirstWord: words.load(entry)))
    }

    // MARK: Adding

    /// Does the same as ``find(_:in:)``, but adds a delegate that is not there.
    ///
    /// - Returns: `nil` if the label is not valid, or there is no more room at all.
    func add(_ label: Span<UInt8>, in origin: DelegateTable.Origin) -> Int? {
        guard let key = LabelWords(label, of: origin.number, seed: seed) else { return nil }
        if let place = find(key) { return place }
        reserve(count + 1)
        guard let entry = words.allocate(key.count + 1 + AskingNetworks.wordCount) else { return nil }
        for index in 0..<key.count { words.store(key.words[index], at: entry + index) }
        insert(entry, hash: key.hash, size: slotCount.load(ordering: .relaxed))
        entryCount.store(count + 1, ordering: .relaxed)
        return entry + key.count
    }

    /// Makes a larger hash table beside the one in use, if that would be more than three quarters full with this number of entries.
    func reserve(_ wanted: Int) {
        let old = slotCount.load(ordering: .relaxed)
        var size = old
        while size / 4 * 3 < wanted { size *= 2 }
        guard size > old else { return }
        slots.makeChunks(size..<2 * size)
        var cursor = cursor
        while let entry = next(&cursor) {
            guard let key = LabelWords(label(of: entry).span, of: entry.origin.number, seed: seed) else { continue }
            insert(entry.start, hash: key.hash, size: size)
        }
        slotCount.store(size, ordering: .releasing)
    }

    private func insert(_ entry: Int, hash: UInt64, size: Int) {
        var slot = Int(truncatingIfNeeded: hash) & (size - 1)
        while slots.load(size + slot) != 0 { slot = (slot + 1) & (size - 1) }
        slots.publish(hash & 0xFFFF_FFFF_0000_0000 | UInt64(entry), at: size + slot)
    }

    // MARK: All of them

    /// A position in an iteration over the entries that existed when it began.
    struct Cursor {
        fileprivate var place = 1
        fileprivate let end: Int

        /// Whether the iteration has yet to reach the delegate whose values' word has that place.
        func willReach(_ place: Int) -> Bool { (self.place..<end).contains(place) }
    }

    struct Entry {
        fileprivate var start: Int
        var origin: DelegateTable.Origin
        /// The place of the word for its values.
        var place: Int
    }

    var cursor: Cursor { Cursor(end: words.allocatedEnd) }

    func next(_ cursor: inout Cursor) -> Entry? {
        while cursor.place < cursor.end {
            guard words.load(cursor.place) != 0 else {
                // The rest of the chunk was too small for the next entry.
                cursor.place = SharedWords.startOfChunk(after: cursor.place)
                continue
            }
            let entry = entry(at: cursor.place)
            cursor.place = entry.place + 1 + AskingNetworks.wordCount
            return entry
        }
        return nil
    }

    /// The entry that begins at a place.
    func entry(at start: Int) -> Entry {
        let first = words.load(start)
        return Entry(
            start: start, origin: DelegateTable.Origin(number: LabelWords.owner(ofFirstWord: first)),
            place: start + LabelWords.wordCount(ofFirstWord: first))
    }

    func label(of entry: Entry) -> [UInt8] {
        LabelWords.label(ofWords: (entry.start..<entry.place).map { words.load($0) })
    }
}
