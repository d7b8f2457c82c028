import Authority
import DNS
import Testing

struct ZoneBuilderTests {
    private func problems(_ records: [String], nameserver: String = "ns.elsewhere.test") throws -> [ZoneBuilder.Problem] {
        let name = try DomainName(nameserver)
        let builder = ZoneBuilder(
            apexes: [try DomainName("d.example")], nameservers: [name],
            startOfAuthority: Zone.StartOfAuthority(primary: name, mailbox: name, negativeTTL: 5), hasMailRecords: true)
        return builder.build(records: try records.map { try ResourceRecord($0) }).problems
    }

    @Test(arguments: [
        (["a.elsewhere.test. 60 IN A 192.0.2.1"], 0, "none of the zones (d.example.)"),
        (["a.d.example. 60 IN A 192.0.2.1", "d.example. 60 IN NS ns.x."], 1, "“nameservers”"),
        (["a.d.example. 60 IN A 192.0.2.1", "a.d.example. 60 IN CNAME b.d.example."], 1, "has a CNAME"),
        (["a.d.example. 60 IN CNAME b.d.example.", "a.d.example. 60 IN A 192.0.2.1"], 1, "has a CNAME"),
        (["a.d.example. 60 IN CNAME b.d.example.", "a.d.example. 60 IN CNAME c.d.example."], 1, "only one"),
        (["d.example. 60 IN CNAME b.d.example."], 0, "has a CNAME"),
        (["a.d.example. 60 IN A 192.0.2.1", "a.d.example. 61 IN A 192.0.2.2"], 1, "two TTLs"),
        (["a.d.example. 60 IN TYPE39 \\# 3 016100"], 0, "DNAME is not served"),
        (["*.d.example. 60 IN NS ns.x."], 0, "RFC 4592"),
        (["d.example. 60 IN DS 1 8 2 " + String(repeating: "00", count: 32)], 0, "belongs in the parent zone"),
        (["s.d.example. 60 IN NS 192.0.2.53."], 0, "this is an address"),
        (["s.d.example. 60 IN NS ns.s.d.example."], 0, "below the delegation"),
        (["s.d.example. 60 IN NS n.d.example.", "n.d.example. 60 IN CNAME x."], 0, "is a CNAME"),
        (["s.d.example. 60 IN NS n.d.example."], 0, "no such name"),
        (["a.d.example. 60 IN TYPE65400 \\# 60000 " + String(repeating: "00", count: 60_000)], 0, "no message could hold it"),
    ])
    func `a record that cannot be is told with its place`(records: [String], index: Int, part: String) throws {
        let problems = try problems(records)
        #expect(problems.map(\.recordIndex) == [index])
        #expect(problems.allSatisfy { $0.text.contains(part) }, "\(problems)")
    }

    @Test func `a name server inside the zone needs an address there`() throws {
        #expect(try problems([], nameserver: "ns.d.example").map(\.recordIndex) == [nil])
        #expect(try problems(["ns.d.example. 60 IN AAAA ::1"], nameserver: "ns.d.example").isEmpty)
        let alias = try problems(["ns.d.example. 60 IN CNAME x."], nameserver: "ns.d.example")
        #expect(alias.count == 1 && alias.first?.text.contains("is a CNAME") == true)
    }

    @Test func `the same record twice is there once`() throws {
        #expect(try problems(["a.d.example. 60 IN A 192.0.2.1", "a.d.example. 60 IN A 192.0.2.1"]).isEmpty)
    }
}
