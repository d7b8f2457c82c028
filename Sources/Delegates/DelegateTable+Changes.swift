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
            if !changes.signers.isEmpty { replaceValues(of: delegate, name, by: values, now: now, in: &changes) }
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

    /// Enrols a delegate with all its values, in the order of their sequence.
    package func restore(_ name: DomainName, _ values: [PublishedValue], now: Timestamp) {
        changes.withLock { changes in
            guard let delegate = add(name, in: &changes) else { return }
            replaceValues(of: delegate, name, by: values, now: now, in: &changes)
            let old = values[..<ValueRetention.kept(of: values.map(\.published), now: now).lowerBound]
            if let last = old.map(\.published).max(), let origin = name.parent.flatMap({ changes.origins[$0] }) {
                let end = last.advanced(by: ValueRetention.lifetime)
                changes.lastAging[origin.number] = max(end, changes.lastAging[origin.number] ?? end)
            }
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
            replaceValues(of: delegate, name, by: values, now: now, in: &changes)
        }
    }

    /// Takes back all values that were published before this change.
    package func withdraw(_ name: DomainName, sequence: ChangeSequence, now: Timestamp) {
        changes.withLock { changes in
            defer { advance(to: sequence) }
            guard let delegate = add(name, in: &changes) else { return }
            changes.withdrawn[delegate.place] = max(sequence, changes.withdrawn[delegate.place] ?? sequence)
            let values = blocks.all(of: ValueBlocks.Handle(word: entries.load(delegate.place)))
            replaceValues(of: delegate, name, by: values.filter { $0.sequence > sequence }, now: now, in: &changes)
        }
    }

    /// Takes up where the storage's sequence stands.
    package func advance(to sequence: ChangeSequence) {
        _ = lastSequence.max(sequence.number, ordering: .releasing)
    }

    /// Whether there are values whose time is over and that ``dropAgedValues(now:sequence:)`` would take away.
    package func hasAgedValues(now: Timestamp) -> Bool {
        changes.withLock { $0.aging.isDue(at: now) }
    }

    /// When the last of the values below a name became too old that were left out by ``restore(_:_:now:)``; `nil` if none was.
    package func lastAging(below name: DomainName) -> Timestamp? {
        changes.withLock { changes in changes.origins[name].flatMap { changes.lastAging[$0.number] } }
    }

    /// Takes away values whose time is over, and signs what is left.
    ///
    /// - Parameter sequence: the place of that among the changes; `nil` if it has none, which is so where nobody has copies of the zone.
    package func dropAgedValues(now: Timestamp, sequence: ChangeSequence? = nil) {
        changes.withLock { changes in
            defer { if let sequence { advance(to: sequence) } }
            for (place, name) in changes.aging.removeDue(at: now) {
                let values = blocks.all(of: ValueBlocks.Handle(word: entries.load(place)))
                replaceValues(of: Delegate(place: place), name, by: values, now: now, in: &changes)
            }
        }
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
        return name.withFirstLabel { entries.add($0, in: origin) }.map { Delegate(place: $0) }
    }

    /// Keeps of these values those that are to be kept, and signs what the delegate answers from now on.
    func replaceValues(
        of delegate: Delegate, _ name: DomainName, by values: [PublishedValue], now: Timestamp, in changes: inout Changes
    ) {
        let previous = ValueBlocks.Handle(word: entries.load(delegate.place))
        let kept = values[ValueRetention.kept(of: values.map(\.published), now: now)]
        let signatures = signatures(of: kept, at: name, replacing: previous, now: now, in: &changes)
        guard
            let handle = blocks.write(
                kept, signatures: signatures.values, issuanceSignatures: signatures.issuance, after: previous,
                from: &changes.freeBlocks)
        else { return }
        entries.publish(handle.word, at: delegate.place)
        release(previous, of: delegate, name, in: &changes)
        changes.aging.note(delegate.place, name, kept.map(\.published))
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
