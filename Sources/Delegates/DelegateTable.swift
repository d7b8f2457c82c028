package import DNS
import Synchronization

/// What is enrolled and published, in memory: the one place from which DNS answers come.
///
/// A change is made here after the storage has committed it. Changes may arrive in any order; each carries its place in the
/// storage's sequence, and the outcome is the same as if they had come in that order.
///
/// Who asks never waits: there is no lock on its way. Names are only ever added. A delegate's values stand in a block that is
/// never changed while it is theirs; a change writes another block and then replaces the word that says which one it is. Who has
/// read a block looks at that word once more, and reads again if it is another one.
package final class DelegateTable: Sendable {
    /// For each delegate its key and then its handle, in the order of enrolment.
    private let entries = SharedWords()
    /// Hash tables: one of n slots stands in the words n to 2n - 1, so that a larger one takes nothing from who reads a smaller. A
    /// slot has the upper half of a key's hash and the place of its entry; 0 is an empty slot.
    private let slots = SharedWords()
    private let slotCount = Atomic<Int>(0)
    private let blocks = SharedWords()
    private let seed: UInt64
    private let changes: Mutex<Changes>

    private let lastSequence = Atomic<UInt64>(0)
    private let staleness = Atomic<Bool>(false)
    private let enrolledCount = Atomic<Int>(0)
    private let publishedCount = Atomic<Int>(0)

    /// A name below which there are delegates, by its number in this table.
    package struct Origin: Hashable, Sendable {
        let number: UInt16
    }

    /// Where an entry stands.
    package struct Delegate: Sendable {
        fileprivate let handle: Int
    }

    /// What says where a delegate's values are: the place of their block, a number that is another one with each change, and how
    /// many they are.
    private struct Handle: Equatable {
        var word: UInt64

        init(word: UInt64) {
            self.word = word
        }

        init(block: Int, count: Int, after previous: Handle) {
            let generation = (previous.word >> 7 &+ 1) & 0x1FF_FFFF
            word = UInt64(block) << 32 | generation << 7 | UInt64(count)
        }

        var block: Int { Int(word >> 32) }
        var count: Int { Int(word & 0x7F) }
    }

    /// What only who changes the table knows.
    private struct Changes {
        var origins: [DomainName: Origin] = [:]
        var originNames: [DomainName] = []
        /// Blocks that are nobody's, by the number of values they have room for.
        var freeBlocks: [[UInt32]] = Array(repeating: [], count: ValueRetention.maximumCount + 1)
    }

    /// The words that a value's 43 octets and, behind them, five of its moment take.
    static let wordsOfValue = 6
    /// Those, and the value's place in the sequence in front of them.
    private static let wordsPerValue = 1 + wordsOfValue
    private static let smallestSlotCount = 1 << 10

    package init() {
        var generator = SystemRandomNumberGenerator()
        seed = generator.next()
        changes = Mutex(Changes())
        slots.makeChunks(Self.smallestSlotCount..<2 * Self.smallestSlotCount)
        slotCount.store(Self.smallestSlotCount, ordering: .relaxed)
    }

    // MARK: Questions

    /// The number of a name below which delegates are looked for.
    package func origin(_ name: DomainName) -> Origin? {
        changes.withLock { Self.origin(name, in: &$0) }
    }

    /// A delegate by its label, in any case; nothing if no such one is enrolled.
    package func delegate(_ label: Span<UInt8>, in origin: Origin) -> Delegate? {
        DelegateKey(label, in: origin, seed: seed).flatMap(find)
    }

    /// Takes what there is to serve at a delegate now, oldest first.
    package func read(_ values: inout ServedValues, of delegate: Delegate, now: Timestamp) {
        while true {
            let handle = Handle(word: entries.load(delegate.handle))
            values.removeAll()
            let first = firstKept(handle, now: now)
            for index in first..<handle.count { values.append(from: blocks, at: place(of: index, in: handle) + 1) }
            // The block was theirs all the time, unless the handle is another one now.
            atomicMemoryFence(ordering: .acquiring)
            if Handle(word: entries.load(delegate.handle)) == handle { return }
        }
    }

    package func isEnrolled(_ name: DomainName) -> Bool { delegate(name) != nil }

    /// The TXT data to serve at a name now, oldest first; nothing if no such delegate is enrolled.
    package func values(at name: DomainName, now: Timestamp) -> [RecordData]? {
        guard let delegate = delegate(name) else { return nil }
        var values = ServedValues()
        read(&values, of: delegate, now: now)
        return values.recordData
    }

    /// How many delegates are enrolled.
    package var count: Int { enrolledCount.load(ordering: .relaxed) }

    /// How many of them have values.
    package var countWithValues: Int { publishedCount.load(ordering: .relaxed) }

    /// The place of the latest change. It is never lower than it was.
    package var sequence: ChangeSequence {
        ChangeSequence(lastSequence.load(ordering: .acquiring))
    }

    /// Whether the storage failed when a change was last tried: what is here was right then, and may lack what could not be kept.
    package var isStale: Bool { staleness.load(ordering: .relaxed) }

    package func setStale(_ isStale: Bool) {
        // Written where it changes alone: every query reads it.
        if staleness.load(ordering: .relaxed) != isStale { staleness.store(isStale, ordering: .relaxed) }
    }

    private func delegate(_ name: DomainName) -> Delegate? {
        guard let origin = name.parent.flatMap({ parent in changes.withLock { $0.origins[parent] } }) else { return nil }
        return name.withFirstLabel { delegate($0, in: origin) }
    }

    private func find(_ key: DelegateKey) -> Delegate? {
        let size = slotCount.load(ordering: .acquiring)
        var slot = Int(truncatingIfNeeded: key.hash) & (size - 1)
        while true {
            let word = slots.load(size + slot)
            guard word != 0 else { return nil }
            let entry = Int(word & 0xFFFF_FFFF)
            if word >> 32 == key.hash >> 32, entries.equal(from: entry, key.words.span.extracting(..<key.count)) {
                return Delegate(handle: entry + key.count)
            }
            slot = (slot + 1) & (size - 1)
        }
    }

    private func place(of index: Int, in handle: Handle) -> Int { handle.block + index * Self.wordsPerValue }

    private func firstKept(_ handle: Handle, now: Timestamp) -> Int {
        guard handle.count > ValueRetention.alwaysKeptCount else { return 0 }
        return ValueRetention.firstKept(of: handle.count, now: now) { index in
            published(ofLastWord: blocks.load(place(of: index, in: handle) + Self.wordsOfValue))
        }
    }

    private func published(ofLastWord word: UInt64) -> Timestamp {
        Timestamp(secondsSinceEpoch: Int64(word >> 24))
    }
}

