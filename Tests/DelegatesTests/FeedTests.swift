import DNS
import Delegates
import TestSupport
import Testing

/// A table that follows a storage ends like one that has seen each entry once and in order, in whatever order and however often
/// entries come, and whenever it loads.
struct FeedTests {
    private static let names = (0..<5).compactMap { try? DomainName("d\($0).d.example") }

    /// A storage, the entries it has committed, and its state after some of the changes.
    private struct History {
        let storage = MemoryStorage()
        var entries: [FeedEntry] = []
        var states: [MemoryTables] = []
        var now = Samples.start
    }

    /// Random changes, some of them refused.
    private func history(_ generator: inout SeededGenerator, count: Int) async throws -> History {
        var history = History()
        let actor = Actor(.server, from: nil)
        for _ in 0..<count {
            let name = Self.names[Int.random(in: 0..<Self.names.count, using: &generator)]
            let change: Change
            switch Int.random(in: 0..<40, using: &generator) {
            case 0..<3:
                change = .enrol(
                    NewDelegate(
                        name: name,
                        imported: (0..<Int.random(in: 0..<4, using: &generator)).map { index in
                            NewDelegate.ImportedValue(
                                Samples.value(80 + index),
                                published: history.now.advanced(by: .seconds(-Int.random(in: 0..<9000, using: &generator))))
                        }))
            case 3: change = .withdraw(delegate: name)
            case 4: change = .disable(delegate: name)
            case 5, 6: change = .enable(delegate: name)
            case 7: change = .ageValues(of: Self.names, until: history.now)
            case 8: change = .note(.configurationReloaded, delegate: nil, detail: nil)
            case 9: change = Int.random(in: 0..<8, using: &generator) == 0 ? .delete(delegate: name) : .probe
            default: change = .publish(Samples.value(Int.random(in: 0..<70, using: &generator)), delegate: name)
            }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                history.now = history.now.advanced(by: .seconds(Int.random(in: 0..<1000, using: &generator)))
            }
            do {
                let made = try await history.storage.commit(change, by: actor, at: history.now)
                history.entries.append(made.entry)
                history.states.append(history.storage.snapshot)
            } catch is Refusal {
                // A refusal leaves no entry.
            }
        }
        return history
    }

    /// - Parameter meanwhile: entries that come while delegates are loaded.
    private func load(
        _ tables: MemoryTables, into table: DelegateTable, now: Timestamp, meanwhile: [FeedEntry] = []
    ) {
        var meanwhile = meanwhile[...]
        let isLoaded = table.load(after: tables.sequence, shown: tables.shownSequence) { loading in
            for row in tables.delegates {
                loading.restore(row.name, tables.publishedValues(of: row, now: now), now: now)
                for entry in meanwhile.prefix(8) { table.apply(entry, now: now) }
                meanwhile = meanwhile.dropFirst(8)
            }
        }
        #expect(isLoaded)
    }

    /// The values that each delegate keeps, served or not, and the table's sequence.
    private func state(_ table: DelegateTable) -> [String] {
        Self.names.map { name in
            let values = table.values(at: name, now: Timestamp(secondsSinceEpoch: 0))
            let texts = values?.map { String(decoding: $0.octets.dropFirst(), as: UTF8.self) }
            return "\(name) \(texts?.description ?? "-")"
        } + ["\(table.sequence.number)"]
    }

    @Test(arguments: 1...20)
    func `in any order, more than once, with loads in between, the outcome is the same`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let history = try await history(&generator, count: 400)
        let now = history.now
        let inOrder = DelegateTable()
        for entry in history.entries { inOrder.apply(entry, now: now) }
        let loaded = DelegateTable()
        try await history.storage.load(into: loaded, now: now)
        #expect(state(inOrder) == state(loaded), "seed \(seed)")
        #expect(inOrder.rememberedRemovals == 0)

        for window in [8, 64, 400] {
            let table = DelegateTable()
            var shuffled: [FeedEntry] = []
            for start in stride(from: 0, to: history.entries.count, by: window) {
                let part = history.entries[start..<min(start + window, history.entries.count)]
                let repeated = part.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
                shuffled += (part + repeated).shuffled(using: &generator)
            }
            let loadAt = Int.random(in: 0..<shuffled.count, using: &generator)
            for (index, entry) in shuffled.enumerated() {
                table.apply(entry, now: now)
                // Earlier entries may be newer than the loaded state, and later ones older.
                if index == loadAt, let state = history.states.randomElement(using: &generator) {
                    let meanwhile = shuffled[index...].prefix(Int.random(in: 0..<50, using: &generator))
                    load(state, into: table, now: now, meanwhile: Array(meanwhile))
                }
            }
            #expect(state(table) == state(inOrder), "seed \(seed), window \(window)")
            #expect(table.rememberedRemovals == 0)
        }
    }

    /// A follower that ends at any moment and begins again, with its old state or an empty one, needs only the feed and a load.
    @Test(arguments: 1...10)
    func `a follower that crashes catches up from the feed`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let history = try await history(&generator, count: 300)
        let expected = DelegateTable()
        for entry in history.entries { expected.apply(entry, now: history.now) }
        var table = DelegateTable()
        let end = try #require(history.entries.last?.lastPlace)
        var place = try await history.storage.load(into: DelegateTable(), now: history.now)
        place.sequence = ChangeSequence(0)
        while place.sequence < end {
            guard
                case .entries(let page) = try await history.storage.changes(
                    after: place, maximum: Int.random(in: 1...30, using: &generator))
            else {
                Issue.record("the feed does not reach back to \(place)")
                return
            }
            for entry in page { table.apply(entry, now: history.now) }
            switch Int.random(in: 0..<3, using: &generator) {
            // The follower did not note what it took last: it takes it again.
            case 0: break
            case 1:
                table = DelegateTable()
                let state = try #require(history.states.first { $0.sequence >= place.sequence })
                load(state, into: table, now: history.now)
                place.sequence = state.sequence
            default: place.sequence = page.last?.lastPlace ?? place.sequence
            }
        }
        #expect(state(table) == state(expected), "seed \(seed)")
    }

    @Test func `what came before is not taken again when it could do harm`() throws {
        let table = DelegateTable()
        let name = Self.names[0]
        func entry(_ number: UInt64, _ effect: FeedEntry.Effect) -> FeedEntry {
            FeedEntry(sequence: ChangeSequence(number), time: Samples.start, effects: [effect])
        }
        let published = entry(
            2, .published(Samples.value(1), name, sequence: ChangeSequence(2), time: Samples.start))
        for entry in [entry(1, .enrolled(name)), published, entry(3, .withdrawn(name)), published] {
            table.apply(entry, now: Samples.start)
        }
        #expect(table.values(at: name, now: Samples.start) == [])
        #expect(table.rememberedRemovals == 0)
        // An entry is missing: until it comes, the table remembers what took values away.
        table.apply(entry(5, .withdrawn(name)), now: Samples.start)
        #expect(table.rememberedRemovals == 1)
        table.apply(
            entry(4, .published(Samples.value(2), name, sequence: ChangeSequence(4), time: Samples.start)), now: Samples.start)
        #expect(table.values(at: name, now: Samples.start) == [])
        #expect(table.rememberedRemovals == 0)
    }

    @Test func `an entry that comes while delegates are loaded is passed over if the load has it`() throws {
        let table = DelegateTable()
        let name = Self.names[0]
        let (first, last) = (ChangeSequence(2), ChangeSequence(3))
        let published = FeedEntry(
            sequence: first, time: Samples.start,
            effects: [.published(Samples.value(1), name, sequence: first, time: Samples.start)])
        let isLoaded = table.load(after: last, shown: last) { loading in
            // Withdrawn by the third change.
            loading.restore(name, [], now: Samples.start)
            table.apply(published, now: Samples.start)
            // One load at a time.
            #expect(!table.load(after: ChangeSequence(9), shown: last) { _ in Issue.record("two loads at once") })
        }
        #expect(isLoaded && table.values(at: name, now: Samples.start) == [] && table.sequence == last)
        // An older load has nothing that the table does not know better.
        let older = table.load(after: first, shown: first) { _ in Issue.record("an older state was loaded") }
        #expect(older && table.sequence == last)
    }

    @Test func `after a load that fails, the entries that were passed over count again`() throws {
        struct Failure: Error {}
        let table = DelegateTable()
        let name = Self.names[0]
        let place = ChangeSequence(1)
        let enrolled = FeedEntry(sequence: place, time: Samples.start, effects: [.enrolled(name)])
        #expect(throws: Failure.self) {
            _ = try table.load(after: place, shown: place) { _ in
                table.apply(enrolled, now: Samples.start)
                throw Failure()
            }
        }
        #expect(!table.isEnrolled(name))
        table.apply(enrolled, now: Samples.start)
        #expect(table.isEnrolled(name))
    }
}
