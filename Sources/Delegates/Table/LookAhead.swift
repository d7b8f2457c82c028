/// Delegates that will be looked up next, several at a time. What that takes from memory is read for all of them together: one after
/// another, each look-up would wait for memory several times, as soon as the table is larger than the processor's caches.
///
/// It changes nothing in what is found.
package struct LookAhead: ~Copyable {
    /// So many delegates are taken up at a time.
    package static let capacity = 32

    private var count = 0
    private var hashes: [UInt64] = Array(repeating: 0, count: capacity)
    /// What was found so far, step by step.
    private var words: [UInt64] = Array(repeating: 0, count: capacity)
    /// Something of all that was read: or else the compiler would leave it out.
    private var seen: UInt64 = 0

    package init() {}

    /// Takes up a delegate by the hash of its key, if there is room.
    fileprivate mutating func append(_ hash: UInt64) {
        guard count < Self.capacity else { return }
        hashes[count] = hash
        count += 1
    }

    /// Each step needs what the one before has brought into the caches. Within a step, no delegate waits for another one.
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
    /// Whether the table is so large that looking ahead is worth what it takes: two processor caches of the second level.
    package var isWorthLookingAhead: Bool { count >= 20_000 }

    /// Takes up the delegate with this label.
    package func anticipate(_ label: Span<UInt8>, in origin: Origin, with lookAhead: inout LookAhead) {
        if let hash = entries.hash(of: label, in: origin) { lookAhead.append(hash) }
    }

    /// Brings into the processor's caches what looking up the anticipated delegates will need.
    package func lookAhead(with lookAhead: inout LookAhead) {
        lookAhead.read(entries, blocks)
    }
}