// MARK: Changes

extension DelegateTable {
    /// A value as it is in the storage.
    package struct PublishedValue: Sendable {
        package var value: ChallengeValue
        package var sequence: ChangeSequence
        package var published: Timestamp

        package init(_ value: ChallengeValue, sequence: ChangeSequence, published: Timestamp) {
            self.value = value
            self.sequence = sequence
            self.published = published
        }
    }

    package func enrol(_ name: DomainName, sequence: ChangeSequence) {
        changes.withLock { _ = entry(of: name, in: &$0) }
        advance(to: sequence)
    }

    /// Makes room for so many delegates at once.
    package func reserve(_ count: Int) {
        changes.withLock { _ in grow(toHold: count) }
    }

    /// Enrols a delegate with all its values, in the order of their sequence.
    package func restore(_ name: DomainName, _ values: [PublishedValue], now: Timestamp) {
        changes.withLock { changes in
            guard let delegate = entry(of: name, in: &changes) else { return }
            write(values, to: delegate, now: now, in: &changes)
        }
        if let last = values.map(\.sequence).max() { advance(to: last) }
    }

    /// Adds a value, or moves it to its new place if it is there already.
    package func publish(
        _ value: ChallengeValue, at name: DomainName, sequence: ChangeSequence, published: Timestamp, now: Timestamp
    ) {
        changes.withLock { changes in
            guard let delegate = entry(of: name, in: &changes) else { return }
            var values = self.values(of: delegate)
            if let index = values.firstIndex(where: { $0.value == value }) {
                guard values[index].sequence < sequence else { return }
                values.remove(at: index)
            }
            let place = values.firstIndex { $0.sequence > sequence } ?? values.endIndex
            values.insert(PublishedValue(value, sequence: sequence, published: published), at: place)
            write(values, to: delegate, now: now, in: &changes)
        }
        advance(to: sequence)
    }

