import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport
import Testing

/// What of a zone its serial stands for.
struct ZoneDigestTests {
    private func digest(
        _ records: [String] = SampleServer.records, hasMailRecords: Bool = true, negativeTTL: UInt32 = 5,
        isTransferable: Bool = false
    ) throws -> ZoneDigest {
        let server = try SampleServer(records: records, hasMailRecords: hasMailRecords, negativeTTL: negativeTTL)
        return server.zones.all[0].observation(isTransferable: isTransferable, floor: nil).content
    }

    @Test func `it is the same whatever the order of records and whatever the serial`() throws {
        let two = SampleServer.records + ["two.d.example. 60 A 192.0.2.1", "two.d.example. 60 A 192.0.2.2"]
        #expect(try digest(two) == digest(two.reversed()))
        func file(_ serial: Int) throws -> SerialRecord.Observation {
            let text = "$ORIGIN d.example.\n@ 60 SOA ns hostmaster \(serial) 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.1\n"
            let zone = try #require(ZoneFile(MasterFile(Array(text.utf8))).zone)
            return zone.observation(isTransferable: false, floor: SerialNumber(7))
        }
        #expect(try file(1).content == file(2).content)
        #expect(try file(2).fileSerial == SerialNumber(2) && file(2).floor == SerialNumber(7))
    }

    @Test func `it is another one with each record, its TTL and its case, the SOA's fields, and where copies are allowed`()
        throws
    {
        var digests: Set<ZoneDigest> = []
        for (old, new) in [
            ("", ""), ("192.0.2.80", "192.0.2.180"), ("web.d.example. 60 IN A", "web.d.example. 61 IN A"),
            ("mail.d.example.", "Mail.d.example."), ("MX 10 mx", "MX 10 MX"), ("*.wild", "*.wilder"),
        ] {
            digests.insert(try digest(SampleServer.records.map { old.isEmpty ? $0 : $0.replacing(old, with: new) }))
        }
        digests.insert(try digest(Array(SampleServer.records.dropLast())))
        digests.insert(try digest(hasMailRecords: false))
        digests.insert(try digest(negativeTTL: 1))
        digests.insert(try digest(isTransferable: true))
        #expect(digests.count == 10)
    }

    @Test func `it is another one with other keys, and with other signatures by the same`() throws {
        let apex = try DomainName("d.example")
        func digest(_ signer: ZoneSigner, at now: UInt32) throws -> ZoneDigest {
            let unsigned = try SampleServer().zones
            return unsigned.signed(by: [apex: signer], reusing: nil, at: now).all[0]
                .observation(isTransferable: false, floor: nil).content
        }
        // An Ed25519 key signs the same in the same way.
        let (one, other) = (
            try SignedAnswerTests.makeSigner("d.example", [.ed25519]), try SignedAnswerTests.makeSigner("d.example", [.ed25519])
        )
        #expect(try digest(one, at: 1_800_000_000) == digest(one, at: 1_800_000_000))
        #expect(try digest(one, at: 1_800_000_000) != digest(one, at: 1_800_400_000))
        #expect(try digest(one, at: 1_800_000_000) != digest(other, at: 1_800_000_000))
    }
}
