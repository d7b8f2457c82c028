import DNS
import DNSSEC
import TestSupport
import Testing

@testable import Daemon
@testable import Signing

/// What the log says of keys and signatures.
struct SigningLogTests {
    private static let apex = DomainName.root
    private static let ds = RecordData.ds(keyTag: 1, algorithm: 15, digestType: 2, digest: [UInt8](repeating: 7, count: 32))
    private static let keys = SigningEvent.Keys(apex: apex, stage: .zoneKeyRetires, tags: [1, 2])

    /// Each event, the beginning of its line, and the metadata in it.
    private static let cases: [(SigningEvent, String, [String])] = [
        (
            .keysAdopted(apex: apex, tags: [1, 2], ds: ds), "notice keys found and adopted",
            ["dns.zone", "dnssec.key_tags", "1 2", "dnssec.ds", "1 15 2 0707"]
        ),
        (.keysMade(apex: apex, tags: [1], ds: ds), "notice keys made", ["dns.zone", "dnssec.key_tags", "dnssec.ds"]),
        (.signingResumed(keys), "notice signing goes on", ["dns.zone", "dnssec.stage", "zoneKeyRetires", "1 2"]),
        (.signingEnds(keys), "notice signing is to end", ["dns.zone", "dnssec.stage", "zoneKeyRetires", "1 2"]),
        (.stageChanged(keys), "notice keys ", ["dns.zone", "dnssec.stage", "zoneKeyRetires", "1 2"]),
        (
            .keysNotStored(apex: apex, .notRegularFile(path: "/k")), "error keys not changed",
            ["dns.zone", "“/k” is not a regular file"]
        ),
        (.clockSet(seconds: -7200), "warning system clock was set", ["clock.seconds", "-7200"]),
        (.zonesSigned, "info zones signed again", []),
        (.delegatesSigned(rrsetCount: 9), "info delegates signed again", ["dnssec.rrsets", "9"]),
        (.parentChanged(apex: apex, .wrong), "error the parent's DS match none of the keys", ["dnssec.parent", "wrong"]),
        (.parentChanged(apex: apex, .matches), "notice parent's DS ", ["dnssec.parent", "matches"]),
    ]

    @Test func `each event is a line with its level and its data`() {
        for (event, start, parts) in Self.cases {
            let log = CapturedLog()
            SigningLog(logger: log.logger).log(event)
            #expect(log.lines.count == 1)
            let line = log.lines.first ?? ""
            #expect(line.hasPrefix(start), "\(line)")
            for part in parts { #expect(line.contains(part), "\(line): \(part)") }
        }
    }
}
