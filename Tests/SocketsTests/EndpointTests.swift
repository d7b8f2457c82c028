import Sockets
import Testing

struct EndpointTests {
    @Test(arguments: [("127.0.0.1:53", "127.0.0.1:53"), ("[::1]:5353", "[::1]:5353"), ("0.0.0.0:0", "0.0.0.0:0")])
    func `an endpoint is an address and a port`(text: String, canonical: String) throws {
        #expect(try #require(Endpoint(text)).description == canonical)
    }

    @Test(arguments: [
        "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+80", "::1:53", "[::1]", "[127.0.0.1]:53", "localhost:53",
        ":53",
    ])
    func `what is not an endpoint is refused`(text: String) {
        #expect(Endpoint(text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1:53", "127.0.0.1:53", true), ("0.0.0.0:53", "127.0.0.1:53", true), ("[::1]:53", "[::]:53", true),
        ("0.0.0.0:53", "[::]:53", false), ("127.0.0.1:53", "127.0.0.2:53", false), ("0.0.0.0:53", "127.0.0.1:54", false),
        ("127.0.0.1:0", "127.0.0.1:0", false),
    ])
    func `endpoints overlap where one keeps the other from being bound`(one: String, other: String, expected: Bool) throws {
        let (one, other) = (try #require(Endpoint(one)), try #require(Endpoint(other)))
        #expect(one.overlaps(other) == expected && other.overlaps(one) == expected)
    }
}
