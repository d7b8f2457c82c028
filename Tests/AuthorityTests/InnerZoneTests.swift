import Authority
import DNS
import Delegates
import TestSupport
import Testing

/// Zones of this server inside one another, with or without a configured delegation: what the parent says of the child.
struct InnerZoneTests {
    private static let parentFile = """
        $ORIGIN example.net.
        @ 300 SOA ns.example.net. hostmaster.example.net. 7 3600 600 604800 60
        @ 300 NS ns
        ns 300 A 192.0.2.1
        * 300 TXT "from a wildcard"
        named 300 NS ns.elsewhere.test.
        alias 300 CNAME ns
        away 300 NS ns.elsewhere.test.

        """

    private func responder(inner: [String], outer: [String] = [], file: String? = parentFile) throws -> Responder {
        let primary = try DomainName("ns.elsewhere.test")
        let builder = ZoneBuilder(
            apexes: try (inner + outer).map { try DomainName($0) }, nameservers: [primary],
            startOfAuthority: Zone.StartOfAuthority(primary: primary, mailbox: primary, negativeTTL: 1), hasMailRecords: false)
        let files = try file.map { [try #require(ZoneFile(MasterFile($0)).zone)] } ?? []
        let (zones, problems) = builder.build(records: [], fileZones: files)
        #expect(problems.isEmpty)
        return Responder(zones: zones, table: DelegateTable())
    }

    /// The child's apex, the name in the question, and the owner of the SOA record in the NODATA answer.
    static let cases: [(child: String, name: String, type: RecordType, apex: String)] = [
        ("d.example.net", "d.example.net", .ds, "example.net."),
        // The file has a delegation, or a record that cannot stand beside one.
        ("named.example.net", "named.example.net", .ds, "example.net."),
        ("alias.example.net", "alias.example.net", .ds, "example.net."),
        // Names between the two apexes exist.
        ("a.b.c.example.net", "a.b.c.example.net", .ds, "example.net."),
        ("a.b.c.example.net", "b.c.example.net", .ds, "example.net."),
        ("a.b.c.example.net", "b.c.example.net", .txt, "example.net."),
        ("a.b.c.example.net", "c.example.net", .a, "example.net."),
        // The child answers every type but DS at its apex.
        ("d.example.net", "d.example.net", .a, "d.example.net."),
        // There is no parent here.
        ("d.example.org", "d.example.org", .ds, "d.example.org."),
    ]

    @Test(arguments: cases)
    func `what the zone above has no records for is NODATA with its own SOA`(
        child: String, name: String, type: RecordType, apex: String
    ) throws {
        let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232))
        let response = try ParsedMessage(try #require(try responder(inner: [child]).response(to: query.octets)))
        #expect(response.responseCode == .noError && response.answers.isEmpty && response.isAuthoritative)
        #expect(response.authorities.map { "\($0.owner) \($0.type)" } == ["\(apex) SOA"])
    }

    @Test func `a zone below a delegation to others is theirs to delegate`() throws {
        let query = try QueryOctets("d.away.example.net", .ds)
        let response = try ParsedMessage(try #require(try responder(inner: ["d.away.example.net"]).response(to: query.octets)))
        #expect(!response.isAuthoritative && response.authorities.map(\.type) == [.ns])
    }

    @Test func `of three zones inside one another each says it of the next`() throws {
        let responder = try responder(inner: ["x.d.example.net", "d.example.net"])
        for (name, apex) in [("x.d.example.net", "d.example.net."), ("d.example.net", "example.net.")] {
            let response = try ParsedMessage(
                try #require(responder.response(to: try QueryOctets(name, .ds).octets)))
            #expect(response.responseCode == .noError && response.authorities.first?.owner.description == apex)
        }
    }

    @Test func `NS at the cut is the child's`() throws {
        let query = try QueryOctets("d.example.net", .ns)
        let response = try ParsedMessage(try #require(try responder(inner: ["d.example.net"]).response(to: query.octets)))
        #expect(response.isAuthoritative && response.answers.map(\.type) == [.ns])
    }
}
