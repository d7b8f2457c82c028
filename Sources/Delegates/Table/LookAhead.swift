/// A batch of delegates that will be looked up next. The memory that this takes is read for all of them together: once the table is larger
/// than the processor's caches, each look-up by itself would wait for memory several times.
///
/// The results of look-ups stay the same.
package struct LookAhead: ~Copyable {
    /// The maximum number of delegates in a batch.
    package static let capacity = 32

    private var count = 0
    private var hashes: [UInt64] = Array(repeating: 0, count: capacity)
    /// The findings so far, step by step.
    private var words: [UInt64] = Array(repeating: 0, count: capacity)
    /// Depends on everything that was read: otherwise the compiler would omit the reads.
    private var seen: UInt64 = 0

    package init() {}

    /// Adds a delegate by the hash of its key, if there is room.
    fileprivate mutating func append(_ hash: UInt64) {
        guard count < Self.capacity else { return }
        hashes[count] = hash
        count += 1
    }

    /// Each step needs what the previous one has brought into the caches. Within a step, no delegate waits for another.
    fileprivate mutating func read(_ entries: DelegateEntries, _ blocks: ValueBlocks) {
        for index in 0..<count { seen ^= entries.firstSlot(of: hashes[index]) }
        for index in 0..<count {
            words[index] = UInt64(entries.likelyEntry(of: hashes[index]) ?? 0)
            if words[index] != 0 { seen ^= entries.load(Int(words[index])) }
        }
        for index in 0..<count where words[index] != 0 { words[index] = entries.valuesWord(ofEntry: Int(words[index])) }
        for index in 0..<count { seen ^= blocks.touch(ValueBlocks.Handle(word: words[index])) }
        count = 0
    }
}

extension DelegateTable {
    /// Whether the table is so large that looking ahead pays: the size of two second-level processor caches.
    package var isWorthLookingAhead: Bool { count >= 20_000 }

    /// Adds the delegate with this label.
    package func anticipate(_ label: Span<UInt8>, in origin: Origin, with lookAhead: inout LookAhead) {
        if let hash = entries.hash(of: label, in: origin) { lookAhead.append(hash) }
    }

    /// Brings into the processor's caches what looking up the anticipated delegates will need.
    package func lookAhead(with lookAhead: inout LookAhead) {
        lookAhead.read(entries, blocks)
    }
}
