import DNS
import Testing

struct AddressTests {
    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("1::", "1::"), ("0:0:0:1::", "0:0:0:1::"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
        ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ])
    func `IPv6 addresses are read in each form and written in one`(text: String, canonical: String) throws {
        #expect(try #require(IPv6Address(text)).description == canonical)
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:2", "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7",
        "::192.0.2",
        "192.0.2.1", "1:2:3:4:5:6:7:192.0.2.1", "::1%eth0", "1:2:3:4:5:6:7::8", "::1.2.3.4:5",
    ])
    func `what is not an IPv6 address is refused`(text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1..2.3", "a.b.c.d", "+1.2.3.4", " 1.2.3.4"])
    func `what is not an IPv4 address is refused`(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test func `a mapped address carries an IPv4 address`() throws {
        #expect(try #require(IPv6Address("::ffff:192.0.2.1")).mappedIPv4 == IPv4Address("192.0.2.1"))
        #expect(try #require(IPv6Address("::192.0.2.1")).mappedIPv4 == nil)
    }
}