    /// Takes up where the storage's sequence stands.
    package func advance(to sequence: ChangeSequence) {
        _ = lastSequence.max(sequence.number, ordering: .releasing)
    }

    private static func origin(_ name: DomainName, in changes: inout Changes) -> Origin? {
        if let origin = changes.origins[name] { return origin }
        guard let number = UInt16(exactly: changes.origins.count) else { return nil }
        changes.origins[name.lowercased] = Origin(number: number)
        changes.originNames.append(name.lowercased)
        return Origin(number: number)
    }

    /// The delegate of a name, enrolled now if it was not.
    ///
    /// - Returns: nothing if the name is the root, or there is no more room at all.
    private func entry(of name: DomainName, in changes: inout Changes) -> Delegate? {
        guard let parent = name.parent, let origin = Self.origin(parent, in: &changes),
            let key = name.withFirstLabel({ DelegateKey($0, in: origin, seed: seed) })
        else { return nil }
        if let delegate = find(key) { return delegate }
        grow(toHold: count + 1)
        guard let place = entries.allocate(key.count + 1) else { return nil }
        for index in 0..<key.count { entries.store(key.words[index], at: place + index) }
        insert(place, hash: key.hash, size: slotCount.load(ordering: .relaxed))
        enrolledCount.store(count + 1, ordering: .relaxed)
        return Delegate(handle: place + key.count)
    }

    private func insert(_ entry: Int, hash: UInt64, size: Int) {
        var slot = Int(truncatingIfNeeded: hash) & (size - 1)
        while slots.load(size + slot) != 0 { slot = (slot + 1) & (size - 1) }
        slots.publish((hash & 0xFFFF_FFFF_0000_0000) | UInt64(entry), at: size + slot)
    }

    /// Makes a larger hash table beside the one that is in use, if that would be more than three quarters full.
    private func grow(toHold wanted: Int) {
        let old = slotCount.load(ordering: .relaxed)
        var size = old
        while size / 4 * 3 < wanted { size *= 2 }
        guard size > old else { return }
        slots.makeChunks(size..<2 * size)
        forEachKey(upTo: entries.allocatedEnd) { place, key in insert(place, hash: key.hash, size: size) }
        slotCount.store(size, ordering: .releasing)
    }

    private func values(of delegate: Delegate) -> [PublishedValue] {
        let handle = Handle(word: entries.load(delegate.handle))
        var served = ServedValues()
        return (0..<handle.count).compactMap { index in
            let place = place(of: index, in: handle)
            served.removeAll()
            served.append(from: blocks, at: place + 1)
            let text = served.withRecordData { data in (1..<data.count).map { data[$0] } }
            return ChallengeValue(String(decoding: text, as: UTF8.self)).map {
                PublishedValue(
                    $0, sequence: ChangeSequence(blocks.load(place)),
                    published: published(ofLastWord: blocks.load(place + Self.wordsOfValue)))
            }
        }
    }

