import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport
import Testing

@testable import Signing

/// Signatures as time goes, and when a clock is set.
struct SigningTimeTests {
    @Test func `a clock that is set in the middle of a pass begins another one`() async throws {
        try await SigningWorld.with { world in
            for index in 0..<10 {
                let name = try #require(world.apex.prepending(label: "n\(index)".utf8))
                world.table.enrol(name, sequence: ChangeSequence(UInt64(index + 1)), now: world.now)
            }
            world.tick()
            world.offset = 3600
            world.now = world.now.advanced(by: .seconds(1))
            _ = world.zones.tick(by: 1, now: world.now, systemTime: world.now.advanced(by: .seconds(3600)))
            #expect(world.zones.refreshSignatures(maximum: 5, now: world.now))
            _ = world.zones.tick(by: 1, now: world.now, systemTime: world.now.advanced(by: .seconds(30 * 86_400)))
            let cursorIsAtStart = world.zones.refreshSignatures(maximum: 9, now: world.now)
            #expect(cursorIsAtStart)
        }
    }

    @Test func `signatures are made again a week before their end`() async throws {
        try await SigningWorld.with { world in
            world.tick()
            let zone = world.zones.zones.all[0]
            let before = try #require(zone.earliestExpiration)
            for _ in 0..<(5 * 24) { world.tick(3600) }
            #expect(world.zones.zones.all[0].earliestExpiration == before)
            for _ in 0..<(3 * 24) { world.tick(3600) }
            let time = world.table.systemTime(at: world.now)
            let after = try #require(world.zones.zones.all[0].earliestExpiration)
            #expect(Int64(after) - Int64(time) >= 6 * 86_400)
            #expect(after != before)
        }
    }

    @Test(arguments: [-30 * 86_400, -7200, 7200, 30 * 86_400, 400 * 86_400] as [Int64])
    func `a clock that is set is noticed, and everything holds by the new one`(offset: Int64) async throws {
        try await SigningWorld.with { world in
            let name = try #require(world.apex.prepending(label: "n".utf8))
            world.table.publish(
                Samples.value(1), at: name, sequence: ChangeSequence(1), published: world.now, now: world.now)
            world.tick()
            #expect(world.clockSteps.isEmpty)
            world.offset = offset
            world.tick()
            #expect(world.clockSteps == [offset])
            let time = world.table.systemTime(at: world.now)
            #expect(Int64(time) == world.now.secondsSinceEpoch + offset)
            for type in [RecordType.dnskey, .cds, .cdnskey, .ns, .mx, .txt] {
                let rrset = try #require(world.zones.zones.all[0].rrset(at: world.apex, type: type))
                #expect(rrset.signatures.count == 1)
                for signature in rrset.signatures { #expect(signature.holds(at: time), "\(type)") }
            }
            var values = ServedValues()
            let origin = try #require(world.table.origin(world.apex))
            let label: [UInt8] = Array("n".utf8)
            guard let delegate = world.table.delegate(label.span, in: origin) else {
                Issue.record("the delegate is gone")
                return
            }
            world.table.read(&values, of: delegate, now: world.now)
            #expect(values.signatureCount == 1)
            let holds = values.signature(at: 0).holds(at: time)
            #expect(holds)
        }
    }

    @Test func `no time of a change passes because the clock is set`() async throws {
        try await SigningWorld.with { world in
            try world.change(.replace(nil))
            world.offset = 400 * 86_400
            for _ in 0..<10 { world.tick(60) }
            #expect(world.stage == .entryKeyIntroduced)
        }
    }
}
