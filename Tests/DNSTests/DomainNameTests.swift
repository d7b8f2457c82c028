import DNS
import TestSupport
import Testing

struct DomainNameTests {
    @Test(
        arguments: [
            (".", [0]),
            ("net", [3, 110, 101, 116, 0]),
            ("a.Net.", [1, 97, 3, 78, 101, 116, 0]),
            (#"a\.b.c"#, [3, 97, 46, 98, 1, 99, 0]),
            (#"\065\255.x"#, [2, 65, 255, 1, 120, 0]),
            (#"\@"#, [1, 64, 0]),
        ] as [(String, [UInt8])])
    func `presentation form becomes wire form`(text: String, wire: [UInt8]) throws {
        #expect(try DomainName(text).wire == wire)
    }

    @Test(arguments: ["", "a..b", ".a", #"a\"#, #"\25"#, #"\256"#, String(repeating: "a", count: 64)])
    func `what is not a name is refused`(text: String) {
        #expect(throws: PresentationError.self) { try DomainName(text) }
    }

    @Test func `a name has at most 255 octets`() throws {
        let label = String(repeating: "a", count: 63)
        let longest = "\(label).\(label).\(label).\(String(repeating: "a", count: 61))"
        #expect(try DomainName(longest).wire.count == 255)
        #expect(throws: PresentationError.self) { try DomainName(longest + "a") }
        #expect(try DomainName(longest).prepending(label: "x".utf8) == nil)
    }

    @Test func `presentation form survives being read again, whatever the octets`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let label = (0..<Int.random(in: 1...63, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
            }
            let name = try #require(try DomainName("example").prepending(label: label))
            #expect(try DomainName(name.description).wire == name.wire, "\(name)")
        }
    }

    @Test func `names are equal whatever their case, and only then`() async throws {
        try await onThread { () throws in try self.compareAllOctets() }
    }

    private func compareAllOctets() throws {
        for octet in UInt8.min...UInt8.max {
            for other in UInt8.min...UInt8.max {
                let one = try #require(
                    DomainName.root.prepending(label: [octet, octet, octet, octet, octet, octet, octet, octet]))
                let two = try #require(
                    DomainName.root.prepending(label: [other, octet, octet, octet, octet, octet, octet, octet]))
                func lower(_ octet: UInt8) -> UInt8 { 65...90 ~= octet ? octet + 32 : octet }
                let areSame = lower(octet) == lower(other)
                // Two comparisons, for speed: #expect's expansion is slow on 65,536 pairs.
                if (one == two) != areSame || areSame && one.hashValue != two.hashValue {
                    Issue.record("\(octet) and \(other)")
                }
            }
        }
    }

    @Test(arguments: [
        ("a.example.net", "example.net", true),
        ("EXAMPLE.net", "example.NET", true),
        ("example.net", "a.example.net", false),
        ("badexample.net", "example.net", false),
        ("example.net", ".", true),
        (#"a\.example.net"#, "example.net", false),
    ])
    func `a name is at or below another only at a label's edge`(name: String, ancestor: String, expected: Bool) throws {
        #expect(try DomainName(name).isAtOrBelow(DomainName(ancestor)) == expected)
    }

    @Test func `the parent is the name without its first label`() throws {
        let name = try DomainName("a.b")
        #expect(name.parent == (try DomainName("b")))
        #expect(name.parent?.parent == .root)
        #expect(DomainName.root.parent == nil)
        #expect(name.labelCount == 2)
    }
}
