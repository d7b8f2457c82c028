package import DNS
import DNSSEC
import Synchronization

/// The delegates and their published values, in memory: the one place from which DNS answers come.
///
/// The table follows the storage: ``apply(_:now:)`` takes what was committed. Entries may come in any order and more than once, and the
/// outcome is the same as if each had come once, in the order of the storage's sequence.
///
/// A query never waits: it takes no lock.
///
/// A delegate takes 64 octets and 16 for its slot, a value 40, the signature over its values 72. A million delegates with two values each
/// take about 235 MB; most delegates have no values.
package final class DelegateTable: Sendable {
    let entries = DelegateEntries()
    let blocks = ValueBlocks()
    let changes: Mutex<Changes>

    let lastSequence = Atomic<UInt64>(0)
    private let staleness = Atomic<Bool>(false)
    let publishedCount = Atomic<Int>(0)
    /// The number of seconds by which the system's clock is ahead of the clock that ages are read from.
    let systemTimeOffset = Atomic<Int64>(0)

    /// A name below which there are delegates, by its number in this table.
    package struct Origin: Hashable, Sendable {
        let number: UInt16
    }

    /// The place of the word for a delegate's values.
    package struct Delegate: Sendable {
        let place: Int
    }

    /// State for changes to the table.
    struct Changes {
        var origins: [DomainName: Origin] = [:]
        /// The names of the origins in order, in lower case.
        var originNames: [DomainName] = []
        /// Whether there are or were delegates below an origin, by its number.
        var hasDelegates: [Bool] = []
        /// The signers of answers below an origin, by its number.
        var signers: [UInt16: ZoneSigner] = [:]
        var input = SignatureInput()
        /// The number of signatures that each RRset will have once there are signers.
        var expectedSignatures = 0
        var aging = AgingValues()
        var freeBlocks = ValueBlocks.FreeBlocks()
        var snapshots: OpenSnapshots
        /// The entries of the storage's feed that were taken.
        var position = FeedPosition()
        /// The last change of the load that is under way.
        var loading: ChangeSequence?
        /// The changes that removed values while earlier entries were missing, by the delegate's place: those entries may bring such
        /// values.
        var removals: [Int: Removal] = [:]
    }

    /// Whether this node may answer for delegates; `nil` if it shares its storage with no others, and always may.
    package let gate: AnswerGate?

    /// - Parameter snapshotMemory: the octets that former values may take, for all open snapshots together.
    package init(snapshotMemory: Int = 64 << 20, gate: AnswerGate? = nil) {
        self.gate = gate
        changes = Mutex(Changes(snapshots: OpenSnapshots(maximumHeldWords: snapshotMemory / 8)))
    }

    // MARK: Questions

    /// The number of a name below which delegates are looked for.
    package func origin(_ name: DomainName) -> Origin? {
        changes.withLock { Self.origin(name, in: &$0) }
    }

    /// A delegate by its label, in any case; `nil` if no such delegate is enrolled.
    package func delegate(_ label: Span<UInt8>, in origin: Origin) -> Delegate? {
        entries.find(label, in: origin).map { Delegate(place: $0) }
    }

    /// Reads the values to serve at a delegate now, oldest first.
    package func read(_ values: inout ServedValues, of delegate: Delegate, now: Timestamp) {
        var handle = ValueBlocks.Handle(word: entries.load(delegate.place))
        while true {
            blocks.read(&values, of: handle, now: now)
            // The block belonged to the delegate all the time, unless the handle has changed.
            let current = ValueBlocks.Handle(word: entries.load(delegate.place))
            if current == handle { return }
            handle = current
        }
    }

    package func isEnrolled(_ name: DomainName) -> Bool { delegate(name) != nil }

    /// The TXT data to serve at a name now, oldest first; `nil` if no such delegate is enrolled.
    package func values(at name: DomainName, now: Timestamp) -> [RecordData]? {
        guard let delegate = delegate(name) else { return nil }
        var values = ServedValues()
        read(&values, of: delegate, now: now)
        return values.recordData
    }

    /// What is served at a delegate.
    package struct Served: Sendable {
        /// Oldest first.
        package var values: [PublishedValue] = []
        /// The networks that asked for values since the newest one was published.
        package var askingNetworks = AskingNetworks.Count(networks: 0, isMinimum: true)
    }

    /// What is to be served at a name now; nothing if no such delegate is enrolled.
    package func served(at name: DomainName, now: Timestamp) -> Served {
        guard let delegate = delegate(name) else { return Served() }
        // Blocks change only under this lock, and publications begin a count.
        return changes.withLock { _ in
            let all = blocks.all(of: ValueBlocks.Handle(word: entries.load(delegate.place)))
            return Served(
                values: Array(all[ValueRetention.kept(of: all.map(\.published), now: now)]),
                askingNetworks: entries.askingNetworks(at: delegate.place).count)
        }
    }

    /// When each value that is to be served at a name now was published, oldest first.
    package func published(at name: DomainName, now: Timestamp) -> [Timestamp] {
        served(at: name, now: now).values.map(\.published)
    }

    private func delegate(_ name: DomainName) -> Delegate? {
        guard let origin = name.parent.flatMap({ parent in changes.withLock { $0.origins[parent] } }) else { return nil }
        return name.withFirstLabel { delegate($0, in: origin) }
    }

    /// The number of delegates that are or were enrolled: a deleted name stays, and answers that there is nothing.
    package var count: Int { entries.count }

    /// The number of delegates that have values.
    package var countWithValues: Int { publishedCount.load(ordering: .relaxed) }

    /// The place of the latest change that DNS shows. It never decreases.
    package var sequence: ChangeSequence {
        ChangeSequence(lastSequence.load(ordering: .acquiring))
    }

    /// Whether a publication failed in the storage, and no change was committed since: the table was right then, and may lack what could
    /// not be kept.
    package var isStale: Bool { staleness.load(ordering: .relaxed) }

    package func setStale(_ isStale: Bool) {
        // Stored only when it changes: every query reads it.
        if staleness.load(ordering: .relaxed) != isStale { staleness.store(isStale, ordering: .relaxed) }
    }

    /// Whether answers for delegates are kept back: this node is behind others, or does not know.
    package var isHeldBack: Bool { gateState != .open }

    package var gateState: AnswerGate.State { gate?.state ?? .open }

    // MARK: All delegates

    /// A position in an iteration over the delegates that existed when it began.
    package struct Cursor {
        var entries: DelegateEntries.Cursor
    }

    package var cursor: Cursor { Cursor(entries: entries.cursor) }
}
