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

    private func record(offset: UInt32, counts: Bool = true, content: UInt8 = 1) -> SerialRecord {
        SerialRecord(
            zone: zone, serial: ZoneSerial(offset: offset, countsChanges: counts), content: digest(content))
    }

    private func observation(
        content: UInt8 = 1, file: UInt32? = nil, floor: UInt32? = nil, hasAged: Bool = false
    ) -> SerialRecord.Observation {
        var observation = SerialRecord.Observation(
            zone: zone, content: digest(content), fileSerial: file.map { SerialNumber($0) },
            floor: floor.map { SerialNumber($0) })
        observation.hasAged = hasAged
        return observation
    }

    /// The serial now, after a former one at the same change.
    private func next(_ former: SerialRecord?, _ now: SerialRecord.Observation, at change: UInt32) -> UInt32 {
        let record = SerialRecord(now, after: former, at: change)
        #expect(record.content == now.content && record.zone == zone)
        return record.serial.number(at: change).value
    }

    @Test func `a serial goes on with changes, and rises by one where the zone is another`() {
        #expect(next(nil, observation(), at: 0) == 1)
        #expect(next(nil, observation(), at: 40) == 41)
        #expect(next(record(offset: 7), observation(), at: 40) == 47)
        #expect(next(record(offset: 7), observation(content: 2), at: 40) == 48)
        #expect(next(record(offset: 7), observation(hasAged: true), at: 40) == 48)
        #expect(next(record(offset: .max), observation(content: 2), at: 1) == 1)
        #expect(next(record(offset: .max), observation(content: 2), at: 0) == 0)
        let same = SerialRecord(observation(), after: record(offset: 7), at: 40)
        #expect(same == record(offset: 7) && same.serial.number(at: 41).value == 48)
    }

    @Test func `the serial of a file counts where it is later`() {
        #expect(next(nil, observation(file: 2026), at: 40) == 2026)
        let held = record(offset: 2026, counts: false)
        #expect(next(held, observation(file: 2026), at: 99) == 2026)
        #expect(next(held, observation(file: 2030), at: 99) == 2030)
        #expect(next(held, observation(content: 2, file: 2030), at: 99) == 2030)
        // Another zone without another serial, or with one that is older.
        #expect(next(held, observation(content: 2, file: 2026), at: 99) == 2027)
        #expect(next(held, observation(content: 2, file: 5), at: 99) == 2027)
        #expect(next(held, observation(file: 5), at: 99) == 2026)
        // Neither is later (RFC 1982 section 3.2).
        #expect(next(held, observation(file: 2026 &+ 1 << 31), at: 99) == 2026)
        #expect(next(record(offset: .max, counts: false), observation(content: 2, file: .max), at: 99) == 0)
    }

    @Test func `a zone that comes from a file, or does no more, goes on from its serial`() {
        #expect(next(record(offset: 10), observation(content: 2, file: 2026), at: 5) == 2026)
        #expect(next(record(offset: 3000), observation(content: 2, file: 2026), at: 5) == 3006)
        let made = SerialRecord(observation(content: 2), after: record(offset: 3000, counts: false), at: 5)
        #expect(made.serial.number(at: 5).value == 3001 && made.serial.number(at: 6).value == 3002)
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
        #expect(SerialRecord(observation(floor: floor), after: record, at: 40) == record)
    }

    @Test func `a record takes the place of one that is not later`() {
        #expect(record(offset: 8).replaces(record(offset: 7)) && record(offset: 7).replaces(record(offset: 7)))
        #expect(!record(offset: 7).replaces(record(offset: 8)) && record(offset: 0).replaces(record(offset: .max)))
        #expect(record(offset: 7, counts: false).replaces(record(offset: 8)))
    }
}
