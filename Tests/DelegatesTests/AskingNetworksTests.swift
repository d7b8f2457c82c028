import DNS
import Delegates
import TestSupport
import Testing

/// The networks that have asked for a delegate's values since the last publication.
struct AskingNetworksTests {
    private let table = DelegateTable()
    private let name: DomainName
    private let now = Samples.start

    init() throws {
        name = try DomainName("a.d.example")
        table.enrol(name, sequence: ChangeSequence(1), now: now)
    }

    private var networks: AskingNetworks.Count { table.served(at: name, now: now).askingNetworks }

    private func publish(_ index: Int, published: Timestamp? = nil) {
        table.publish(
            Samples.value(index), at: name, sequence: ChangeSequence(UInt64(index)), published: published ?? now, now: now)
    }

    private func ask(from addresses: String..., at label: String = "a") throws {
        table.noteQueries(from: addresses, at: try DomainName("\(label).d.example"))
    }

    private func count(_ networks: Int, orMore: Bool = false) -> AskingNetworks.Count {
        AskingNetworks.Count(networks: networks, isMinimum: orMore)
    }

    @Test func `a network counts once, with whatever addresses and however often it asks`() throws {
        publish(2)
        #expect(networks == count(0))
        try ask(from: "192.0.2.1", "192.0.2.1", "192.0.2.254")
        #expect(networks == count(1))
        try ask(from: "192.0.3.1", "2001:db8:1:2::3", "2001:db8:1:ffff::4", "2001:db8:2::1", "::ffff:192.0.3.9")
        #expect(networks == count(4))
    }

    @Test func `the next publication begins another count, an older one that comes late does not`() throws {
        publish(3)
        try ask(from: "192.0.2.1")
        publish(2)
        #expect(networks == count(1))
        publish(4)
        #expect(networks == count(0))
        try ask(from: "192.0.2.1")
        #expect(networks == count(1))
        // The same value again is a publication, too.
        table.publish(Samples.value(4), at: name, sequence: ChangeSequence(5), published: now, now: now)
        #expect(networks == count(0))
    }

    @Test func `the end of values leaves the count to the next publication`() throws {
        publish(2)
        try ask(from: "192.0.2.1")
        table.withdraw(name, sequence: ChangeSequence(3), now: now)
        #expect(table.served(at: name, now: now).values.isEmpty)
        publish(4)
        #expect(networks == count(0))
    }

    @Test func `there is room for eight networks, and then there may be more`() throws {
        publish(2)
        for index in 0..<7 { try ask(from: "192.0.\(index).1") }
        // One of a thousand processes has a key with which two of these networks look alike.
        try #require(networks.networks >= 6)
        #expect(!networks.isMinimum)
        for index in 7..<200 { try ask(from: "192.0.\(index).1") }
        #expect(networks == count(8, orMore: true))
        for index in 0..<200 { try ask(from: "192.0.\(index).1") }
        #expect(networks == count(8, orMore: true))
        publish(3)
        #expect(networks == count(0))
    }

    @Test func `what was asked for before the server's start, or elsewhere, is not known`() throws {
        let value = DelegateTable.PublishedValue(Samples.value(1), sequence: ChangeSequence(2), published: now)
        #expect(table.load(after: ChangeSequence(2), shown: ChangeSequence(2)) { $0.restore(name, [value], now: now) })
        #expect(networks == count(0, orMore: true))
        try ask(from: "192.0.2.1")
        #expect(networks == count(1, orMore: true))
        publish(3, published: now.advanced(by: .seconds(-60)))
        #expect(networks == count(0, orMore: true))
        publish(4, published: now.advanced(by: .seconds(-59)))
        #expect(networks == count(0))
    }

    @Test func `each delegate has its own count, whatever the length of its name`() throws {
        let labels = (1...63).map { String(repeating: "b", count: $0) }
        for (index, label) in labels.enumerated() {
            table.publish(
                Samples.value(index), at: try DomainName("\(label).d.example"), sequence: ChangeSequence(UInt64(index + 2)),
                published: now, now: now)
        }
        for label in labels { for index in 0..<label.utf8.count % 4 { try ask(from: "198.51.\(index).7", at: label) } }
        for label in labels {
            let served = table.served(at: try DomainName("\(label).d.example"), now: now)
            #expect(served.askingNetworks == count(label.utf8.count % 4) && served.values.count == 1)
        }
        #expect(table.snapshotNames(below: try DomainName("d.example")) == Set(labels + ["a"]))
    }

    @Test func `networks that ask several threads at the same time are all counted`() async throws {
        for round in 0..<50 {
            publish(round + 2)
            await withTaskGroup(of: Void.self) { tasks in
                for thread in 0..<4 {
                    tasks.addTask { try? self.ask(from: "10.0.\(thread).1", "10.0.\(thread + 1).1", "10.0.\(thread).2") }
                }
            }
            #expect(networks == count(5) || networks == count(4))
        }
    }
}

extension DelegateTable {
    /// The first labels of all delegates below a name.
    fileprivate func snapshotNames(below name: DomainName) -> Set<String> {
        var names: Set<String> = []
        var values = ServedValues()
        guard let snapshot = snapshot(below: name) else { return [] }
        while let next = try? snapshot.next(&values) {
            names.insert(String(decoding: next.labels[0], as: UTF8.self))
        }
        return names
    }
}
