import DNS
import Delegates
import Synchronization
import TestSupport
import Testing

struct DelegateTableTests {
    private let table = DelegateTable()
    private let name: DomainName
    private let now = Samples.start

    init() throws {
        name = try DomainName("a.d.example")
        table.enrol(name, sequence: ChangeSequence(1), now: now)
    }

    private func texts(_ table: DelegateTable, at now: Timestamp) -> [String]? {
        table.values(at: name, now: now)?.map { String(decoding: $0.octets.dropFirst(), as: UTF8.self) }
    }

    @Test func `a delegate is there from its enrolment on, in whatever case it is asked for`() throws {
        #expect(table.isEnrolled(try DomainName("A.D.Example")))
        #expect(table.values(at: name, now: now)?.isEmpty == true)
        #expect(table.values(at: try DomainName("b.d.example"), now: now) == nil)
    }

    @Test func `a delegate is found by a label of any length, and only by the whole label`() throws {
        let labels = (1...63).map { String("abcdefghijklmnopqrstuvwxyz0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ".prefix($0)) }
        for (index, label) in labels.enumerated() where index % 2 == 0 {
            table.enrol(try DomainName("\(label).e.example"), sequence: ChangeSequence(UInt64(index + 2)), now: now)
        }
        for (index, label) in labels.enumerated() {
            #expect(table.isEnrolled(try DomainName("\(label.uppercased()).e.example")) == (index % 2 == 0))
            #expect(!table.isEnrolled(try DomainName("\(label.dropLast())_.e.example")))
        }
    }

    @Test func `a value that is there already is refreshed and takes no second place`() {
        for (sequence, index) in [(2, 1), (3, 2), (4, 1)] {
            table.publish(
                Samples.value(index), at: name, sequence: ChangeSequence(UInt64(sequence)), published: now, now: now)
        }
        #expect(texts(table, at: now) == [Samples.value(2).text, Samples.value(1).text])
    }

    @Test func `the sequence never goes back`() {
        table.publish(Samples.value(1), at: name, sequence: ChangeSequence(9), published: now, now: now)
        table.publish(Samples.value(2), at: name, sequence: ChangeSequence(8), published: now, now: now)
        #expect(table.load(after: ChangeSequence(3), shown: ChangeSequence(3)) { _ in })
        #expect(table.sequence == ChangeSequence(9))
    }

    /// Changes that storage commits in one order may reach the table in another.
    @Test(arguments: 1...30)
    func `changes in any order have the outcome of their sequence`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // `nil` stands for withdrawing every value.
        let changes = (2...200).map { sequence in
            (
                sequence: sequence,
                index: Int.random(in: 0..<40, using: &generator) == 0 ? nil : Int.random(in: 0..<90, using: &generator)
            )
        }
        func outcome(_ changes: some Sequence<(sequence: Int, index: Int?)>) -> [String]? {
            let table = DelegateTable()
            table.enrol(name, sequence: ChangeSequence(1), now: now)
            for change in changes {
                let sequence = ChangeSequence(UInt64(change.sequence))
                if let index = change.index {
                    table.publish(Samples.value(index), at: name, sequence: sequence, published: now, now: now)
                } else {
                    table.withdraw(name, sequence: sequence, now: now)
                }
            }
            return texts(table, at: now)
        }
        var latest: [Int: Int] = [:]
        for change in changes {
            if let index = change.index { latest[index] = change.sequence } else { latest = [:] }
        }
        let expected = latest.sorted { $0.value < $1.value }.suffix(64).map { Samples.value($0.key).text }
        #expect(outcome(changes) == expected)
        // Only changes that are under way at the same time can change places.
        var shuffled: [(sequence: Int, index: Int?)] = []
        for start in stride(from: 0, to: changes.count, by: 16) {
            shuffled += changes[start..<min(start + 16, changes.count)].shuffled(using: &generator)
        }
        #expect(outcome(shuffled) == expected, "seed \(seed)")
    }

    /// Blocks of values move from one delegate to the other and back while both are read.
    @Test func `who asks while values change gets a delegate's own values of one moment`() async throws {
        let table = table
        let now = now
        let delegates = [("a", name), ("b", try DomainName("b.d.example"))]
        let isOver = Flag()
        // On threads of their own: on the shared ones they would keep other tests from running.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await onThread { () throws in
                    for step in 0..<5_000 {
                        for (letter, name) in delegates {
                            let values = (0...step % 3).map { index in
                                DelegateTable.PublishedValue(
                                    Self.value(letter, step), sequence: ChangeSequence(UInt64(step * 3 + index)), published: now
                                )
                            }
                            let last = ChangeSequence(UInt64(step * 3 + 2))
                            // Each is the last one once, for each delegate.
                            _ = table.load(after: ChangeSequence(last.number * 2 + (letter == "a" ? 0 : 1)), shown: last) {
                                $0.restore(name, values, now: now)
                            }
                        }
                    }
                    isOver.raise()
                }
            }
            for (letter, name) in delegates {
                group.addTask {
                    try await onThread { () throws in
                        while !isOver.isRaised {
                            let texts = (table.values(at: name, now: now) ?? []).map {
                                String(decoding: $0.octets.dropFirst(), as: UTF8.self)
                            }
                            guard texts.allSatisfy({ $0.hasPrefix(letter) && $0.utf8.count == 43 && $0 == texts[0] }) else {
                                Issue.record("\(texts)")
                                return
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func value(_ letter: String, _ step: Int) -> ChallengeValue {
        let digits = String(step)
        return ChallengeValue(String(repeating: letter, count: ChallengeValue.length - digits.count) + digits)
            ?? Samples.value(1)
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isRaised: Bool { value.load(ordering: .relaxed) }
        func raise() { value.store(true, ordering: .relaxed) }
    }

    @Test func `many threads may change and ask at once`() async {
        await withTaskGroup { group in
            for worker in 0..<8 {
                group.addTask {
                    for step in 0..<200 {
                        let place = ChangeSequence(UInt64(2 + worker * 200 + step))
                        self.table.publish(
                            Samples.value(worker), at: self.name, sequence: place, published: self.now, now: self.now)
                        _ = self.table.values(at: self.name, now: self.now)
                    }
                }
            }
        }
        #expect(texts(table, at: now).map(Set.init) == Set((0..<8).map { Samples.value($0).text }))
    }
}
