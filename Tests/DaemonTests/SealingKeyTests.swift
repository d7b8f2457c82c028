import Testing

@testable import Sealing

struct SealingKeyTests {
    private func key(_ digit: Character) throws -> SealingKey {
        try #require(SealingKey(digits: String(repeating: digit, count: 64)))
    }

    @Test func `what was sealed opens with the same key and name alone`() throws {
        let (key, other) = (try key("a"), try key("b"))
        let octets = Array("private".utf8)
        let sealed = key.seal(octets, named: "one")
        #expect(try key.open(sealed, named: "one") == octets)
        #expect(key.seal(octets, named: "one") != sealed, "Each sealing has a nonce of its own.")
        #expect(throws: SealingKey.NotOpened(name: "two", isForm: false)) { try key.open(sealed, named: "two") }
        #expect(throws: SealingKey.NotOpened(name: "one", isForm: false)) { try other.open(sealed, named: "one") }
        for damaged in ["", "?", String(sealed.dropLast(8)), String(sealed.reversed())] {
            #expect(throws: SealingKey.NotOpened.self) { try key.open(damaged, named: "one") }
        }
        #expect(!sealed.contains("private"))
    }

    @Test(arguments: [
        "", "abc", String(repeating: "a", count: 63), String(repeating: "g", count: 64), String(repeating: "+a", count: 32),
    ])
    func `a key has 64 hexadecimal digits`(digits: String) {
        #expect(SealingKey(digits: digits) == nil)
    }
}
