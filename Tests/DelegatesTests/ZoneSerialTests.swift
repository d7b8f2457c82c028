import DNS
import Delegates
import TestSupport
import Testing

struct ZoneSerialTests {
    private let zone: DomainName

    init() throws {
        zone = try DomainName("d.example")
    }

    private func digest(_ number: UInt8) -> ZoneDigest { ZoneDigest(of: [[number]]) }

    private func record(
        offset: UInt32, counts: Bool = true, content: UInt8 = 1, file: UInt32? = nil, floor: UInt32? = nil
    ) -> SerialRecord {
        SerialRecord(
            zone: zone, serial: ZoneSerial(offset: offset, countsChanges: counts), content: digest(content),
            fileSerial: file.map { SerialNumber($0) }, floor: floor.map { SerialNumber($0) }, revision: 7)
    }

    private func observation(
        content: UInt8 = 1, file: UInt32? = nil, hasDelegates: Bool? = nil, isSealed: Bool = false, floor: UInt32? = nil
    ) -> SerialRecord.Observation {
        SerialRecord.Observation(
            zone: zone, content: digest(content), fileSerial: file.map { SerialNumber($0) }, isSealed: isSealed,
            hasDelegates: hasDelegates ?? (file == nil), floor: floor.map { SerialNumber($0) })
    }

    /// The serial that follows a former one, at the same change.
    private func next(_ former: SerialRecord?, _ now: SerialRecord.Observation, at change: UInt32) -> UInt32 {
        let record = SerialRecord(now, after: former, at: change)
        #expect(record.content == now.content && record.zone == zone && record.revision == (former?.revision ?? 0) + 1)
        return record.serial.number(at: change).value
    }

    @Test func `a serial goes on with changes, and rises by one where the zone is another`() {
        #expect(next(nil, observation(), at: 0) == 1)
        #expect(next(nil, observation(), at: 40) == 41)
        #expect(next(record(offset: 7), observation(), at: 40) == 47)
        #expect(next(record(offset: 7), observation(content: 2), at: 40) == 48)
        #expect(next(record(offset: .max), observation(content: 2), at: 1) == 1)
        #expect(next(record(offset: .max), observation(content: 2), at: 0) == 0)
        let same = SerialRecord(observation(), after: record(offset: 7), at: 40)
        #expect(same.saysTheSame(as: record(offset: 7)) && same.serial.number(at: 41).value == 48)
    }

    @Test func `the serial of a file counts where it is later`() {
        #expect(next(nil, observation(file: 2026), at: 40) == 2026)
        let held = record(offset: 2026, counts: false)
        #expect(next(held, observation(file: 2026), at: 99) == 2026)
        #expect(next(held, observation(file: 2030), at: 99) == 2030)
        #expect(next(held, observation(content: 2, file: 2030), at: 99) == 2030)
        // Other content with the same serial, or an older serial.
        #expect(next(held, observation(content: 2, file: 2026), at: 99) == 2027)
        #expect(next(held, observation(content: 2, file: 5), at: 99) == 2027)
        #expect(next(held, observation(file: 5), at: 99) == 2026)
        // Neither serial is later (RFC 1982 section 3.2).
        #expect(next(held, observation(file: 2026 &+ 1 << 31), at: 99) == 2026)
        #expect(next(record(offset: .max, counts: false), observation(content: 2, file: .max), at: 99) == 0)
    }

    @Test func `a zone that comes from a file, or does no more, goes on well above its serial`() {
        // Above every change that can come while the former zone is still served.
        #expect(next(record(offset: 10), observation(content: 2, file: 2026), at: 5) == 2026)
        #expect(next(record(offset: 3000), observation(content: 2, file: 2026), at: 5) == 4005)
        let made = SerialRecord(observation(content: 2), after: record(offset: 3000, counts: false), at: 5)
        #expect(made.serial.number(at: 5).value == 4000 && made.serial.number(at: 6).value == 4001)
    }

    @Test func `a file's serial and a serial to be above count when they change, and not again`() {
        let file = record(offset: 2_147_483_648, counts: false, file: 0, floor: 2_147_483_647)
        // Both are later than it in the circle of RFC 1982, but have already counted.
        for content in [1, 2, 3] as [UInt8] {
            let expected: UInt32 = content == 1 ? 2_147_483_648 : 2_147_483_649
            #expect(next(file, observation(content: content, file: 0, floor: 2_147_483_647), at: 99) == expected)
        }
        #expect(next(file, observation(content: 2, file: 2_147_483_700, floor: 2_147_483_647), at: 99) == 2_147_483_700)
        let raised = record(offset: 2_147_483_700, counts: false, file: 2_147_483_700, floor: 2_147_483_657)
        #expect(next(raised, observation(content: 2, file: 2_147_483_660, floor: 2_147_483_657), at: 99) == 2_147_483_701)
        // This serial is later.
        #expect(next(raised, observation(content: 2, file: 20, floor: 2_147_483_657), at: 99) == 20)
        #expect(next(raised, observation(file: 2_147_483_700, floor: 2_147_483_656), at: 99) == 2_147_483_700)
    }

    @Test func `a zone from a file that has delegates counts their changes`() {
        let first = SerialRecord(observation(file: 2026, hasDelegates: true), after: nil, at: 40)
        #expect(first.serial.number(at: 40).value == 2026 && first.serial.number(at: 43).value == 2029)
        #expect(next(first, observation(file: 2026, hasDelegates: true), at: 43) == 2029)
        #expect(next(first, observation(file: 2040, hasDelegates: true), at: 43) == 2040)
    }

    @Test func `a serial that signatures in the file cover is the file's, whatever it is`() {
        let held = record(offset: 2026, counts: false)
        for content in [1, 2] as [UInt8] {
            #expect(next(held, observation(content: content, file: 2026, isSealed: true), at: 99) == 2026)
            #expect(next(held, observation(content: content, file: 5, isSealed: true, floor: 9000), at: 99) == 5)
        }
        #expect(next(nil, observation(file: 5, hasDelegates: true, isSealed: true), at: 99) == 5)
    }

    @Test(
        arguments: [
            (41, 42), (40, 41), (39, 41), (0, 41), (2_026_112_901, 2_026_112_902), (.max, 41), (41 + 1 << 31, 41 + 1 << 31 + 1),
            (42 + 1 << 31, 41),
        ] as [(UInt32, UInt32)])
    func `a serial is above the one that was asked for, and goes no further than it must`(floor: UInt32, expected: UInt32) {
        #expect(next(nil, observation(floor: floor), at: 40) == expected)
        #expect(next(record(offset: 1), observation(floor: floor), at: 40) == expected)
        let record = SerialRecord(observation(floor: floor), after: nil, at: 40)
        #expect(SerialRecord(observation(floor: floor), after: record, at: 40).saysTheSame(as: record))
    }
}
