import DNS
import Testing

struct ResourceRecordTests {
    @Test(arguments: [
        ("a.net. 60 IN A 192.0.2.1", "a.net. 60 IN A 192.0.2.1"),
        ("a.net. IN 60 A 192.0.2.1", "a.net. 60 IN A 192.0.2.1"),
        ("a.net. A 192.0.2.1", "a.net. 3600 IN A 192.0.2.1"),
        ("a.net. 1 in aaaa 2001:DB8::0:1 ; comment", "a.net. 1 IN AAAA 2001:db8::1"),
        ("a.net. 1 IN NS ns.b.", "a.net. 1 IN NS ns.b."),
        ("a.net. 1 IN MX 10 m.b.", "a.net. 1 IN MX 10 m.b."),
        ("a.net. 1 IN SRV 1 2 443 h.b.", "a.net. 1 IN SRV 1 2 443 h.b."),
        (##"a.net. 1 IN TXT one "two words" "a;\"\065\200""##, ##"a.net. 1 IN TXT "one" "two words" "a;\"A\200""##),
        (##"a.net. 1 IN CAA 128 issue "ca.net; x=1""##, ##"a.net. 1 IN CAA 128 issue "ca.net; x=1""##),
        ("a.net. 1 IN CNAME b.", "a.net. 1 IN CNAME b."),
        (##"a.net. 1 IN TYPE65534 \# 3 0A0b ff"##, ##"a.net. 1 IN TYPE65534 \# 3 0a0bff"##),
        (##"a.net. 1 IN TYPE1 \# 4 C0000201"##, "a.net. 1 IN A 192.0.2.1"),
        (##"a.net. 1 IN A \# 4 C0000201"##, "a.net. 1 IN A 192.0.2.1"),
        (##"a.net. 1 IN TYPE999 \# 0"##, ##"a.net. 1 IN TYPE999 \# 0"##),
    ])
    func `a record's line is read, and written the one way`(line: String, canonical: String) throws {
        let record = try ResourceRecord(line)
        #expect(record.description == canonical)
        #expect(try ResourceRecord(record.description) == record)
    }

    @Test(
        arguments: [
            ("", "empty"),
            ("a.net 60 IN A 192.0.2.1", "does not end with a dot"),
            ("a.net. 60 IN", "no type"),
            ("a.net. 60 IN WHAT x", "“WHAT”"),
            ("a.net. 60 CH TXT x", "only IN"),
            ("a.net. 2147483648 IN A 192.0.2.1", "RFC 2181"),
            ("a.net. 60 IN A 192.0.2.256", "“192.0.2.256”"),
            ("a.net. 60 IN A", "lacks its address"),
            ("a.net. 60 IN A 192.0.2.1 extra", "“extra”"),
            ("a.net. 60 IN AAAA 1::2::3", "“1::2::3”"),
            ("a.net. 60 IN MX 65536 m.b.", "“65536”"),
            ("a.net. 60 IN MX 10 m", "does not end with a dot"),
            (##"a.net. 60 IN TXT "open"##, "not closed"),
            ("a.net. 60 IN TXT " + String(repeating: "x", count: 256), "255"),
            (##"a.net. 60 IN CAA 0 is-sue "x""##, "CAA tag"),
            (##"a.net. 60 IN TYPE5 \# 2 0161"##, "not data of type CNAME"),
            (##"a.net. 60 IN TYPE9 \# 2 01"##, "promises 2"),
            (##"a.net. 60 IN TYPE9 \# 1 0g"##, "hexadecimal"),
            ("a.net. 60 IN ANY x", "not a type that a zone can hold"),
            ("a.net. 60 IN NULL x", "RFC 3597"),
            ("a.net. 60 CLASS2 TXT x", "only IN"),
        ] as [(String, String)])
    func `what is wrong with a line is said`(line: String, part: String) {
        do {
            _ = try ResourceRecord(line)
            Issue.record("“\(line)” was read")
        } catch {
            #expect(error.description.contains(part), "\(error.description)")
        }
    }
}