    /// Replaces a delegate's values by those of these that are to be kept.
    private func write(_ values: [PublishedValue], to delegate: Delegate, now: Timestamp, in changes: inout Changes) {
        let previous = Handle(word: entries.load(delegate.handle))
        let kept = values[ValueRetention.kept(of: values.map(\.published), now: now)]
        var block = 0
        if !kept.isEmpty {
            guard
                let place = changes.freeBlocks[kept.count].popLast().map({ Int($0) })
                    ?? blocks.allocate(kept.count * Self.wordsPerValue)
            else { return }
            block = place
            // Whoever still reads a block that was another delegate's before sees that delegate's new handle with the first of these
            // words.
            atomicMemoryFence(ordering: .releasing)
            for (index, value) in kept.enumerated() { write(value, at: block + index * Self.wordsPerValue) }
        }
        entries.publish(Handle(block: block, count: kept.count, after: previous).word, at: delegate.handle)
        let difference = (kept.isEmpty ? 0 : 1) - (previous.count == 0 ? 0 : 1)
        publishedCount.store(countWithValues + difference, ordering: .relaxed)
        if previous.count > 0 { changes.freeBlocks[previous.count].append(UInt32(previous.block)) }
    }

    private func write(_ value: PublishedValue, at place: Int) {
        blocks.store(value.sequence.number, at: place)
        var word: UInt64 = 0
        for (index, octet) in value.value.text.utf8.enumerated() {
            word |= UInt64(octet) << (UInt64(index % 8) * 8)
            if index % 8 == 7 {
                blocks.store(word, at: place + 1 + index / 8)
                word = 0
            }
        }
        let moment = UInt64(clamping: value.published.secondsSinceEpoch) & 0xFF_FFFF_FFFF
        blocks.store(word | moment << 24, at: place + Self.wordsOfValue)
    }
}

// MARK: All delegates

extension DelegateTable {
    /// How far someone has come who looks at all delegates that there were when they began.
    package struct Cursor: Sendable {
        fileprivate var place = 1
        fileprivate let end: Int
    }

    package var cursor: Cursor { Cursor(end: entries.allocatedEnd) }

    /// The next delegate below a name.
    package func next(_ cursor: inout Cursor, below name: DomainName) -> (name: DomainName, delegate: Delegate)? {
        guard let origin = changes.withLock({ $0.origins[name] }) else { return nil }
        while let (first, place) = nextEntry(&cursor.place, end: cursor.end) {
            guard DelegateKey.origin(ofFirstWord: first) == origin else { continue }
            let words = DelegateKey.wordCount(ofFirstWord: first)
            guard let whole = name.prepending(label: label(at: place, first: first)) else { continue }
            return (whole, Delegate(handle: place + words))
        }
        return nil
    }

    private func label(at place: Int, first: UInt64) -> [UInt8] {
        let words = (0..<DelegateKey.wordCount(ofFirstWord: first)).map { entries.load(place + $0) }
        let octets = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        return Array(DelegateKey.label(of: octets).prefix(DelegateKey.labelLength(ofFirstWord: first)))
    }

    /// The first word of the next entry, and where it stands; the place moves behind the entry.
    private func nextEntry(_ place: inout Int, end: Int) -> (first: UInt64, place: Int)? {
        while place < end {
            let found = place
            let first = entries.load(found)
            if first == 0 {
                // The rest of the chunk was too small for the next one.
                place = SharedWords.startOfChunk(behind: found)
                continue
            }
            place = found + DelegateKey.wordCount(ofFirstWord: first) + 1
            return (first, found)
        }
        return nil
    }

    private func forEachKey(upTo end: Int, _ body: (Int, DelegateKey) -> Void) {
        var place = 1
        while let (first, found) = nextEntry(&place, end: end) {
            let label = label(at: found, first: first)
            if let key = DelegateKey(label.span, in: DelegateKey.origin(ofFirstWord: first), seed: seed) { body(found, key) }
        }
    }
}
