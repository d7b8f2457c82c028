import Authority
import DNS
import Delegates
import TestSupport
import Testing

struct ZoneFileTests {
    private static let text = """
        $ORIGIN file.example.
        @ 600 SOA ns.elsewhere.test. root 7 1 2 3 30
        @ 600 NS ns.elsewhere.test.
        www 60 A 192.0.2.1
        """

    @Test func `a zone of a file is served with its own SOA`() throws {
        let zone = try #require(ZoneFile(MasterFile(Self.text)).zone)
        let responder = Responder(zones: Zones([zone]), table: DelegateTable())
        func ask(_ name: String, _ type: RecordType) throws -> ParsedMessage {
            try ParsedMessage(try #require(responder.response(to: QueryOctets(name, type).octets)))
        }
        let soa = "ns.elsewhere.test. root.file.example. 7 1 2 3 30"
        #expect(try ask("file.example.", .soa).answers.map(\.description) == ["file.example. 600 SOA \(soa)"])
        // A negative answer may be kept for the lower of the SOA's TTL and its last field.
        #expect(try ask("nothing.file.example.", .a).negativeSOA?.description == "file.example. 30 SOA \(soa)")
        #expect(try ask("www.file.example.", .a).answers.count == 1)
    }

    @Test(arguments: [
        ("a. 1 A 192.0.2.1", 1, "no SOA"),
        ("a. 1 SOA b. c. 1 2 3 4 5", 1, "no NS records"),
        (text + "\nx.other.example. 60 A 192.0.2.1", 5, "not in the zone file.example."),
        (text + "\n@ 600 SOA a. b. 1 2 3 4 5", 5, "only one"),
        (text + "\nwww 60 CNAME x", 5, "CNAME"),
        (text + "\nd 60 DNAME x.", 5, "DNAME is not served"),
        (text + "\nsub 60 SOA a. b. 1 2 3 4 5", 5, "at its apex"),
        (text + "\n@ 60 DS \\# 2 0102", 5, "not data of type DS"),
        (text + "\n@ 60 HINFO \\# 2 0161", 5, "not data of type HINFO"),
        (text + "\nd 60 TYPE39 \\# 3 016100", 5, "DNAME is not served"),
        (text + "\nwww 60 MD x", 5, "write MX"),
        (text + "\n@ 60 DS 1 8 2 " + String(repeating: "00", count: 32), 5, "belongs in the parent zone"),
        // Name servers, as BIND checks them.
        (text + "\n@ 600 NS ns", 5, "there is no such name in the zone"),
        (text + "\n@ 600 NS www\nwww 60 TXT x\n@ 600 NS ns.www", 7, "no such name"),
        (text + "\n@ 600 NS ns\nns 60 TXT x", 5, "has no address in the zone"),
        (text + "\n@ 600 NS ns\nns 60 CNAME www", 5, "is a CNAME"),
        (text + "\n@ 600 NS ns.w\n*.w 60 CNAME www", 5, "is a CNAME"),
        (text + "\n@ 600 NS 192.0.2.53.", 5, "this is an address"),
        (text + "\nsub 600 NS 192.0.2.53", 5, "this is an address"),
        (text + "\nsub 600 NS 2001:db8::1.", 5, "this is an address"),
    ])
    func `a file that is no zone is told with its line`(text: String, line: Int, part: String) {
        let file = ZoneFile(MasterFile(text))
        #expect(file.zone == nil)
        #expect(file.problems.first?.line == line && file.problems.first?.text.contains(part) == true, "\(file.problems)")
    }

    @Test(arguments: [
        ("sub 60 NS ns.sub", "below the delegation"), ("sub 60 NS ns.sub\nns.sub 60 CNAME www", "below the delegation"),
        ("sub 60 NS sub", "below the delegation"), ("sub 60 NS ns", "no such name"),
        ("sub 60 NS c\nc 60 CNAME www", "is a CNAME"),
    ])
    func `a delegation that does not work is warned of`(lines: String, part: String) {
        let file = ZoneFile(MasterFile(Self.text + "\n" + lines))
        #expect(file.zone != nil && file.warnings.count == 1, "\(file.warnings)")
        #expect(file.warnings.first?.line == 5 && file.warnings.first?.text.contains(part) == true, "\(file.warnings)")
    }

    @Test(arguments: [
        "@ 600 NS www", "@ 600 NS ns.w\n*.w 60 A 192.0.2.1", "sub 60 NS ns.sub\nns.sub 60 AAAA ::1", "sub 60 NS www",
        // Another zone has the address.
        "sub 60 NS ns.sub2\nsub2 60 NS ns.elsewhere.test.", "@ 600 NS ns.sub\nsub 60 NS ns.elsewhere.test.",
        "@ 600 NS ns.inner",
    ])
    func `name servers with an address, here or elsewhere, are as they should be`(lines: String) throws {
        let file = ZoneFile(MasterFile(Self.text + "\n" + lines), otherApexes: [try DomainName("inner.file.example")])
        #expect(file.zone != nil && file.warnings.isEmpty, "\(file.problems) \(file.warnings)")
    }

    @Test(arguments: [
        ("mx 60 MX 5 A.example.\nmx 60 MX 5 a.example.", "mx"), ("n 60 NS A.example.\nn 60 NS a.example.", "n"),
        ("s 60 SRV 1 2 3 A.example.\ns 60 SRV 1 2 3 a.example.", "s"), ("p 60 PTR A.example.\np 60 PTR a.example.", "p"),
        ("c 60 CNAME A.example.\nc 60 CNAME a.example.", "c"), ("r 60 RP A.b. c.\nr 60 RP a.b. C.", "r"),
    ])
    func `records that differ only in the case of a name are one, and the first counts`(lines: String, name: String) throws {
        let zone = try #require(ZoneFile(MasterFile(Self.text + "\n" + lines)).zone)
        let owner = try DomainName(name + ".file.example")
        let records = zone.records.filter { $0.owner == owner }
        #expect(records.count == 1 && records.first?.description.contains(" A.") == true, "\(records)")
    }

    @Test func `texts that differ in case are two`() throws {
        let zone = try #require(
            ZoneFile(MasterFile(Self.text + "\nt 60 TXT A\nt 60 TXT a\nh 60 CAA 0 issue A\nh 60 CAA 0 issue a")).zone)
        #expect(zone.records.count == 7)
    }

