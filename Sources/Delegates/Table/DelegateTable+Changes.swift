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

    // MARK: The feed

    /// Takes an entry of the storage's feed, unless it was taken before.
    ///
    /// - Parameter now: the time of the signatures that are made. What is too old follows from the entries alone.
    package func apply(_ entry: FeedEntry, now: Timestamp) {
        changes.withLock { changes in
            guard !changes.position.has(entry), entry.lastPlace > changes.loading ?? ChangeSequence(0) else { return }
            for effect in entry.effects { apply(effect, entry.sequence, now: now, in: &changes) }
            // Under the same lock as the effects: a snapshot has both or neither.
            if entry.isShown { advance(to: entry.lastPlace) }
            changes.position.take(entry)
            forgetRemovals(in: &changes)
        }
    }

    private func apply(
        _ effect: FeedEntry.Effect, _ sequence: ChangeSequence, now: Timestamp, in changes: inout Changes
    ) {
        switch effect {
        case .enrolled(let name): _ = add(name, in: &changes)
        case .published(let value, let name, let sequence, let time):
            publish(PublishedValue(value, sequence: sequence, published: time), at: name, now: now, in: &changes)
        case .withdrawn(let name), .disabled(let name), .deleted(let name):
            withdraw(name, sequence: sequence, now: now, in: &changes)
        case .aged(let name, let moment): age(name, until: moment, now: now, in: &changes)
        case .enabled, .credential, .credentialUsed, .credentialEnded, .groupMade, .groupDeleted, .memberAdded,
            .memberRemoved, .token, .secret:
            break
        }
    }

    /// Forgets removals if no entry is missing: they matter only for missing ones.
    func forgetRemovals(in changes: inout Changes) {
        if changes.position.isGapless, changes.loading == nil, !changes.removals.isEmpty { changes.removals = [:] }
    }

    /// The number of delegates whose removals are remembered.
    package var rememberedRemovals: Int { changes.withLock(\.removals.count) }

    // MARK: The steps of it

    /// A value that comes later than this after its publication may have been asked for before.
    private static let longestDelay = Duration.seconds(60)

    /// The changes that removed values of a delegate.
    struct Removal {
        /// Values from before this change were withdrawn.
        var withdrawn = ChangeSequence(0)
        /// Values that were too old at this moment were removed.
        var aged = Timestamp(secondsSinceEpoch: .min)
    }

    package func enrol(_ name: DomainName, sequence: ChangeSequence, now: Timestamp) {
        changes.withLock { changes in
            _ = add(name, in: &changes)
            advance(to: sequence)
        }
    }

    /// Adds a value, or moves it to its new place if it is there already.
    package func publish(
        _ value: ChallengeValue, at name: DomainName, sequence: ChangeSequence, published: Timestamp, now: Timestamp
    ) {
        changes.withLock { changes in
            publish(PublishedValue(value, sequence: sequence, published: published), at: name, now: now, in: &changes)
            advance(to: sequence)
        }
    }

    private func publish(_ new: PublishedValue, at name: DomainName, now: Timestamp, in changes: inout Changes) {
        guard let delegate = add(name, in: &changes) else { return }
        let removal = changes.removals[delegate.place] ?? Removal()
        guard new.sequence > removal.withdrawn else { return }
        var values = allValues(of: delegate)
        if let index = values.firstIndex(where: { $0.value == new.value }) {
            guard values[index].sequence < new.sequence else { return }
            values.remove(at: index)
        }
        let place = values.firstIndex { $0.sequence > new.sequence } ?? values.endIndex
        values.insert(new, at: place)
        if place == values.endIndex - 1 {
            // Before the value can be asked for. An imported one was asked for elsewhere.
            let isWhole = now < new.published.advanced(by: Self.longestDelay)
            entries.beginCountingNetworks(at: delegate.place, isWhole: isWhole)
        }
        replaceValues(of: delegate, name, by: kept(values, removal), now: now, in: &changes)
    }

    /// The values that stay. They depend on the values and removals alone, so that the order of arrival does not matter as long as moments
    /// rise with the sequence. They do not where the system's clock was set back between two starts: then an old value can stay longer
    /// in one order than in another, until it is withdrawn or too old in both.
    func kept(_ values: [PublishedValue], _ removal: Removal) -> ArraySlice<PublishedValue> {
        let moment = values.map(\.published).max().map { max($0, removal.aged) } ?? removal.aged
        return values[ValueRetention.kept(of: values.map(\.published), now: moment)]
    }

    /// Withdraws all values that were published before this change.
    package func withdraw(_ name: DomainName, sequence: ChangeSequence, now: Timestamp) {
        changes.withLock { changes in
            withdraw(name, sequence: sequence, now: now, in: &changes)
            advance(to: sequence)
        }
    }

    private func withdraw(_ name: DomainName, sequence: ChangeSequence, now: Timestamp, in changes: inout Changes) {
        guard let delegate = add(name, in: &changes) else { return }
        changes.removals[delegate.place, default: Removal()].withdrawn.rise(to: sequence)
        let later = allValues(of: delegate).filter { $0.sequence > sequence }
        replaceValues(of: delegate, name, by: later[...], now: now, in: &changes)
    }

    /// Removes the values that were too old at a moment, and signs the rest.
    private func age(
        _ name: DomainName, until moment: Timestamp, now: Timestamp, in changes: inout Changes
    ) {
        guard let delegate = add(name, in: &changes) else { return }
        var removal = changes.removals[delegate.place] ?? Removal()
        removal.aged = max(removal.aged, moment)
        changes.removals[delegate.place] = removal
        let values = allValues(of: delegate)
        let kept = kept(values, removal)
        if kept.count < values.count { replaceValues(of: delegate, name, by: kept, now: now, in: &changes) }
        changes.aging.renew(delegate.place, name, kept.map(\.published))
    }

    func allValues(of delegate: Delegate) -> [PublishedValue] {
        blocks.all(of: ValueBlocks.Handle(word: entries.load(delegate.place)))
    }

    func advance(to sequence: ChangeSequence) {
        _ = lastSequence.max(sequence.number, ordering: .releasing)
    }

    /// The delegates with values that are too old, and not served any more.
    ///
    /// - Parameter maximum: the maximum number of delegates.
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

    /// Whether there are or were delegates below a name.
    package func hasDelegates(below name: DomainName) -> Bool {
        changes.withLock { changes in changes.origins[name].map { changes.hasDelegates[Int($0.number)] } ?? false }
    }

    static func origin(_ name: DomainName, in changes: inout Changes) -> Origin? {
        if let origin = changes.origins[name] { return origin }
        guard let number = UInt16(exactly: changes.origins.count) else { return nil }
        changes.origins[name.lowercased] = Origin(number: number)
        changes.originNames.append(name.lowercased)
        changes.hasDelegates.append(false)
        return Origin(number: number)
    }

    /// The delegate of a name, added now if it was not there.
    ///
    /// - Returns: `nil` if the name is the root, or there is no more room at all.
    func add(_ name: DomainName, in changes: inout Changes) -> Delegate? {
        guard let parent = name.parent, let origin = Self.origin(parent, in: &changes) else { return nil }
        return name.withFirstLabel { add($0, below: origin, in: &changes) }
    }

    func add(_ label: Span<UInt8>, below origin: Origin, in changes: inout Changes) -> Delegate? {
        guard let place = entries.add(label, in: origin) else { return nil }
        if !changes.hasDelegates[Int(origin.number)] { changes.hasDelegates[Int(origin.number)] = true }
        return Delegate(place: place)
    }

    private func replaceValues(
        of delegate: Delegate, _ name: DomainName, by values: ArraySlice<PublishedValue>, now: Timestamp,
        in changes: inout Changes
    ) {
        guard let origin = name.parent.flatMap({ changes.origins[$0] }) else { return }
        name.withFirstLabel { replaceValues(of: delegate, $0, below: origin, by: values, now: now, in: &changes) }
    }

    /// Signs a delegate's new values, and makes it answer with them from now on.
    func replaceValues(
        of delegate: Delegate, _ label: Span<UInt8>, below origin: Origin, by values: ArraySlice<PublishedValue>,
        now: Timestamp, in changes: inout Changes
    ) {
        let previous = ValueBlocks.Handle(word: entries.load(delegate.place))
        let signatures = signatures(of: values, at: label, below: origin, now: now, in: &changes)
        guard
            let handle = blocks.write(values, signatures: signatures, after: previous, from: &changes.freeBlocks)
        else { return }
        entries.publish(handle.word, at: delegate.place)
        release(previous, of: delegate, below: origin, in: &changes)
        if values.count > ValueRetention.alwaysKeptCount,
            let name = changes.originNames[Int(origin.number)].prepending(label: label.octets)
        {
            changes.aging.note(delegate.place, name, values.map(\.published))
        }
        let difference = (handle.count == 0 ? 0 : 1) - (previous.count == 0 ? 0 : 1)
        publishedCount.store(countWithValues + difference, ordering: .relaxed)
    }

    /// Frees a block that was replaced, unless a snapshot needs it.
    private func release(
        _ handle: ValueBlocks.Handle, of delegate: Delegate, below origin: Origin, in changes: inout Changes
    ) {
        guard !changes.snapshots.isEmpty else {
            blocks.release(handle, to: &changes.freeBlocks)
            return
        }
        for free in changes.snapshots.replaced(handle, at: delegate.place, of: origin) {
            blocks.release(free, to: &changes.freeBlocks)
        }
    }
}

extension Span<UInt8> {
    var octets: [UInt8] { indices.map { self[$0] } }
}
