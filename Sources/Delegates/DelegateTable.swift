package import DNS
import Synchronization

/// What is enrolled and published, in memory: the one place from which DNS answers come.
///
/// A change is made here after the storage has committed it. Changes may arrive in any order; each carries its place in the
/// storage's sequence, and the outcome is the same as if they had come in that order.
package final class DelegateTable: Sendable {
    /// Growing one of many small dictionaries stops fewer queries for less time than growing one large dictionary.
    private let shards = (0..<shardCount).map { _ in Shard() }
    private let lastSequence = Atomic<UInt64>(0)
    private let staleness = Atomic<Bool>(false)

    private static let shardCount = 64

    package init() {}

    private final class Shard: Sendable {
        let delegates = Mutex<[DomainName: [PublishedValue]]>([:])
    }

    private struct PublishedValue {
        var data: RecordData
        var sequence: ChangeSequence
        var published: Timestamp
    }

    private func shard(of name: DomainName) -> Shard {
        shards[Int(UInt(bitPattern: name.hashValue) % UInt(Self.shardCount))]
    }

    // MARK: Questions

    package func isEnrolled(_ name: DomainName) -> Bool {
        shard(of: name).delegates.withLock { $0[name] != nil }
    }

    /// The TXT data to serve at a name now, oldest first; nothing if no such delegate is enrolled.
    package func values(at name: DomainName, now: Timestamp) -> [RecordData]? {
        shard(of: name).delegates.withLock { $0[name] }.map { Self.kept($0, now: now).map(\.data) }
    }

    /// The delegates of a zone.
    package func names(directlyBelow apex: DomainName) -> [DomainName] {
        shards.flatMap { shard in
            shard.delegates.withLock { delegates in delegates.keys.filter { $0.parent == apex } }
        }
    }

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

    // MARK: Changes

    package func enrol(_ name: DomainName, sequence: ChangeSequence) {
        shard(of: name).delegates.withLock { delegates in
            if delegates[name] == nil { delegates[name.lowercased] = [] }
        }
        advance(to: sequence)
    }

    /// Adds a value, or moves it to its new place if it is there already.
    package func publish(
        _ value: ChallengeValue, at name: DomainName, sequence: ChangeSequence, published: Timestamp, now: Timestamp
    ) {
        let data = value.recordData
        shard(of: name).delegates.withLock { delegates in
            var values = delegates[name] ?? []
            if let index = values.firstIndex(where: { $0.data == data }) {
                guard values[index].sequence < sequence else { return }
                values.remove(at: index)
            }
            let place = values.firstIndex { $0.sequence > sequence } ?? values.endIndex
            values.insert(PublishedValue(data: data, sequence: sequence, published: published), at: place)
            delegates[name] = Self.kept(values, now: now)
        }
        advance(to: sequence)
    }

    /// Takes up where the storage's sequence stands.
    package func advance(to sequence: ChangeSequence) {
        _ = lastSequence.max(sequence.number, ordering: .releasing)
    }

    private static func kept(_ values: [PublishedValue], now: Timestamp) -> [PublishedValue] {
        let kept = ValueRetention.kept(of: values.map(\.published), now: now)
        return kept.count == values.count ? values : Array(values[kept])
    }
}