    @Test func `the first of two TTLs counts, with a warning`() throws {
        let file = ZoneFile(MasterFile(Self.text + "\nwww 90 A 192.0.2.2\nwww 90 TXT x"))
        let zone = try #require(file.zone)
        #expect(file.warnings.map(\.line) == [5])
        #expect(file.warnings.first?.text.contains("60 s and 90 s") == true)
        #expect(
            zone.records.map(\.description) == [
                "file.example. 600 IN SOA ns.elsewhere.test. root.file.example. 7 1 2 3 30",
                "file.example. 600 IN NS ns.elsewhere.test.", "www.file.example. 60 IN A 192.0.2.1",
                "www.file.example. 60 IN A 192.0.2.2", "www.file.example. 90 IN TXT \"x\"",
            ])
    }

    @Test func `an old key may stand beside a CNAME`() throws {
        for lines in ["a 60 CNAME www\na 60 KEY 49152 3 1", "a 60 KEY 49152 3 1\na 60 CNAME www"] {
            #expect(ZoneFile(MasterFile(Self.text + "\n" + lines)).zone != nil)
        }
    }

    @Test func `a zone that was given by name must be that one`() throws {
        let file = MasterFile(Self.text)
        #expect(ZoneFile(file, apex: try DomainName("FILE.example")).zone != nil)
        let other = ZoneFile(file, apex: try DomainName("example"))
        #expect(other.zone == nil && other.problems.map(\.line) == [2])
        #expect(other.problems.first?.text.contains("given as the zone example.") == true)
    }

    @Test func `among many zones the one with the longest apex is found`() throws {
        let zones = try (0..<100).map { index in
            try #require(
                ZoneFile(
                    MasterFile(
                        Self.text.replacing("file.", with: index == 50 ? "sub.z49." : "z\(index).")
                            .replacing("file.example", with: "x"))
                ).zone)
        }
        let responder = Responder(zones: Zones(zones), table: DelegateTable())
        for (name, code) in [
            ("www.z7.example.", ResponseCode.noError), ("www.sub.z49.example.", .noError), ("www.z50.example.", .refused),
            ("example.", .refused),
        ] {
            let response = try #require(responder.response(to: QueryOctets(name, .a).octets))
            #expect(try ParsedMessage(response).responseCode == code, "\(name)")
        }
    }
}
