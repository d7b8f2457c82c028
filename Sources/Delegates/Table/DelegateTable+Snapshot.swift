package import DNS
import Synchronization

extension DelegateTable {
    /// The delegates below one name, and their values, as they were at one moment. The table can change while a snapshot is read.
    package final class Snapshot: Sendable {
        /// The last change that it contains.
        package let sequence: ChangeSequence
        private let table: DelegateTable
        private let name: DomainName
        private let number: Int

        fileprivate init(_ table: DelegateTable, _ name: DomainName, number: Int, sequence: ChangeSequence) {
            self.table = table
            self.name = name
            self.number = number
            self.sequence = sequence
        }

        deinit { table.closeSnapshot(number) }

        /// Reads the next delegate.
        ///
        /// - Parameter values: receives all values of the delegate, oldest first, without signatures.
        /// - Returns: the delegate's name; `nil` at the end.
        /// - Throws: ``SnapshotLost``
        package func next(_ values: inout ServedValues) throws(SnapshotLost) -> DomainName? {
            while true {
                switch table.readSnapshot(number, into: &values) {
                case .delegate(let label):
                    if let name = name.prepending(label: label) { return name }
                case .others: continue
                case .end: return nil
                case .lost: throw SnapshotLost()
                }
            }
        }
    }

    /// The snapshot was the oldest one and was given up: too many were open, or their former values took too much memory.
    package struct SnapshotLost: Error {}

    /// Begins a snapshot of the delegates below a name.
    ///
    /// - Returns: `nil` if there is no room for one more such name.
    package func snapshot(below name: DomainName) -> Snapshot? {
        changes.withLock { changes in
            guard let origin = Self.origin(name, in: &changes) else { return nil }
            let (number, free) = changes.snapshots.open(origin, entries.cursor)
            for handle in free { blocks.release(handle, to: &changes.freeBlocks) }
            return Snapshot(self, name, number: number, sequence: sequence)
        }
    }

    /// The number of snapshots that were given up since the start.
    package var lostSnapshotCount: Int { changes.withLock(\.snapshots.lostCount) }

    private func closeSnapshot(_ number: Int) {
        var handles = changes.withLock { $0.snapshots.close(number) }[...]
        while !handles.isEmpty {
            let some = handles.prefix(Self.entriesAtOnce)
            changes.withLock { letGo(some, in: &$0) }
            handles = handles.dropFirst(some.count)
        }
    }

    /// Ends a snapshot's need of blocks, and frees those that no other snapshot needs.
    private func letGo(_ handles: some Collection<ValueBlocks.Handle>, in changes: inout Changes) {
        for handle in handles where changes.snapshots.letGo(handle) { blocks.release(handle, to: &changes.freeBlocks) }
    }

    /// The number of entries that are passed, or let go, each time the lock is held, so that others can publish.
    private static let entriesAtOnce = 256

    private enum SnapshotStep {
        case delegate(label: [UInt8])
        case others
        case end
        case lost
    }

    private func readSnapshot(_ number: Int, into values: inout ServedValues) -> SnapshotStep {
        changes.withLock { changes in
            for _ in 0..<Self.entriesAtOnce {
                switch changes.snapshots.next(of: number, in: entries) {
                case .delegate(let entry, let former):
                    blocks.readAll(&values, of: former ?? ValueBlocks.Handle(word: entries.load(entry.place)))
                    if let former { letGo(CollectionOfOne(former), in: &changes) }
                    return .delegate(label: entries.label(of: entry))
                case .other: continue
                case .end: return .end
                case .lost: return .lost
                }
            }
            return .others
        }
    }
}
