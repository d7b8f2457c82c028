/// The snapshots of a table that are being read, and what they need of values that were replaced since they began.
///
/// A snapshot costs nothing until a delegate that it has yet to read changes: then the block that the delegate had is held for it.
struct OpenSnapshots {
    private var snapshots: [Int: Snapshot] = [:]
    private var lastNumber = 0
    /// The number of snapshots that need a block, by the word of its handle.
    private var holders: [UInt64: Int] = [:]
    private var heldWords = 0

    /// The words that may be held for all snapshots together. Beyond that the oldest snapshot is lost.
    private let maximumHeldWords: Int

    private struct Snapshot {
        let origin: DelegateTable.Origin
        var cursor: DelegateEntries.Cursor
        /// The handles of delegates that changed and are yet to be read, by the delegate's place.
        var former: [Int: ValueBlocks.Handle] = [:]
    }

    init(maximumHeldWords: Int) {
        self.maximumHeldWords = maximumHeldWords
    }

    var isEmpty: Bool { snapshots.isEmpty }

    /// Begins a snapshot of the delegates below one name.
    ///
    /// - Returns: its number.
    mutating func open(_ origin: DelegateTable.Origin, _ cursor: DelegateEntries.Cursor) -> Int {
        lastNumber += 1
        snapshots[lastNumber] = Snapshot(origin: origin, cursor: cursor)
        return lastNumber
    }

    /// Ends a snapshot.
    ///
    /// - Returns: the handles whose blocks are free now.
    mutating func close(_ number: Int) -> [ValueBlocks.Handle] {
        guard let snapshot = snapshots.removeValue(forKey: number) else { return [] }
        return snapshot.former.values.filter { letGo($0) }
    }

    /// Takes note of a handle that was replaced.
    ///
    /// - Returns: the handles whose blocks are free now: this one, if no snapshot needs it, or those of snapshots that are lost.
    mutating func replaced(
        _ handle: ValueBlocks.Handle, at place: Int, of origin: DelegateTable.Origin
    ) -> [ValueBlocks.Handle] {
        var isHeld = false
        for (number, snapshot) in snapshots where snapshot.origin == origin && snapshot.cursor.willReach(place) {
            guard snapshot.former[place] == nil else { continue }
            snapshots[number]?.former[place] = handle
            if holders[handle.word, default: 0] == 0 { heldWords += handle.length }
            holders[handle.word, default: 0] += 1
            isHeld = true
        }
        guard isHeld else { return [handle] }
        var free: [ValueBlocks.Handle] = []
        while heldWords > maximumHeldWords, let oldest = snapshots.keys.min() { free += close(oldest) }
        return free
    }

    /// One step of reading a snapshot.
    enum Step {
        /// A delegate, with the handle that it had if it has another one now. That one is held until ``letGo(_:)``.
        case delegate(DelegateEntries.Entry, former: ValueBlocks.Handle?)
        /// A delegate below another name.
        case other
        case end
        /// The snapshot is over: it needed too much memory.
        case lost
    }

    /// Reads the next entry of a snapshot.
    mutating func next(of number: Int, in entries: DelegateEntries) -> Step {
        guard var snapshot = snapshots[number] else { return .lost }
        defer { snapshots[number] = snapshot }
        guard let entry = entries.next(&snapshot.cursor) else { return .end }
        guard entry.origin == snapshot.origin else { return .other }
        return .delegate(entry, former: snapshot.former.removeValue(forKey: entry.place))
    }

    /// Ends the hold of one snapshot on a block.
    ///
    /// - Returns: whether the block is free now.
    mutating func letGo(_ handle: ValueBlocks.Handle) -> Bool {
        guard let count = holders[handle.word] else { return false }
        holders[handle.word] = count > 1 ? count - 1 : nil
        if count == 1 { heldWords -= handle.length }
        return count == 1
    }
}
