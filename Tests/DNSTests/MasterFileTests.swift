import DNS
import Testing

struct MasterFileTests {
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
            ("a. 1 DS 1 13 2 ( 0102\n0304 )", ["a. 1 IN DS 1 13 2 01020304"]),
            ("a. 1 HINFO pc unix", ["a. 1 IN HINFO \\# 8 02706304756e6978"]),
        ] as [(String, [String])])
    func `a file becomes its records`(text: String, records: [String]) throws {
        #expect(try read(text) == records)
    }

    @Test(arguments: [
        ("a. 1 A 192.0.2.1\nb 1 A 192.0.2.2", 2, "does not end with a dot"),
        ("\n\n a. 1 A 192.0.2.1", 3, "no owner"),
        ("a. A 192.0.2.1", 1, "no TTL"),
        ("a. 1 TXT ( one\ntwo", 1, "parenthesis is not closed"),
        ("a. 1 TXT one )", 1, "was not opened"),
        ("a. 1 TXT \"one\n\nb. 1 A 192.0.2.1", 1, "not closed"),
        ("$INCLUDE other.zone", 1, "$ORIGIN and $TTL"),
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

    @Test func `what is right is read beside what is wrong, and not without end`() {
        let file = MasterFile("a. 1 A 192.0.2.1\nb. 1 A wrong\nc. 1 A 192.0.2.3\n")
        #expect(file.records.map(\.line) == [1, 3] && file.problems.map(\.line) == [2])
        #expect(MasterFile(String(repeating: "wrong\n", count: 10_000)).problems.count == 20)
    }
}
