import DNS
import Testing

/// Each type's data in its own form and in octets, which are those that BIND 9.18 makes of the text (`named-rrchecker -u`).
struct RecordFormTests {
    private static let types: [(text: String, type: UInt16, octets: String)] =
        [
            ("A 192.0.2.1", 1, "c0000201"),
            ("NS ns.Example.", 2, "026e73074578616d706c6500"),
            (##"CNAME a\.b\000c."##, 5, "05612e62006300"),
            ("MB m.", 7, "016d00"),
            ("MG m.", 8, "016d00"),
            ("MR m.", 9, "016d00"),
            (##"NULL \# 3 0102ff"##, 10, "0102ff"),
            ("WKS 10.0.0.1 6 25 80", 11, "0a000001060000004000000000000080"),
            ("PTR .", 12, "00"),
            (##"HINFO "pc" """##, 13, "02706300"),
            ("MINFO a. b.", 14, "016100016200"),
            ("MX 10 m.", 15, "000a016d00"),
            (##"TXT "a;\"\\\000\200" """##, 16, "06613b225c00c800"),
            ("RP a. b.", 17, "016100016200"),
            ("AFSDB 1 a.", 18, "0001016100"),
            (##"X25 "31106""##, 19, "053331313036"),
            (##"ISDN "1508" "004""##, 20, "043135303803303034"),
            (##"ISDN "1508""##, 20, "0431353038"),
            ("RT 2 a.", 21, "0002016100"),
            ("NSAP 0x47000580ff", 22, "47000580ff"),
            ("NSAP-PTR a.", 23, "016100"),
            ("SIG A 5 1 3600 20380119031408 19700101000000 2143 s. AQI=", 24, "0001050100000e108000000000000000085f0173000102"),
            ("KEY 512 3 1 AQID", 25, "02000301010203"),
            ("KEY 49152 3 1", 25, "c0000301"),
            ("PX 10 a. b.", 26, "000a016100016200"),
            (##"GPOS "-32.6882" "116.8652" "10.0""##, 27, "082d33322e36383832083131362e383635320431302e30"),
            ("AAAA 2001:db8::1", 28, "20010db8000000000000000000000001"),
            ("LOC 42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m", 29, "0033161389172dd070be15f000988d20"),
            ("LOC 0 0 0.001 S 180 0 0.000 E 42849672.95m 0.00m 90000000.00m 0.01m", 29, "000099107fffffffa69fb200ffffffff"),
            ("NXT a. A TXT NXT", 30, "01610040008002"),
            ("EID 01ab", 31, "01ab"),
            ("NIMLOC 01ab", 32, "01ab"),
            ("SRV 1 2 443 h.", 33, "0001000201bb016800"),
            ("ATMA +61200000000", 34, "013631323030303030303030"),
            ("ATMA 4700", 34, "004700"),
            (
                ##"NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@e!" ."##, 35,
                "0064000a0175074532552b7369700e215e2e2a24217369703a6140652100"
            ),
            ("KX 10 k.", 36, "000a016b00"),
            ("CERT 1 2 8 AQI=", 37, "00010002080102"),
            ("A6 0 2001:db8::1", 38, "0020010db8000000000000000000000001"),
            ("A6 65 ::1:2:3:4 a.", 38, "410001000200030004016100"),
            ("A6 128 a.", 38, "80016100"),
            ("SINK 1 2 3 AQI=", 40, "0102030102"),
            ("SINK 1 2 3", 40, "010203"),
            ("APL 1:192.0.2.0/24 !2:2001:db8::/32", 42, "00011803c000020002208420010db8"),
            ("APL", 42, ""),
            (
                "DS 1 8 2 000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f", 43,
                "00010802000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"
            ),
            ("SSHFP 4 1 000102030405060708090a0b0c0d0e0f10111213", 44, "0401000102030405060708090a0b0c0d0e0f10111213"),
            ("SSHFP 4 3 00", 44, "040300"),
            ("IPSECKEY 10 0 2 . AQI=", 45, "0a00020102"),
            ("IPSECKEY 10 1 2 192.0.2.38 AQI=", 45, "0a0102c00002260102"),
            ("IPSECKEY 10 2 2 2001:db8::1 AQI=", 45, "0a020220010db80000000000000000000000010102"),
            ("IPSECKEY 10 3 2 gw. AQI=", 45, "0a0302026777000102"),
            (
                "RRSIG TYPE65534 13 2 3600 20270115080000 20270101000000 65535 s. AQI=", 46,
                "fffe0d0200000e106b49d2006b36ec80ffff0173000102"
            ),
            ("NSEC a. A NS TYPE65534", 47, "016100000160ff200000000000000000000000000000000000000000000000000000000000000002"),
            ("DNSKEY 257 3 13 AQI=", 48, "0101030d0102"),
            ("DHCID AQI=", 49, "0102"),
            (
                "NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG", 50,
                "0101000c04aabbccdd14174eb2409fe28bcb4887a1836f957f0a8425e27b0006400000000002"
            ),
            ("NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr", 50, "010000000014174eb2409fe28bcb4887a1836f957f0a8425e27b"),
            ("NSEC3PARAM 1 0 12 aabbccdd", 51, "0100000c04aabbccdd"),
            ("TLSA 3 1 1 01ff", 52, "03010101ff"),
            ("SMIMEA 3 1 1 01ff", 53, "03010101ff"),
            ("HIP 2 20010010 AwEA rvs.e. RVS2.e.", 55, "0402000320010010030100037276730165000452565332016500"),
            (##"NINFO "a" "b""##, 56, "01610162"),
            ("RKEY 0 3 5 AQI=", 57, "000003050102"),
            ("TALINK a. b.", 58, "016100016200"),
            ("CDS 0 0 0 00", 59, "0000000000"),
            ("CDNSKEY 0 3 0 AA==", 60, "0000030000"),
            ("OPENPGPKEY AQI=", 61, "0102"),
            ("CSYNC 66 3 A NS AAAA", 62, "000000420003000460000008"),
            ("CSYNC 66 3", 62, "000000420003"),
            ("ZONEMD 2018031500 1 240 e2d523f654b9422a96c5a8f4", 63, "7848b78c01f0e2d523f654b9422a96c5a8f4"),
            ("SVCB 0 foo.", 64, "000003666f6f00"),
            ("SVCB 1 . port=53", 64, "000100000300020035"),
            (
                ##"SVCB 16 foo. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1"##, 64,
                "001003666f6f000000000400010004000100090268320568332d313900040004c0000201"
            ),
            (
                ##"HTTPS 1 foo. alpn="f\\\\oo\\,bar,h2" no-default-alpn port=443 ipv4hint=192.0.2.1,192.0.2.2 ech=AQI= ipv6hint=2001:db8::1 key7="/q{?dns}" key667="hello\210qoo" key668"##,
                65,
                "000103666f6f000001000c08665c6f6f2c626172026832000200000003000201bb00040008c0000201c00002020005000201020006001020010db8000000000000000000000001000700082f717b3f646e737d029b000968656c6c6fd2716f6f029c0000"
            ),
            ("DSYNC CDS 1 5359 foo.", 66, "003b0114ef03666f6f00"),
            ("HHIT AQI=", 67, "0102"),
            ("BRID AQI=", 68, "0102"),
            (##"SPF "v=spf1 -all""##, 99, "0b763d73706631202d616c6c"),
            ("NID 10 0014:4fff:ff20:ee64", 104, "000a00144fffff20ee64"),
            ("L32 10 192.0.2.1", 105, "000ac0000201"),
            ("L64 10 2001:0db8:1140:1000", 106, "000a20010db811401000"),
            ("LP 10 l.", 107, "000a016c00"),
            ("EUI48 00-00-5e-00-53-2a", 108, "00005e00532a"),
            ("EUI64 00-00-5e-ef-10-00-00-2a", 109, "00005eef1000002a"),
            (
                ##"URI 10 1 "ftp://ftp1.example.com/public""##, 256,
                "000a00016674703a2f2f667470312e6578616d706c652e636f6d2f7075626c6963"
            ),
            (##"CAA 128 issue "ca.net; x=1""##, 257, "8005697373756563612e6e65743b20783d31"),
            (##"AVC "a" "b""##, 258, "01610162"),
            (##"DOA 1 2 3 "text/plain" AQI="##, 259, "0000000100000002030a746578742f706c61696e0102"),
            (##"DOA 1 2 3 "" -"##, 259, "00000001000000020300"),
            ("AMTRELAY 10 0 0 .", 260, "0a00"),
            ("AMTRELAY 10 1 1 203.0.113.15", 260, "0a81cb00710f"),
            ("AMTRELAY 10 0 2 2001:db8::15", 260, "0a0220010db8000000000000000000000015"),
            ("AMTRELAY \\# 2 0a04", 260, "0a04"),
            ("LOC \\# 2 0100", 29, "0100"),
            ("ATMA \\# 2 0200", 34, "0200"),
            ("AMTRELAY 10 0 3 amtrelays.example.", 260, "0a0309616d7472656c617973076578616d706c6500"),
            (##"RESINFO "qnamemin" "exterr=15-17""##, 261, "08716e616d656d696e0c6578746572723d31352d3137"),
            (##"WALLET "a""##, 262, "0161"),
            ("TA 1 8 1 000102030405060708090a0b0c0d0e0f10111213", 32768, "00010801000102030405060708090a0b0c0d0e0f10111213"),
            ("DLV 1 8 1 000102030405060708090a0b0c0d0e0f10111213", 32769, "00010801000102030405060708090a0b0c0d0e0f10111213"),
            ("SOA a. b. 1 2 3 4 4294967295", 6, "01610001620000000001000000020000000300000004ffffffff"),
            (##"UNSPEC \# 1 01"##, 103, "01"),
            (##"TYPE65534 \# 2 0102"##, 65534, "0102"),
        ]

    @Test(arguments: types)
    func `text becomes octets, and octets text`(text: String, type: UInt16, octets: String) throws {
        let record = try ResourceRecord("r. 60 IN \(text)")
        #expect(record.data.type.rawValue == type)
        #expect(hexadecimal(record.data.octets) == octets)
        #expect("\(record.data.type) \(record.data)".trimmingSuffix(" ") == text)

        // The generic form of the same octets is the same data (RFC 3597 section 5).
        let generic = try ResourceRecord("r. 60 IN TYPE\(type) \\# \(octets.count / 2) \(octets)")
        #expect(generic == record)
    }

    /// Text that is written in another form than it is read.
    @Test(arguments: [
        ("MX ( 10\n m. ) ; comment", "MX 10 m."), ("WKS 192.0.2.1 TCP smtp 80 domain", "WKS 192.0.2.1 6 25 53 80"),
        ("NSAP 0x47.0005.80ff", "NSAP 0x47000580ff"), ("ATMA 47.00", "ATMA 4700"), ("DS 1 RSASHA256 9 0A 0b", "DS 1 8 9 0a0b"),
        ("CERT PGP 0 ECDSAP256SHA256 AQ I=", "CERT 3 0 13 AQI="), ("NID 1 14:4FFF:0:1", "NID 1 0014:4fff:0000:0001"),
        ("LOC 1 N 2 E 3", "LOC 1 0 0.000 N 2 0 0.000 E 3.00m 1.00m 10000.00m 10.00m"),
        ("LOC 1 2 n 3 4 5.6 w -1.5m 12m", "LOC 1 2 0.000 N 3 4 5.600 W -1.50m 10.00m 10000.00m 10.00m"),
        ("RRSIG A 13 2 1h 1800000000 1700000000 1 s. AQI=", "RRSIG A 13 2 3600 20270115080000 20231114221320 1 s. AQI="),
        ("SVCB 1 . port=\"53\" alpn=h2", "SVCB 1 . alpn=\"h2\" port=53"),
        ("HTTPS 1 . key1=\\002h2", "HTTPS 1 . alpn=\"h2\""), ("HTTPS 1 . key667=\"\" ohttp", "HTTPS 1 . key8 key667"),
        ("HTTPS 1 . dohpath=/q{?dns}", "HTTPS 1 . key7=\"/q{?dns}\""), ("APL 1:10.1.1.1/8", "APL 1:10.1.1.1/8"),
        ("DSYNC ANY NOTIFY 53 n.", "DSYNC ANY 1 53 n."),
        // BIND's names for numbers.
        ("DNSKEY zone|ksk dnssec RSASHA256 AQI=", "DNSKEY 257 3 8 AQI="), ("KEY NOCONF|ZONE TLS 5 AQI=", "KEY 16640 1 5 AQI="),
        ("KEY NOKEY 3 1", "KEY 49152 3 1"), ("KEY USER|SIG15 EMAIL 5 AQI=", "KEY 15 2 5 AQI="),
        ("CDNSKEY KSK ALL 8 AQI=", "CDNSKEY 1 255 8 AQI="), ("RKEY 0 IPSEC 5 AQI=", "RKEY 0 4 5 AQI="),
        ("DS 1 8 SHA-1 0000000000000000000000000000000000000000", "DS 1 8 1 0000000000000000000000000000000000000000"),
        ("CDS 1 8 sha256 " + String(repeating: "00", count: 32), "CDS 1 8 2 " + String(repeating: "00", count: 32)),
        ("DS 1 8 GOST 00", "DS 1 8 3 00"), ("APL \\# 6 000308020102", "APL \\# 6 000308020102"),
        ("APL \\# 10 000108010a000308010a", "APL \\# 10 000108010a000308010a"),
        // Modulo 2^32.
        ("RRSIG A 8 2 600 21070101000000 20200101000000 1 s. AQI=", "RRSIG A 8 2 600 19701124173144 20200101000000 1 s. AQI="),
        ("NAPTR 1 1 \"\" \"\" \"!(a)(b|c)!\\\\2!i\" .", "NAPTR 1 1 \"\" \"\" \"!(a)(b|c)!\\\\2!i\" ."),
        // A brace without a digit after it is an ordinary character.
        ("NAPTR 1 1 \"\" \"\" \"!^a{b$!x!\" .", "NAPTR 1 1 \"\" \"\" \"!^a{b$!x!\" ."),
        ("NAPTR 1 1 \"\" \"\" \"!{x!y!\" .", "NAPTR 1 1 \"\" \"\" \"!{x!y!\" ."),
        ("NAPTR 1 1 \"\" \"\" \"!^[[:alpha:]x-z]{1,3}$!!\" .", "NAPTR 1 1 \"\" \"\" \"!^[[:alpha:]x-z]{1,3}$!!\" ."),
        ("SOA a. b. 1 1d 2h 3W 1h30m", "SOA a. b. 1 86400 7200 1814400 5400"),
    ])
    func `other ways to write data are read`(text: String, written: String) throws {
        let data = try ResourceRecord("r. 60 IN \(text)").data
        #expect("\(data.type) \(data)" == written)
    }

    @Test(arguments: [
        "HINFO a", "HINFO a b c", "X25 311", "X25 31a6", "ISDN a b c", "GPOS 1 2", "KEY 512 3 1", "KEY 49152 3 1 AQI=",
        "RKEY 1 3 5 AQI=", "OPENPGPKEY", "TLSA 3 1 1", "SSHFP 4 2 0102", "DS 1 8 2 0102", "DS 1 8 9", "ZONEMD 1 1 240 00",
        "ZONEMD 1 1 1 000102030405060708090a0b", "NSEC a.", "NXT a. CAA", "DNSKEY 257 3 13", "DNSKEY 257 3 13 AQI",
        "DNSKEY 257 3 13 AQJ=", "IPSECKEY 10 1 2 . AQI=", "IPSECKEY 10 4 2 . AQI=", "IPSECKEY 10 0 2 .", "AMTRELAY 1 2 0 .",
        "AMTRELAY 1 0 4 .", "EUI48 00-00-5e-00-53", "EUI48 0-0-5e-00-53-2a", "NID 1 1:2:3", "L32 1 1::", "A6 129 a.",
        "APL 3:1/2", "APL 1:10.0.0.0/33", "APL 10.0.0.0/8", "LOC 91 N 1 E 0", "LOC 1 60 N 1 E 0", "LOC 1 N 1 E -100001",
        "LOC 1 N 1 E 0 90000001", "LOC 1 N 1 X 0", "NSAP 47", "NSAP 0x4", "ATMA +4a", "CAA 0 is-sue x", "HIP 2 2 AQI=",
        "CSYNC 1 1 WHAT", "SVCB 1", "SVCB 1 . port", "SVCB 1 . port=65536", "SVCB 1 . alpn=", "SVCB 1 . alpn=a,,b",
        "SVCB 1 . no-default-alpn", "SVCB 1 . alpn=h2 no-default-alpn=x", "SVCB 1 . mandatory=port",
        "SVCB 1 . mandatory=mandatory",
        "SVCB 1 . mandatory=alpn,alpn alpn=h2", "SVCB 1 . key5=\"\"", "SVCB 1 . key1=h2", "SVCB 1 . key01=x", "SVCB 1 . what=x",
        "SVCB 1 . ipv4hint=::1", "SVCB 1 . ipv6hint=", "SVCB 1 . ech=!", "SVCB 1 . alpn=h2 alpn=h3", "SVCB 1 . dohpath=/q",
        // Only texts take quotes.
        "A \"192.0.2.1\"", "MX \"5\" a.", "MX 5 \"a.\"", "CAA \"0\" issue x", "CAA 0 \"issue\" x", "TLSA 3 1 1 \"00\"",
        "CERT \"PKIX\" 1 8 AQI=", "NSEC a. \"A\"", "APL \"1:192.0.2.0/24\"", "OPENPGPKEY \"AQI=\"", "URI \"1\" 1 \"x\"",
        "URI 1 2 x",
        "DS 1 8 \"SHA-256\" " + String(repeating: "00", count: 32), "WKS 192.0.2.1 tcp \"25\"", "TYPE65400 \\# 1 \"00\"",
        "SVCB 1 . \"alpn=h2\"", "\"A\" 192.0.2.1",
        // NAPTR expressions.
        "NAPTR 1 1 \"\" \"\" \"(\" .", "NAPTR 1 1 \"\" \"\" \"!a!b\" .", "NAPTR 1 1 \"\" \"\" \"!a!b!x\" .",
        "NAPTR 1 1 \"\" \"\" \"!(a!b!\" .",
        "NAPTR 1 1 \"\" \"\" \"!(a)!\\\\2!\" .", "NAPTR 1 1 \"\" \"\" \"!(a)!\\\\0!\" .", "NAPTR 1 1 \"\" \"\" \"!!b!\" .",
        "NAPTR 1 1 \"\" \"\" \"1a1b1\" .", "NAPTR 1 1 \"\" \"\" \"!a[!b!\" .", "NAPTR 1 1 \"\" \"\" \"!a!b!i!\" .",
        "NAPTR 1 1 \"\" \"\" \"!*a!b!\" .",
        "APL \\# 5 0003080201", "APL \\# 5 0003080100", "DNSKEY WHAT 3 8 AQI=",
        "RRSIG A 1 1 1 20230230000000 20230101000000 1 s. AQI=", "NSEC3 1 0 0 0 2t7b A", "NSEC3 1 0 0 - wxyz A",
        // Octets that do not match their type.
        "HINFO \\# 2 0161", "HINFO \\# 6 016101620163", "TXT \\# 0", "A \\# 3 010203", "MX \\# 2 0001",
        "SRV \\# 6 000000000000",
        "NAPTR \\# 8 0000000000000001", "SOA \\# 21 000000000000000000000000000000000000000000", "X25 \\# 2 0131",
        "NSEC \\# 3 000001", "NSEC \\# 4 00000100", "CSYNC \\# 6 000000000000ff",
        "LOC \\# 16 00a00000800000008000000000000000", "APL \\# 5 0001080100", "A6 \\# 1 81",
        "HIP \\# 4 00020000", "DS \\# 5 0001080201", "SSHFP \\# 3 040101", "SVCB \\# 5 0001000003",
        "SVCB \\# 8 0001000003000101",
        "SVCB \\# 11 00010003000103c03000010003", "CAA \\# 2 0000", "CAA \\# 3 000121", "KEY \\# 4 02000301",
        "RKEY \\# 5 0001030501",
        "EUI48 \\# 5 0102030405", "URI \\# 3 000000", "DNSKEY \\# 4 01010301", "CNAME \\# 2 c000", "RP \\# 1 00",
        "WKS \\# 6 0a0000010600",
    ])
    func `what is not data of its type is refused`(text: String) {
        #expect(throws: PresentationError.self) { try ResourceRecord("r. 60 IN \(text)") }
    }

    // MARK: The form that is signed

    /// The types that RFC 4034 section 6.2 lists, without NSEC (RFC 6840 section 5.1); HINFO, which it lists too, has no names.
    @Test(arguments: [
        "NS N.E.", "MD N.E.", "MF N.E.", "CNAME N.E.", "SOA N.E. M.E. 1 2 3 4 5", "MB N.E.", "MG N.E.", "MR N.E.", "PTR N.E.",
        "MINFO N.E. M.E.", "MX 1 N.E.", "RP N.E. M.E.", "AFSDB 1 N.E.", "RT 1 N.E.", "SIG A 1 1 1 1 1 1 N.E. AAAA",
        "PX 1 N.E. M.E.", "NXT N.E. A", "NAPTR 1 2 \"U\" \"E\" \"\" N.E.", "KX 1 N.E.", "SRV 1 2 3 N.E.", "DNAME N.E.",
        "A6 64 ::1 N.E.", "RRSIG A 1 1 1 1 1 1 N.E. AAAA",
    ])
    func `names of older types are signed in lower case`(text: String) throws {
        let data = try ResourceRecord("r. 1 IN \(text)").data
        let lowercased = text.replacing("N.E.", with: "n.e.").replacing("M.E.", with: "m.e.")
        #expect(data.canonicalOctets == (try ResourceRecord("r. 1 IN \(lowercased)").data.octets))
        #expect(data.canonicalOctets != data.octets)
    }

    @Test(arguments: [
        "NSEC N.E. A", "NSAP-PTR N.E.", "HIP 2 00 AAAA N.E.", "IPSECKEY 1 3 1 N.E. AAAA", "AMTRELAY 1 0 3 N.E.", "LP 1 N.E.",
        "TALINK N.E. M.E.", "SVCB 1 N.E.", "HTTPS 0 N.E.", "DSYNC CDS 1 2 N.E.", "HINFO A B", "TXT \"A\"", "TYPE65280 \\# 1 41",
    ])
    func `names of newer types are signed as they are`(text: String) throws {
        let data = try ResourceRecord("r. 1 IN \(text)").data
        #expect(data.canonicalOctets == data.octets)
    }

    private func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}
