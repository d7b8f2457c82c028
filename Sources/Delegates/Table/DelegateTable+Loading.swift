package import DNS
import Synchronization

extension DelegateTable {
    /// A load that is under way.
    package struct Loading {
        fileprivate let table: DelegateTable
        fileprivate let change: ChangeSequence

        /// Makes room for a number of delegates at once.
        package func reserve(_ count: Int) { table.reserve(count) }

        /// Takes a delegate as the storage has it, with all its values, in the order of their sequence, however old they are:
        /// ``DelegateTable/agedDelegates(now:maximum:)`` tells what is too old.
        package func restore(_ name: DomainName, _ values: [PublishedValue], now: Timestamp) {
            guard let origin = name.parent.flatMap(table.origin) else { return }
            name.withFirstLabel { restore($0, below: origin, values, now: now) }
        }

        /// Does the same as ``restore(_:_:now:)``, with the first label of the name, and what the table calls the rest of it.
        package func restore(_ label: Span<UInt8>, below origin: Origin, _ values: [PublishedValue], now: Timestamp) {
            table.restore(label, below: origin, values, after: change, now: now)
        }

        /// What the table calls a name below which delegates are restored; `nil` if there is no room for one more such name.
        package func origin(_ name: DomainName) -> Origin? { table.origin(name) }
    }

    /// Takes all delegates of a storage as they are after a change. Entries of the feed may come before, meanwhile and afterwards: those up to
    /// that change are passed over, as the load has them.
    ///
    /// A table that has all those changes already takes nothing: some of them may have removed what the storage had then.
    ///
    /// - Parameters:
    ///   - change: the last change that the storage has.
    ///   - shown: the last change that DNS shows.
    ///   - body: restores each delegate. If it throws, the entries of the feed count again.
    /// - Returns: `false` if another load is under way; then nothing is loaded.
    package func load<Failure: Error>(
        after change: ChangeSequence, shown: ChangeSequence, _ body: (Loading) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        guard let isNeeded = beginLoad(after: change) else { return false }
        guard isNeeded else { return true }
        do {
            try body(Loading(table: self, change: change))
        } catch {
            giveUpLoad()
            throw error
        }
        endLoad(after: change, shown: shown)
        return true
    }

    /// Does the same as ``load(after:shown:_:)`` with a body that waits.
    package func load<Failure: Error>(
        after change: ChangeSequence, shown: ChangeSequence, _ body: (Loading) async throws(Failure) -> Void
    ) async throws(Failure) -> Bool {
        guard let isNeeded = beginLoad(after: change) else { return false }
        guard isNeeded else { return true }
        do {
            try await body(Loading(table: self, change: change))
        } catch {
            giveUpLoad()
            throw error
        }
        endLoad(after: change, shown: shown)
        return true
    }

    /// - Returns: whether there is something to load; `nil` if another load is under way.
    private func beginLoad(after change: ChangeSequence) -> Bool? {
        changes.withLock { changes in
            guard changes.loading == nil else { return nil }
            guard changes.position.end < change.number else { return false }
            changes.loading = change
            return true
        }
    }

    private func giveUpLoad() { changes.withLock { $0.loading = nil } }

    private func endLoad(after change: ChangeSequence, shown: ChangeSequence) {
        changes.withLock { changes in
            changes.loading = nil
            advance(to: shown)
            changes.position.takeAll(upTo: change)
            forgetRemovals(in: &changes)
        }
    }

    /// Makes room for a number of delegates at once.
    package func reserve(_ count: Int) {
        changes.withLock { _ in entries.reserve(count) }
    }

    fileprivate func restore(
        _ label: Span<UInt8>, below origin: Origin, _ values: [PublishedValue], after change: ChangeSequence, now: Timestamp
    ) {
        changes.withLock { changes in
            guard let delegate = add(label, below: origin, in: &changes) else { return }
            var all = values[...]
            let later = allValues(of: delegate).filter { $0.sequence > change }
            let removal = changes.removals.isEmpty ? nil : changes.removals[delegate.place]
            if !later.isEmpty || removal != nil {
                let replaced = Set(later.map(\.value))
                let withdrawn = removal?.withdrawn ?? ChangeSequence(0)
                let earlier = values.filter { $0.sequence > withdrawn && !replaced.contains($0.value) }
                all = kept(earlier + later, removal ?? Removal())
            }
            replaceValues(
                of: delegate, label, below: origin, by: all.suffix(ValueRetention.maximumCount), now: now, in: &changes)
        }
    }
}
