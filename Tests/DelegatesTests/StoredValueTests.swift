import DNS
import Delegates
import TestSupport
import Testing

/// A value is stored in fewer octets than it has, and comes out octet for octet.
struct StoredValueTests {
    private let now = Samples.start
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private func texts(_ table: DelegateTable, _ name: DomainName) -> [String]? {
        table.values(at: name, now: now)?.map { String(decoding: $0.octets.dropFirst(), as: UTF8.self) }
    }

    @Test func `each digit comes out at each place, the last one too`() throws {
        let table = DelegateTable()
        let name = try DomainName("a.d.example")
        var sequence: UInt64 = 0
        for place in 0..<43 {
            for digit in Self.digits {
                for other in [UInt8(ascii: "-"), UInt8(ascii: "z"), UInt8(ascii: "A")] {
                    var octets = [UInt8](repeating: other, count: 43)
                    octets[place] = digit
                    let text = String(decoding: octets, as: UTF8.self)
                    let value = try #require(ChallengeValue(text))
                    guard value.text == text, value == ChallengeValue(octets.span), value.recordData.octets == [43] + octets
                    else {
                        Issue.record("\(text) became \(value.text)")
                        continue
                    }
                    sequence += 1
                    table.publish(value, at: name, sequence: ChangeSequence(sequence), published: now, now: now)
                    guard texts(table, name)?.last != text else { continue }
                    Issue.record("\(text) is answered as \(texts(table, name)?.last ?? "nothing")")
                }
            }
        }
    }

    @Test(arguments: 1...20) func `values of random digits are told apart`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let texts = (0..<64).map { _ in
            String(decoding: (0..<43).map { _ in Self.digits[Int.random(in: 0..<64, using: &generator)] }, as: UTF8.self)
        }
        let table = DelegateTable()
        let name = try DomainName("a.d.example")
        for (index, text) in texts.enumerated() {
            let value = try #require(ChallengeValue(text))
            table.publish(value, at: name, sequence: ChangeSequence(UInt64(index + 1)), published: now, now: now)
        }
        #expect(self.texts(table, name) == texts, "seed \(seed)")
        #expect(Set(texts.compactMap { ChallengeValue($0) }).count == 64)
    }

    @Test func `an octet that is no digit makes no value, at each place`() {
        let digits = Set(Self.digits)
        for place in [0, 7, 8, 31, 32, 39, 40, 41, 42] {
            for octet in UInt8.min...UInt8.max {
                for other in [UInt8(ascii: "-"), UInt8(ascii: "z")] {
                    var octets = [UInt8](repeating: other, count: 43)
                    octets[place] = octet
                    guard (ChallengeValue(octets.span) != nil) != digits.contains(octet) else { continue }
                    Issue.record("\(octet) at \(place)")
                }
            }
        }
        for length in [0, 1, 42, 44, 86] {
            #expect(ChallengeValue(String(repeating: "A", count: length)) == nil)
        }
    }

    /// Places in the sequence and moments that do not fit into the few bits that others take.
    @Test(
        arguments: [
            (UInt64(UInt32.max), 1_735_689_600), (UInt64(UInt32.max) + 1, 1_800_000_000), (UInt64(Int64.max), 1_800_000_000),
            (9, 1_735_689_599), (9, 0), (9, -5), (9, 1_735_689_600 + 1 << 30 - 1), (9, 1_735_689_600 + 1 << 30), (9, 1 << 50),
        ] as [(UInt64, Int64)])
    func `a value keeps its place and its moment, however large`(sequence: UInt64, second: Int64) throws {
        let table = DelegateTable()
        let name = try DomainName("a.d.example")
        let moment = Timestamp(secondsSinceEpoch: second)
        // Both are within the hour, or the last two.
        table.publish(Samples.value(1), at: name, sequence: ChangeSequence(sequence - 1), published: moment, now: moment)
        table.publish(Samples.value(2), at: name, sequence: ChangeSequence(sequence), published: moment, now: moment)
        #expect(table.published(at: name, now: moment) == [moment, moment])
        let both = [1, 2].map { Samples.value($0).recordData }
        #expect(table.values(at: name, now: moment) == both)
        // What is older than the last value does not move it.
        table.withdraw(name, sequence: ChangeSequence(sequence - 1), now: moment)
        #expect(table.values(at: name, now: moment) == [both[1]])
        // Back to a value that fits.
        table.withdraw(name, sequence: ChangeSequence(sequence), now: moment)
        #expect(table.values(at: name, now: moment) == [])
    }

    @Test func `values that fit and values that do not can be a delegate's at the same time`() throws {
        let table = DelegateTable()
        let name = try DomainName("a.d.example")
        let sequences = [1, UInt64(UInt32.max), UInt64(UInt32.max) + 1, UInt64(1) << 40]
        for (index, sequence) in sequences.enumerated() {
            table.publish(Samples.value(index), at: name, sequence: ChangeSequence(sequence), published: now, now: now)
        }
        #expect(table.values(at: name, now: now) == (0..<4).map { Samples.value($0).recordData })
        table.withdraw(name, sequence: ChangeSequence(UInt64(UInt32.max)), now: now)
        #expect(table.values(at: name, now: now) == [2, 3].map { Samples.value($0).recordData })
    }
}
