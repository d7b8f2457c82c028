import DNS
import Delegates
import TestSupport
import Testing

struct SnapshotTests {
    /// The snapshots' memory has room for 187 blocks of 64 values, 2,560 octets each.
    private let table = DelegateTable(snapshotMemory: 478_720)
    private let origin: DomainName
    private let now = Samples.start

    init() throws {
        origin = try DomainName("d.example")
    }

    private func name(_ index: Int) throws -> DomainName { try DomainName("n\(index).d.example") }

    private func publish(_ value: Int, at index: Int, _ sequence: UInt64) throws {
        table.publish(
            Samples.value(value), at: try name(index), sequence: ChangeSequence(sequence), published: now, now: now)
    }

    /// The values in a snapshot, of at most `maximum` delegates.
    private func read(_ snapshot: DelegateTable.Snapshot, _ maximum: Int = .max) throws -> [String: [RecordData]] {
        var found: [String: [RecordData]] = [:]
        var values = ServedValues()
        while found.count < maximum, let name = try snapshot.next(&values) {
            #expect(found.updateValue(values.recordData, forKey: name.description) == nil)
        }
        return found
    }

    private func present() throws -> [String: [RecordData]] { try read(try #require(table.snapshot(below: origin))) }

    @Test func `the delegates of one zone are read, with labels of any length`() throws {
        var expected: Set<String> = []
        for index in 0..<20_000 {
            let label = String(repeating: "x", count: index % 57) + String(index)
            let zone = index % 3 == 0 ? "second.example" : "d.example"
            table.enrol(try DomainName("\(label).\(zone)"), sequence: ChangeSequence(UInt64(index)), now: now)
            if index % 3 != 0 { expected.insert("\(label).\(zone).") }
        }
        let snapshot = try #require(table.snapshot(below: origin))
        table.enrol(try DomainName("later.d.example"), sequence: ChangeSequence(20_000), now: now)
        #expect(Set(try read(snapshot).keys) == expected && table.count == 20_001)
        for name in expected where table.values(at: try DomainName(name.uppercased()), now: now) == nil {
            Issue.record("\(name) is not found")
        }
    }

    @Test func `what changes while a snapshot is read is not in it, and is in the next one`() throws {
        for index in 0..<100 {
            table.enrol(try name(index), sequence: ChangeSequence(1), now: now)
            try publish(index, at: index, UInt64(2 + index))
        }
        let before = try present()
        let snapshot = try #require(table.snapshot(below: origin))
        #expect(snapshot.sequence == ChangeSequence(101))
        var found = try read(snapshot, 40)
        var sequence: UInt64 = 200
        for round in 0..<3 {
            for index in 0..<100 {
                sequence += 1
                if (index + round).isMultiple(of: 4) {
                    table.withdraw(try name(index), sequence: ChangeSequence(sequence), now: now)
                } else {
                    try publish(1000 * (round + 1) + index, at: index, sequence)
                }
            }
            found.merge(try read(snapshot, 20)) { one, _ in one }
        }
        table.enrol(try name(100), sequence: ChangeSequence(sequence + 1), now: now)
        found.merge(try read(snapshot)) { one, _ in one }
        #expect(found == before)
        let after = try present()
        #expect(after.count == 101 && after != before)
        #expect(after == after.filter { table.values(at: (try? DomainName($0.key)) ?? origin, now: now) == $0.value })
    }

    @Test func `snapshots that began at different moments are each as it was then`() throws {
        for index in 0..<10 { try publish(0, at: index, UInt64(1 + index)) }
        var open: [(DelegateTable.Snapshot, [String: [RecordData]])] = []
        var sequence: UInt64 = 100
        for round in 1...5 {
            open.append((try #require(table.snapshot(below: origin)), try present()))
            for index in 0..<10 where index.isMultiple(of: round) {
                sequence += 1
                try publish(100 * round + index, at: index, sequence)
            }
            // A snapshot that is dropped unread affects no other.
            _ = table.snapshot(below: origin)
        }
        for (snapshot, expected) in open.reversed() { #expect(try read(snapshot) == expected) }
    }

    /// Gives delegates 64 values each, instead of those that they had.
    private func restoreLargeDelegates(_ count: Int, after last: UInt64 = 64) throws {
        let values = (0..<64).map {
            DelegateTable.PublishedValue(
                Samples.value($0), sequence: ChangeSequence(last - 63 + UInt64($0)), published: now)
        }
        let last = ChangeSequence(last)
        _ = try table.load(after: last, shown: last) { loading in
            for index in 0..<count { loading.restore(try name(index), values, now: now) }
        }
    }

    private func withdraw(_ indexes: Range<Int>, _ sequence: UInt64) throws {
        for index in indexes { table.withdraw(try name(index), sequence: ChangeSequence(sequence), now: now) }
    }

    @Test func `what a snapshot held counts for nothing when it is read or dropped`() throws {
        for round in 0..<4 {
            try restoreLargeDelegates(80, after: UInt64(1000 * round + 500))
            let snapshots = [try #require(table.snapshot(below: origin)), try #require(table.snapshot(below: origin))]
            try withdraw(0..<80, UInt64(1000 * (round + 1)))
            #expect(try read(snapshots[round % 2], 40).values.allSatisfy { $0.count == 64 })
        }
        #expect(try present().values.allSatisfy(\.isEmpty))
    }

    @Test func `the oldest snapshots are lost when former values take too much memory`() throws {
        try restoreLargeDelegates(200)
        let (first, second) = (try #require(table.snapshot(below: origin)), try #require(table.snapshot(below: origin)))
        try withdraw(0..<100, 1000)
        let third = try #require(table.snapshot(below: origin))
        try withdraw(100..<200, 1001)
        #expect(throws: DelegateTable.SnapshotLost.self) { try self.read(first) }
        #expect(throws: DelegateTable.SnapshotLost.self) { try self.read(second) }
        #expect(try read(third).values.count { $0.count == 64 } == 100)
    }

    @Test func `delegates that had no values take memory for a snapshot, too`() throws {
        // 6 words each: both snapshots together have room for 9,973.
        for index in 0..<14_000 { table.enrol(try name(index), sequence: ChangeSequence(1), now: now) }
        let (first, second) = (try #require(table.snapshot(below: origin)), try #require(table.snapshot(below: origin)))
        for index in 0..<14_000 { try publish(1, at: index, UInt64(2 + index)) }
        #expect(throws: DelegateTable.SnapshotLost.self) { try self.read(first) }
        #expect(throws: DelegateTable.SnapshotLost.self) { try self.read(second) }
        #expect(table.lostSnapshotCount == 2)
    }

    @Test func `of more than 64 snapshots the oldest is lost`() throws {
        try publish(1, at: 0, 1)
        let open = try (0..<66).map { _ in try #require(table.snapshot(below: origin)) }
        for (index, snapshot) in open.enumerated() {
            if index < 2 {
                #expect(throws: DelegateTable.SnapshotLost.self) { try self.read(snapshot) }
            } else {
                #expect(try read(snapshot).count == 1)
            }
        }
        #expect(table.lostSnapshotCount == 2)
    }

    @Test func `threads that read snapshots, ask and change are in nobody's way`() async throws {
        for index in 0..<50 { try publish(0, at: index, UInt64(1 + index)) }
        await withTaskGroup { group in
            for worker in 0..<4 {
                group.addTask {
                    for step in 0..<100 {
                        guard let snapshot = self.table.snapshot(below: self.origin), let found = try? self.read(snapshot)
                        else {
                            Issue.record("no snapshot")
                            continue
                        }
                        #expect(found.count == 50 && found.values.allSatisfy { !$0.isEmpty })
                        for index in 0..<50 where index % 4 == worker {
                            let sequence = UInt64(1000 + 1000 * step + index)
                            try? self.publish(step, at: index, sequence)
                            if let name = try? self.name(index) { _ = self.table.values(at: name, now: self.now) }
                        }
                    }
                }
            }
        }
    }
}
