/// The open snapshots of a table, and the replaced values that they still need.
///
/// A snapshot costs nothing until a delegate that it has yet to read changes: then the block that the delegate had is held for it.
struct OpenSnapshots {
    private var snapshots: [Int: Snapshot] = [:]
    private var lastNumber = 0
    /// The number of snapshots that need a block, by the word of its handle.
    private var holders: [UInt64: Int] = [:]
    /// The words that all open snapshots hold; a block that several of them need counts for each.
    private var heldWords = 0
    /// The number of snapshots that were given up.
    private(set) var lostCount = 0

    /// The words that may be held for all snapshots together. Beyond that the oldest snapshot is lost.
    private let maximumHeldWords: Int
    /// Each change looks at all open snapshots. Beyond this number the oldest one is lost.
    static let maximumCount = 64
    /// The words that a handle takes besides its block.
    private static let wordsPerHandle = 6

    private struct Snapshot {
        let origin: DelegateTable.Origin
        var cursor: DelegateEntries.Cursor
        /// The handles of delegates that have changed and are yet to be read, by the delegate's place.
        var former: [Int: ValueBlocks.Handle] = [:]
        /// The words that the handles and their blocks take.
        var words = 0

        /// Keeps a replaced handle, if the delegate is yet to be read and this is its first one since the snapshot began.
        ///
        /// - Returns: whether it is kept.
        mutating func hold(_ handle: ValueBlocks.Handle, at place: Int, of origin: DelegateTable.Origin) -> Bool {
            guard origin == self.origin, cursor.willReach(place), former[place] == nil else { return false }
            former[place] = handle
            words += OpenSnapshots.wordsPerHandle + handle.length
            return true
        }
    }

    init(maximumHeldWords: Int) {
        self.maximumHeldWords = maximumHeldWords
    }

    var isEmpty: Bool { snapshots.isEmpty }

    /// Begins a snapshot of the delegates below one name.
    ///
    /// - Returns: its number, and the handles whose blocks are free now because another snapshot was given up for it.
    mutating func open(
        _ origin: DelegateTable.Origin, _ cursor: DelegateEntries.Cursor
    ) -> (number: Int, free: [ValueBlocks.Handle]) {
        let free = snapshots.count < Self.maximumCount ? [] : loseOldest()
        lastNumber += 1
        snapshots[lastNumber] = Snapshot(origin: origin, cursor: cursor)
        return (lastNumber, free)
    }

    /// Ends a snapshot.
    ///
    /// - Returns: the handles that it held. The caller must call ``letGo(_:)`` for each of them.
    mutating func close(_ number: Int) -> [ValueBlocks.Handle] {
        guard let snapshot = snapshots.removeValue(forKey: number) else { return [] }
        heldWords -= snapshot.words
        return Array(snapshot.former.values)
    }

    /// Records that a handle was replaced.
    ///
    /// - Returns: the handles whose blocks are free now: this one if no snapshot needs it, and those that only lost snapshots needed.
    mutating func replaced(
        _ handle: ValueBlocks.Handle, at place: Int, of origin: DelegateTable.Origin
    ) -> [ValueBlocks.Handle] {
        var isHeld = false
        // In place: changing a snapshot while iterating over a copy would copy all of them.
        var index = snapshots.startIndex
        while index != snapshots.endIndex {
            if snapshots.values[index].hold(handle, at: place, of: origin) {
                heldWords += Self.wordsPerHandle + handle.length
                holders[handle.word, default: 0] += 1
                isHeld = true
            }
            snapshots.formIndex(after: &index)
        }
        guard isHeld else { return [handle] }
        var free: [ValueBlocks.Handle] = []
        while heldWords > maximumHeldWords, !snapshots.isEmpty { free += loseOldest() }
        return free
    }

    private mutating func loseOldest() -> [ValueBlocks.Handle] {
        guard let oldest = snapshots.keys.min() else { return [] }
        lostCount += 1
        return close(oldest).filter { letGo($0) }
    }

    /// One step of reading a snapshot.
    enum Step {
        /// A delegate, with its former handle if it has changed since the snapshot began. That handle is held until ``letGo(_:)``.
        case delegate(DelegateEntries.Entry, former: ValueBlocks.Handle?)
        /// A delegate below another name.
        case other
        case end
        /// The snapshot was given up.
        case lost
    }

    /// Reads the next entry of a snapshot.
    mutating func next(of number: Int, in entries: DelegateEntries) -> Step {
        guard let index = snapshots.index(forKey: number) else { return .lost }
        guard let entry = entries.next(&snapshots.values[index].cursor) else { return .end }
        guard entry.origin == snapshots.values[index].origin else { return .other }
        let former = snapshots.values[index].former.removeValue(forKey: entry.place)
        if let former {
            snapshots.values[index].words -= Self.wordsPerHandle + former.length
            heldWords -= Self.wordsPerHandle + former.length
        }
        return .delegate(entry, former: former)
    }

    /// Ends one snapshot's hold on a block.
    ///
    /// - Returns: whether the block is free now.
    mutating func letGo(_ handle: ValueBlocks.Handle) -> Bool {
        guard let count = holders[handle.word] else { return false }
        holders[handle.word] = count > 1 ? count - 1 : nil
        return count == 1
    }
}
