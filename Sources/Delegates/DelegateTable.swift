package import DNS
package import DNSSEC
import Synchronization

/// What is enrolled and published, in memory: the one place from which DNS answers come.
///
/// A change is made here after the storage has committed it. Changes may arrive in any order; each carries its place in the
/// storage's sequence, and the outcome is the same as if they had come in that order.
///
/// Who asks never waits: there is no lock on its way.
package final class DelegateTable: Sendable {
    let entries = DelegateEntries()
    let blocks = ValueBlocks()
    let changes: Mutex<Changes>

    private let lastSequence = Atomic<UInt64>(0)
    private let staleness = Atomic<Bool>(false)
    private let publishedCount = Atomic<Int>(0)
    /// By how many seconds the system's clock is ahead of the clock that ages are read from.
    private let systemTimeOffset = Atomic<Int64>(0)

    /// A name below which there are delegates, by its number in this table.
    package struct Origin: Hashable, Sendable {
        let number: UInt16
    }

    /// Where a delegate's entry has the word for its values.
    package struct Delegate: Sendable {
        fileprivate let place: Int
    }

    /// What only who changes the table knows.
    struct Changes {
        var origins: [DomainName: Origin] = [:]
        /// The names of the origins in their order, in lower case.
        var originNames: [DomainName] = []
        /// What signs below an origin, by its number.
        var signers: [UInt16: ZoneSigner] = [:]
        var input = SignatureInput()
        /// So many signatures each RRset will have when there are signers.
        var expectedSignatures = 0
        var aging = AgingValues()
        var freeBlocks = ValueBlocks.FreeBlocks()
        var snapshots: OpenSnapshots
        /// When the last of the values became too old that were left out when delegates were restored, by the number of their origin.
        var lastAging: [UInt16: Timestamp] = [:]
        /// Up to which change the values of a delegate were taken back, by the delegate's place.
        var withdrawn: [Int: ChangeSequence] = [:]
    }

    /// - Parameter snapshotMemory: the octets that former values may take, all open snapshots together.
    package init(snapshotMemory: Int = 64 << 20) {
        changes = Mutex(Changes(snapshots: OpenSnapshots(maximumHeldWords: snapshotMemory / 8)))
    }

    // MARK: Questions

    /// The number of a name below which delegates are looked for.
    package func origin(_ name: DomainName) -> Origin? {
        changes.withLock { Self.origin(name, in: &$0) }
    }

    /// A delegate by its label, in any case; nothing if no such one is enrolled.
    package func delegate(_ label: Span<UInt8>, in origin: Origin) -> Delegate? {
        entries.find(label, in: origin).map { Delegate(place: $0) }
    }

    /// Takes what there is to serve at a delegate now, oldest first.
    package func read(_ values: inout ServedValues, of delegate: Delegate, now: Timestamp) {
        var handle = ValueBlocks.Handle(word: entries.load(delegate.place))
        while true {
            blocks.read(&values, of: handle, now: now)
            // The block was theirs all the time, unless the handle is another one now.
            let current = ValueBlocks.Handle(word: entries.load(delegate.place))
            if current == handle { return }
            handle = current
        }
    }

    /// Takes the signatures over the CAA records of a delegate.
    package func readIssuanceSignatures(_ values: inout ServedValues, of delegate: Delegate) {
        var handle = ValueBlocks.Handle(word: entries.load(delegate.place))
        while true {
            blocks.readIssuanceSignatures(&values, of: handle)
            let current = ValueBlocks.Handle(word: entries.load(delegate.place))
            if current == handle { return }
            handle = current
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

    /// When each value that is to be served at a name now was published, oldest first.
    package func published(at name: DomainName, now: Timestamp) -> [Timestamp] {
        guard let delegate = delegate(name) else { return [] }
        // Blocks change under this lock alone.
        let all = changes.withLock { _ in
            blocks.all(of: ValueBlocks.Handle(word: entries.load(delegate.place))).map(\.published)
        }
        return Array(all[ValueRetention.kept(of: all, now: now)])
    }

    private func delegate(_ name: DomainName) -> Delegate? {
        guard let origin = name.parent.flatMap({ parent in changes.withLock { $0.origins[parent] } }) else { return nil }
        return name.withFirstLabel { delegate($0, in: origin) }
    }

    /// How many delegates are enrolled, or were: a name that was deleted stays, and answers that there is nothing.
    package var count: Int { entries.count }

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

    // MARK: All delegates

    /// How far someone has come who looks at all delegates that there were when they began.
    package struct Cursor {
        fileprivate var entries: DelegateEntries.Cursor
    }

    package var cursor: Cursor { Cursor(entries: entries.cursor) }
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
    private func replaceValues(
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

// MARK: Signatures

extension DelegateTable {
    /// What signs the answers of delegates below a name from now on; nothing if they are not signed.
    ///
    /// What was written before is signed by ``refreshSignatures(_:maximum:now:)``.
    package func setSigner(_ signer: ZoneSigner?, below name: DomainName) {
        changes.withLock { changes in
            guard let origin = Self.origin(name, in: &changes) else { return }
            changes.signers[origin.number] = signer
            changes.expectedSignatures = 0
        }
    }

    /// What is restored from now on has room for signatures, which are made later: or else each block would be replaced by a larger one.
    package func reserveSignatures() {
        changes.withLock { $0.expectedSignatures = 1 }
    }

    /// By how many seconds the system's clock, by which others judge signatures, is ahead of the one by which moments are told here.
    package func setSystemTimeOffset(_ seconds: Int64) { systemTimeOffset.store(seconds, ordering: .relaxed) }

    /// What the system's clock says at a moment, in seconds since 1970, modulo 2^32: as signatures count (RFC 4034 section 3.1.5).
    package func systemTime(at now: Timestamp) -> UInt32 {
        UInt32(truncatingIfNeeded: now.secondsSinceEpoch + systemTimeOffset.load(ordering: .relaxed))
    }

    /// What a part of a pass over all delegates has done.
    package struct Refreshed: Sendable {
        /// RRsets that were signed.
        package var signed = 0
        package var isAtEnd = false
        /// The first end of a signature among those that were looked at, in seconds since 1970, modulo 2^32.
        package var earliestExpiration: UInt32?
    }

    /// Signs anew what is not signed by the keys that sign now, or not for long enough any more.
    ///
    /// - Parameters:
    ///   - cursor: how far that has come among all delegates.
    ///   - maximum: of delegates that are looked at.
    package func refreshSignatures(_ cursor: inout Cursor, maximum: Int, now: Timestamp) -> Refreshed {
        var outcome = Refreshed()
        for _ in 0..<maximum {
            guard let entry = entries.next(&cursor.entries) else {
                outcome.isAtEnd = true
                break
            }
            changes.withLock { changes in
                let signer = changes.signers[entry.origin.number]
                outcome.signed += refresh(entry, by: signer, now: now, in: &changes)
                let present = blocks.signatures(of: ValueBlocks.Handle(word: entries.load(entry.place)))
                for signature in present.values + present.issuance
                where outcome.earliestExpiration.map({ Int32(bitPattern: signature.expiration &- $0) < 0 }) ?? true {
                    outcome.earliestExpiration = signature.expiration
                }
            }
        }
        return outcome
    }

    /// - Returns: how many RRsets were signed.
    private func refresh(
        _ entry: DelegateEntries.Entry, by signer: ZoneSigner?, now: Timestamp, in changes: inout Changes
    ) -> Int {
        let handle = ValueBlocks.Handle(word: entries.load(entry.place))
        let present = blocks.signatures(of: handle)
        let time = systemTime(at: now)
        guard
            !isGood(present.issuance, by: signer, at: time)
                || handle.count > 0 && !isGood(present.values, by: signer, at: time),
            let name = changes.originNames[Int(entry.origin.number)].prepending(label: entry.label)
        else { return 0 }
        replaceValues(of: Delegate(place: entry.place), name, by: blocks.all(of: handle), now: now, in: &changes)
        return signer == nil ? 0 : 1 + (handle.count > 0 ? 1 : 0)
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

    private func isGood(_ signatures: [Signature], by signer: ZoneSigner?, at time: UInt32) -> Bool {
        guard let signer else { return signatures.isEmpty }
        return signatures.map(\.keyTag) == signer.dataKeys.map(\.tag)
            && !signatures.contains { signer.policy.isDue($0, at: time) }
    }

    private func signatures(
        of values: ArraySlice<PublishedValue>, at name: DomainName, replacing previous: ValueBlocks.Handle, now: Timestamp,
        in changes: inout Changes
    ) -> (values: [Signature], issuance: [Signature]) {
        guard !changes.signers.isEmpty, let parent = name.parent, let origin = changes.origins[parent],
            let signer = changes.signers[origin.number]
        else {
            // These hold at no time.
            let none = Array(repeating: Signature(words: .init(repeating: 0)), count: changes.expectedSignatures)
            return (values.isEmpty ? [] : none, none)
        }
        let time = systemTime(at: now)
        var issuance = blocks.signatures(of: previous).issuance
        if !isGood(issuance, by: signer, at: time) {
            changes.input.set(DelegateAnswers.noIssuance(at: name), signer: signer.apex)
            issuance = signer.signatures(over: &changes.input, type: .caa, at: time, lifetime: signer.policy.lifetime)
        }
        guard !values.isEmpty else { return ([], issuance) }
        changes.input.set(DelegateAnswers.challenges(values.map(\.value), at: name), signer: signer.apex)
        let made = signer.signatures(over: &changes.input, type: .txt, at: time, lifetime: signer.policy.lifetime)
        // Either all are there or none: what is asked for without them is signed then.
        return made.count == issuance.count ? (made, issuance) : ([], [])
    }
}
