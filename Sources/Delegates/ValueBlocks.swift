import Synchronization

/// The values of all delegates, a block each. A block is never changed while it is a delegate's: a change writes another one, and
/// then replaces the delegate's ``Handle``.
///
/// Many threads may read, one at a time may write. A block that a reader looks at may become another delegate's at any moment: the
/// reader looks at the handle once more, and reads again if it is another one.
final class ValueBlocks: Sendable {
    private let words = SharedWords()

    /// What says where a delegate's values are: the place of their block, a number that is another one with each change, and how
    /// many they are. Zero is no values.
    struct Handle: Equatable {
        var word: UInt64

        init(word: UInt64) {
            self.word = word
        }

        fileprivate init(block: Int, count: Int, after previous: Handle) {
            let generation = (previous.word >> 7 &+ 1) & 0x1FF_FFFF
            word = UInt64(block) << 32 | generation << 7 | UInt64(count)
        }

        fileprivate var block: Int { Int(word >> 32) }
        var count: Int { Int(word & 0x7F) }
    }

    /// Blocks that are nobody's, by the number of values they have room for.
    struct FreeBlocks {
        fileprivate var places: [[UInt32]] = Array(repeating: [], count: ValueRetention.maximumCount + 1)
    }

    /// The words that a value's 43 octets and, behind them, five of its moment take.
    static let wordsOfValue = 6
    /// Those, and the value's place in the sequence in front of them.
    private static let wordsPerValue = 1 + wordsOfValue

    // MARK: Reading

    /// Takes what is to be served now, oldest first.
    func read(_ values: inout ServedValues, of handle: Handle, now: Timestamp) {
        values.removeAll()
        for index in firstKept(handle, now: now)..<handle.count {
            values.append(from: words, at: place(of: index, in: handle) + 1)
        }
        // What was read before this is not from after what is loaded behind it.
        atomicMemoryFence(ordering: .acquiring)
    }

    /// Reads something of all that the first values are in.
    func touch(_ handle: Handle) -> UInt64 {
        let count = min(handle.count, ValueRetention.alwaysKeptCount)
        return count > 0 ? words.touch(from: handle.block, count: count * Self.wordsPerValue) : 0
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

    /// All values of a block, for who alone may change it.
    func all(of handle: Handle) -> [DelegateTable.PublishedValue] {
        var served = ServedValues()
        return (0..<handle.count).compactMap { index in
            let place = place(of: index, in: handle)
            served.removeAll()
            served.append(from: words, at: place + 1)
            let text = served.withRecordData { data in (1..<data.count).map { data[$0] } }
            return ChallengeValue(String(decoding: text, as: UTF8.self)).map {
                DelegateTable.PublishedValue(
                    $0, sequence: ChangeSequence(words.load(place)),
                    published: published(ofLastWord: words.load(place + Self.wordsOfValue)))
            }
        }
    }

    /// Writes a block.
    ///
    /// - Returns: the handle that is to replace the previous one; nothing if there is no more room at all.
    func write(
        _ values: some Collection<DelegateTable.PublishedValue>, after previous: Handle, from free: inout FreeBlocks
    ) -> Handle? {
        guard !values.isEmpty else { return Handle(block: 0, count: 0, after: previous) }
        guard
            let block = free.places[values.count].popLast().map({ Int($0) })
                ?? words.allocate(values.count * Self.wordsPerValue)
        else { return nil }
        // Whoever still reads a block that was another delegate's before sees that delegate's new handle with the first of these words.
        atomicMemoryFence(ordering: .releasing)
        for (index, value) in values.enumerated() { write(value, at: block + index * Self.wordsPerValue) }
        return Handle(block: block, count: values.count, after: previous)
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

    /// Takes back the block of a handle that was replaced.
    func release(_ handle: Handle, to free: inout FreeBlocks) {
        if handle.count > 0 { free.places[handle.count].append(UInt32(handle.block)) }
    }
}
