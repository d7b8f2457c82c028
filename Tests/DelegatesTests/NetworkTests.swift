import Delegates
import Testing

struct NetworkTests {
    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255", true),
        ("192.0.2.77/24", "192.0.2.1", true),
        ("192.0.2.0/24", "192.0.3.0", false),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "::1", false),
        ("192.0.2.1/32", "192.0.2.1", true),
        ("192.0.2.1/32", "192.0.2.2", false),
        ("2001:db8::/33", "2001:db8:7fff::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false),
        ("[2001:db8::1]/128", "2001:db8::1", true),
        ("::/0", "2001:db8::1", true),
        // An IPv4 client of a dual-stack socket is an IPv4 client.
        ("192.0.2.0/24", "::ffff:192.0.2.5", true),
        ("::ffff:192.0.2.0/120", "192.0.2.5", true),
        ("::ffff:192.0.2.0/120", "192.0.3.5", false),
    ])
    func `an address is in a network or not`(network: String, address: String, expected: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(try #require(IPAddress(address))) == expected)
    }

    @Test(arguments: [
        "", "192.0.2.1", "192.0.2.1/33", "192.0.2.1/-1", "192.0.2.1/+1", "192.0.2/24", "::/129", "192.0.2.0/24/1",
        "[192.0.2.1]/32",
        "/24", "192.0.2.1/", "a/8", " 192.0.2.0/24",
    ])
    func `what is not a network is refused and named`(text: String) {
        #expect(throws: Refusal.invalidAllowedNetwork(text)) { try AllowedNetworks(["10.0.0.0/8", text]) }
    }

    @Test func `networks are given back as they were sent, without brackets`() throws {
        let networks = try AllowedNetworks(["192.168.100.1/24", "[2002:c0a8:2a00::]/40"])
        #expect(networks.texts == ["192.168.100.1/24", "2002:c0a8:2a00::/40"])
    }

    @Test func `no network allows all, an unknown address only then`() throws {
        #expect(AllowedNetworks.all.contain(nil))
        #expect(AllowedNetworks.all.contain(IPAddress("203.0.113.1")))
        #expect(!(try AllowedNetworks(["0.0.0.0/0", "::/0"])).contain(nil))
    }
}
