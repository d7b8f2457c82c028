package import DNS
import DNSSEC
import Synchronization

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

    package func enrol(_ name: DomainName, sequence: ChangeSequence, now: Timestamp) {
        changes.withLock { changes in
            defer { advance(to: sequence) }
            guard let delegate = add(name, in: &changes) else { return }
            // What it has already it keeps: changes come in any order.
            let values = blocks.all(of: ValueBlocks.Handle(word: entries.load(delegate.place)))
            if !changes.signers.isEmpty { replaceValues(of: delegate, name, by: values[...], now: now, in: &changes) }
        }
    }

    /// Enrols a delegate as it begins, with what comes with it.
    ///
    /// - Parameter sequence: the place of its enrolment.
    package func enrol(_ new: NewDelegate, sequence: ChangeSequence, now: Timestamp) {
        enrol(new.name, sequence: sequence, now: now)
        for (index, imported) in (new.imported ?? []).enumerated() {
            publish(
                imported.value, at: new.name, sequence: new.sequence(ofImported: index, enrolled: sequence),
                published: imported.published, now: now)
        }
    }

    /// Makes room for so many delegates at once.
    package func reserve(_ count: Int) {
        changes.withLock { _ in entries.reserve(count) }
    }

    /// Enrols a delegate with all its values, in the order of their sequence, however old they are: ``agedDelegates(now:maximum:)`` tells
    /// what is too old.
    package func restore(_ name: DomainName, _ values: [PublishedValue], now: Timestamp) {
        changes.withLock { changes in
            guard let delegate = add(name, in: &changes) else { return }
            replaceValues(
                of: delegate, name, by: values.suffix(ValueRetention.maximumCount), now: now, in: &changes)
            if let last = values.map(\.sequence).max() { advance(to: last) }
        }
    }

    /// Adds a value, or moves it to its new place if it is there already.
    package func publish(
        _ value: ChallengeValue, at name: DomainName, sequence: ChangeSequence, published: Timestamp, now: Timestamp
    ) {
        changes.withLock { changes in
            // With what it changes: a snapshot has both or neither.
            defer { advance(to: sequence) }
            guard let delegate = add(name, in: &changes), sequence > changes.withdrawn[delegate.place] ?? ChangeSequence(0)
            else {
                return
            }
            var values = blocks.all(of: ValueBlocks.Handle(word: entries.load(delegate.place)))
            if let index = values.firstIndex(where: { $0.value == value }) {
                guard values[index].sequence < sequence else { return }
                values.remove(at: index)
            }
            let place = values.firstIndex { $0.sequence > sequence } ?? values.endIndex
            values.insert(PublishedValue(value, sequence: sequence, published: published), at: place)
            let kept = values[ValueRetention.kept(of: values.map(\.published), now: now)]
            replaceValues(of: delegate, name, by: kept, now: now, in: &changes)
        }
    }

    /// Takes back all values that were published before this change.
    package func withdraw(_ name: DomainName, sequence: ChangeSequence, now: Timestamp) {
        changes.withLock { changes in
            defer { advance(to: sequence) }
            guard let delegate = add(name, in: &changes) else { return }
            changes.withdrawn[delegate.place] = max(sequence, changes.withdrawn[delegate.place] ?? sequence)
            let values = blocks.all(of: ValueBlocks.Handle(word: entries.load(delegate.place)))
            let later = values.filter { $0.sequence > sequence }
            replaceValues(of: delegate, name, by: later[...], now: now, in: &changes)
        }
    }

    /// Takes up where the storage's sequence stands.
    package func advance(to sequence: ChangeSequence) {
        _ = lastSequence.max(sequence.number, ordering: .releasing)
    }

    /// The delegates with values whose time is over and that are not served any more.
    ///
    /// - Parameter maximum: of delegates.
    package func agedDelegates(now: Timestamp, maximum: Int) -> [DomainName] {
        changes.withLock { changes in
            var names: [DomainName] = []
            for (place, name) in changes.aging.due(at: now, maximum: maximum) {
                let published = blocks.all(of: ValueBlocks.Handle(word: entries.load(place))).map(\.published)
                if ValueRetention.kept(of: published, now: now).lowerBound > 0 {
                    names.append(name)
                } else {
                    changes.aging.renew(place, name, published)
                }
            }
            return names
        }
    }

    /// Takes away values whose time was over at a moment, and signs what is left.
    ///
    /// - Parameter sequence: the place of that among the changes.
    package func dropAgedValues(of names: [DomainName], now: Timestamp, sequence: ChangeSequence) {
        changes.withLock { changes in
            defer { advance(to: sequence) }
            for name in names {
                guard let delegate = add(name, in: &changes) else { continue }
                let values = blocks.all(of: ValueBlocks.Handle(word: entries.load(delegate.place)))
                let kept = values[ValueRetention.kept(of: values.map(\.published), now: now)]
                if kept.count < values.count { replaceValues(of: delegate, name, by: kept, now: now, in: &changes) }
                changes.aging.renew(delegate.place, name, kept.map(\.published))
            }
        }
    }

    /// Whether there are delegates below a name, or were.
    package func hasDelegates(below name: DomainName) -> Bool {
        changes.withLock { changes in changes.origins[name].map { changes.counts[$0.number] != nil } ?? false }
    }

    static func origin(_ name: DomainName, in changes: inout Changes) -> Origin? {
        if let origin = changes.origins[name] { return origin }
        guard let number = UInt16(exactly: changes.origins.count) else { return nil }
        changes.origins[name.lowercased] = Origin(number: number)
        changes.originNames.append(name.lowercased)
        return Origin(number: number)
    }

    /// The delegate of a name, enrolled now if it was not.
    ///
    /// - Returns: nothing if the name is the root, or there is no more room at all.
    private func add(_ name: DomainName, in changes: inout Changes) -> Delegate? {
        guard let parent = name.parent, let origin = Self.origin(parent, in: &changes) else { return nil }
        let former = entries.count
        let place = name.withFirstLabel { entries.add($0, in: origin) }
        if entries.count > former { changes.counts[origin.number, default: 0] += 1 }
        return place.map { Delegate(place: $0) }
    }

    /// Signs what the delegate answers from now on, and lets it answer that.
    func replaceValues(
        of delegate: Delegate, _ name: DomainName, by values: ArraySlice<PublishedValue>, now: Timestamp,
        in changes: inout Changes
    ) {
        let previous = ValueBlocks.Handle(word: entries.load(delegate.place))
        let signatures = signatures(of: values, at: name, replacing: previous, now: now, in: &changes)
        guard
            let handle = blocks.write(
                values, signatures: signatures.values, issuanceSignatures: signatures.issuance, after: previous,
                from: &changes.freeBlocks)
        else { return }
        entries.publish(handle.word, at: delegate.place)
        release(previous, of: delegate, name, in: &changes)
        changes.aging.note(delegate.place, name, values.map(\.published))
        let difference = (handle.count == 0 ? 0 : 1) - (previous.count == 0 ? 0 : 1)
        publishedCount.store(countWithValues + difference, ordering: .relaxed)
    }

    /// Takes back a block that was replaced, unless a snapshot needs it.
    private func release(
        _ handle: ValueBlocks.Handle, of delegate: Delegate, _ name: DomainName, in changes: inout Changes
    ) {
        guard !changes.snapshots.isEmpty, let origin = name.parent.flatMap({ changes.origins[$0] }) else {
            blocks.release(handle, to: &changes.freeBlocks)
            return
        }
        for free in changes.snapshots.replaced(handle, at: delegate.place, of: origin) {
            blocks.release(free, to: &changes.freeBlocks)
        }
    }
}
