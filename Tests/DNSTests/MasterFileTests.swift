import DNS
import Testing

struct MasterFileTests {
    private static let digest = "00112233445566778899aabbccddeeff"

    private func read(_ text: String, origin: String? = nil) throws -> [String] {
        let file = MasterFile(text, origin: try origin.map { try DomainName($0) })
        #expect(file.problems.isEmpty, "\(file.problems)")
        return file.records.map(\.record.description)
    }

    @Test func `the example of RFC 1035 section 5.3 is read`() throws {
        let text = """
            @   IN  SOA     VENERA      Action\\.domains (
                                             20     ; SERIAL
                                             7200   ; REFRESH
                                             600    ; RETRY
                                             3600000; EXPIRE
                                             60)    ; MINIMUM

                    NS      A.ISI.EDU.
                    NS      VENERA
                    MX      10      VENERA
                    MX      20      VAXA

            A       A       26.3.0.103

            VENERA  A       10.1.0.52
                    A       128.9.0.32
            """
        #expect(
            try read("$TTL 60\n" + text, origin: "ISI.EDU") == [
                "ISI.EDU. 60 IN SOA VENERA.ISI.EDU. Action\\.domains.ISI.EDU. 20 7200 600 3600000 60",
                "ISI.EDU. 60 IN NS A.ISI.EDU.", "ISI.EDU. 60 IN NS VENERA.ISI.EDU.",
                "ISI.EDU. 60 IN MX 10 VENERA.ISI.EDU.", "ISI.EDU. 60 IN MX 20 VAXA.ISI.EDU.",
                "A.ISI.EDU. 60 IN A 26.3.0.103", "VENERA.ISI.EDU. 60 IN A 10.1.0.52", "VENERA.ISI.EDU. 60 IN A 128.9.0.32",
            ])
    }

    @Test(
        arguments: [
            ("$ORIGIN example.\na 1 A 192.0.2.1", ["a.example. 1 IN A 192.0.2.1"]),
            ("$ORIGIN example.\n$ORIGIN sub\na 1 A 192.0.2.1", ["a.sub.example. 1 IN A 192.0.2.1"]),
            ("a. 5 A 192.0.2.1\nb. A 192.0.2.2\n", ["a. 5 IN A 192.0.2.1", "b. 5 IN A 192.0.2.2"]),
            (
                "$TTL 1h30m\na. A 192.0.2.1\nb. 2d IN A 192.0.2.2\nc. A 192.0.2.3",
                ["a. 5400 IN A 192.0.2.1", "b. 172800 IN A 192.0.2.2", "c. 5400 IN A 192.0.2.3"]
            ),
            (
                "a. 1 TXT ( one\n \"two ; three\"\n ) ; four\r\n\r\nb. 1 TXT x",
                ["a. 1 IN TXT \"one\" \"two ; three\"", "b. 1 IN TXT \"x\""]
            ),
            ("; nothing\n\n  ; nothing\n", []),
            (
                "a. 1 DS 1 13 2 ( \(digest)\n\(digest) )", ["a. 1 IN DS 1 13 2 \(digest)\(digest)"]
            ),
            ("a. 1 HINFO pc unix", ["a. 1 IN HINFO \"pc\" \"unix\""]),
        ] as [(String, [String])])
    func `a file becomes its records`(text: String, records: [String]) throws {
        #expect(try read(text) == records)
    }

    @Test(arguments: [
        ("a. 1 A 192.0.2.1\nb 1 A 192.0.2.2", 2, "as NAME=PATH"), ("@ 1 SOA a b 1 2 3 4 5", 1, "as NAME=PATH"),
        ("\n\n a. 1 A 192.0.2.1", 3, "no owner"),
        ("a. A 192.0.2.1", 1, "no TTL"),
        ("@ 1 A 192.0.2.1", 1, "the file has no origin"),
        ("a. 1 TXT ( one\ntwo", 1, "parenthesis is not closed"),
        ("a. 1 TXT one )", 1, "was not opened"),
        ("a. 1 TXT \"one\n\nb. 1 A 192.0.2.1", 1, "not closed"),
        ("$INCLUDE other.zone other.", 1, "named-compilezone"),
        ("$GENERATE 1-9 a$ A 192.0.2.$", 1, "named-compilezone"),
        ("$WHAT 1", 1, "$ORIGIN and $TTL"),
        ("$TTL", 1, "one argument"),
        ("$TTL 1y", 1, "not a TTL"),
        ("$ORIGIN a..b.", 1, "empty label"),
        ("a. 1 SOA b. c. 1 2 3 4", 1, "lacks its minimum"),
        ("a. 1 SOA b. c. 1 2 3 4 5 6", 1, "one field too many"),
        (
            "$ORIGIN \(String(repeating: "a.", count: 100))\n\(String(repeating: "b.", count: 50))x 1 A 192.0.2.1", 2,
            "more than 255"
        ),
    ])
    func `a problem is told with its line`(text: String, line: Int, part: String) {
        let file = MasterFile(text)
        #expect(file.problems.first?.line == line && file.problems.first?.text.contains(part) == true, "\(file.problems)")
    }

    @Test func `that there is no origin is told once`() {
        let file = MasterFile("@ 1 SOA a b 1 2 3 4 5\n@ 1 NS a\na 1 A 192.0.2.1\nb. 1 A wrong")
        #expect(file.problems.map(\.line) == [1, 4], "\(file.problems)")
    }

    @Test func `what is right is read beside what is wrong, and not without end`() {
        let file = MasterFile("a. 1 A 192.0.2.1\nb. 1 A wrong\nc. 1 A 192.0.2.3\n")
        #expect(file.records.map(\.line) == [1, 3] && file.problems.map(\.line) == [2])
        #expect(MasterFile(String(repeating: "wrong.\n", count: 10_000)).problems.count == 20)
    }

    @Test(
        arguments: [
            // The class by number, in any case, before or after the TTL (RFC 3597 section 5).
            ("a. CLASS1 5 A 192.0.2.1", "a. 5 IN A 192.0.2.1"), ("a. 5 class1 a 192.0.2.1", "a. 5 IN A 192.0.2.1"),
            ("a. in 5 A 192.0.2.1", "a. 5 IN A 192.0.2.1"), ("a. 5 In A 192.0.2.1", "a. 5 IN A 192.0.2.1"),
            // Octets above 127 stay as they are: in UTF-8, escaped, and in names.
            ("a. 5 TXT ü", ##"a. 5 IN TXT "\195\188""##), (##"a. 5 TXT "\195\188""##, ##"a. 5 IN TXT "\195\188""##),
            ("ü. 5 TXT x", ##"\195\188. 5 IN TXT "x""##),
            // A comment may follow a word directly, and quotes may follow quotes.
            (##"a. 5 TXT one"two""three";four"##, ##"a. 5 IN TXT "one" "two" "three""##),
            ("\u{FEFF}a. 5 TXT x", ##"a. 5 IN TXT "x""##),
            ("$DATE 20210101000000\na. 5 TXT x", ##"a. 5 IN TXT "x""##), ("a.\t5\tIN\tTXT\tx\t\r", ##"a. 5 IN TXT "x""##),
        ])
    func `what other name servers read is read`(text: String, record: String) throws {
        #expect(try read(text) == [record])
    }

    @Test func `octets that are not UTF-8 go in as they are`() throws {
        let file = MasterFile(Array("a. 5 TXT \"x".utf8) + [0xFC] + Array("y\" ; ".utf8) + [0xE9, 0x0A])
        #expect(file.problems.isEmpty)
        #expect(file.records.map(\.record.data.octets) == [[3, 0x78, 0xFC, 0x79]])
    }

    // MARK: The origin

    @Test(
        arguments: [
            ("a 5 A 192.0.2.1\ne. 5 SOA a h 1 2 3 4 5", ["a.e.", "e."]),  // the SOA's owner, even if the SOA comes later
            ("@ 5 SOA a h 1 2 3 4 5\na 5 A 192.0.2.1", ["f.", "a.f."]),  // the caller's fallback
            (" 5 SOA a h 1 2 3 4 5", []),
            ("e.f. 5 SOA a h 1 2 3 4 5\n$ORIGIN g.\na 5 A 192.0.2.1", ["e.f.", "a.g."]),
            ("$ORIGIN g\n@ 5 SOA a h 1 2 3 4 5", ["g.f."]),
        ])
    func `without an origin the SOA record's owner is it, or what the file is called`(text: String, owners: [String]) throws {
        let file = MasterFile(text, fallback: try DomainName("f."))
        #expect(file.records.map(\.record.owner.description) == owners)
    }

    @Test func `a given origin goes before the SOA record's owner`() throws {
        let file = MasterFile("e. 5 SOA a h 1 2 3 4 5\na 5 TXT x", origin: try DomainName("g."), fallback: nil)
        #expect(file.records.map(\.record.owner.description) == ["e.", "a.g."])
    }

    // MARK: TTLs

    @Test(
        arguments: [
            // The SOA's last field counts like a $TTL.
            ("e. SOA a h 1 2 3 4 60\n TXT x\n 5 TXT y\na TXT z", [60, 60, 5, 60], 1),
            ("a TXT x\ne. 9 SOA a h 1 2 3 4 60\na TXT z", [60, 9, 60], 1),
            // The previous record's TTL (RFC 1035 section 5.1).
            ("e. 9 SOA a h 1 2 3 4 60\na TXT x\n$TTL 7\na TXT z", [9, 9, 7], nil),
            ("e. IN SOA ( a h 1 2 3 4\n 1m )\n", [60], 1),
        ] as [(String, [UInt32], Int?)])
    func `where no TTL is said, the SOA's last field is it, with a warning`(
        text: String, ttls: [UInt32], line: Int?
    ) throws {
        let file = MasterFile(text)
        #expect(file.problems.isEmpty, "\(file.problems)")
        #expect(file.records.map(\.record.ttl) == ttls)
        #expect(file.warnings.map(\.line) == (line.map { [$0] } ?? []))
        #expect(file.warnings.allSatisfy { $0.text.contains("60 s") })
    }
}
