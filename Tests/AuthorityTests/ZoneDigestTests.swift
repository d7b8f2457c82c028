import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport
import Testing

/// The part of a zone that its serial stands for.
struct ZoneDigestTests {
    private func digest(
        _ records: [String] = SampleServer.records, hasMailRecords: Bool = true, negativeTTL: UInt32 = 5
    ) throws -> ZoneDigest {
        let server = try SampleServer(records: records, hasMailRecords: hasMailRecords, negativeTTL: negativeTTL)
        return server.zones.all[0].observation(hasDelegates: false, floor: nil).content
    }

    @Test func `it is the same whatever the order of records and whatever the serial`() throws {
        let two = SampleServer.records + ["two.d.example. 60 A 192.0.2.1", "two.d.example. 60 A 192.0.2.2"]
        #expect(try digest(two) == digest(two.reversed()))
        func file(_ serial: Int) throws -> SerialRecord.Observation {
            let text = "$ORIGIN d.example.\n@ 60 SOA ns hostmaster \(serial) 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.1\n"
            let zone = try #require(ZoneFile(MasterFile(Array(text.utf8))).zone)
            return zone.observation(hasDelegates: false, floor: SerialNumber(7))
        }
        #expect(try file(1).content == file(2).content)
        #expect(try file(2).fileSerial == SerialNumber(2) && file(2).floor == SerialNumber(7))
        #expect(try !file(2).hasDelegates && !file(2).isSealed)
        #expect(try SampleServer().zones.all[0].observation(hasDelegates: false, floor: nil).hasDelegates)
    }

    @Test(arguments: [
        ("@ 60 RRSIG SOA 13 2 60 20300101000000 20200101000000 1 d.example. AAAA\n", true),
        ("@ 60 ZONEMD 1 1 1 \(String(repeating: "ab", count: 48))\n", true),
        ("ns 60 RRSIG A 13 3 60 20300101000000 20200101000000 1 d.example. AAAA\n", false),
    ])
    func `a serial is the file's where a signature or digest in the file covers it`(line: String, isSealed: Bool) throws {
        let text = "$ORIGIN d.example.\n@ 60 SOA ns hostmaster 1 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.1\n" + line
        let file = ZoneFile(MasterFile(Array(text.utf8)))
        #expect(file.problems == [])
        #expect(file.zone?.observation(hasDelegates: false, floor: nil).isSealed == isSealed)
    }

    @Test func `it is another one with each record, its TTL and its case and the SOA's fields`()
        throws
    {
        var digests: Set<ZoneDigest> = []
        for (old, new) in [
            ("", ""), ("192.0.2.80", "192.0.2.180"), ("web.d.example. 60 IN A", "web.d.example. 61 IN A"),
            ("mail.d.example.", "Mail.d.example."), ("MX 10 mx", "MX 10 MX"), ("*.wild", "*.wilder"),
        ] {
            digests.insert(try digest(SampleServer.records.map { old.isEmpty ? $0 : $0.replacing(old, with: new) }))
        }
        digests.insert(try digest(SampleServer.records.filter { !$0.hasPrefix("mail.d.example.") }))
        digests.insert(try digest(hasMailRecords: false))
        digests.insert(try digest(negativeTTL: 1))
        #expect(digests.count == 9)
    }

    @Test func `it is another one with other keys, and with other signatures by the same`() throws {
        let apex = try DomainName("d.example")
        func digest(_ signer: ZoneSigner, at now: UInt32) throws -> ZoneDigest {
            let unsigned = try SampleServer().zones
            return unsigned.signed(by: [apex: signer], reusing: nil, at: now).all[0]
                .observation(hasDelegates: false, floor: nil).content
        }
        // Ed25519 signs the same data with the same signature.
        let one = try SignedServer.makeSigner("d.example", [.ed25519])
        let other = try SignedServer.makeSigner("d.example", [.ed25519])
        #expect(try digest(one, at: 1_800_000_000) == digest(one, at: 1_800_000_000))
        #expect(try digest(one, at: 1_800_000_000) != digest(one, at: 1_800_400_000))
        #expect(try digest(one, at: 1_800_000_000) != digest(other, at: 1_800_000_000))
    }
}
