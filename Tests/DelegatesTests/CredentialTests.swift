import DNS
import Delegates
import TestSupport
import Testing

struct CredentialTests {
    @Test func `identifiers are version 4 UUIDs, and no two are the same`() throws {
        let all = (0..<2000).map { _ in UniqueID.random().description }
        #expect(Set(all).count == all.count)
        for text in all {
            #expect(text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        }
    }

    @Test func `an identifier is read in any case, with dashes or without`() throws {
        let text = "c36f50e8-4632-44f0-83fe-e070fef28a10"
        let id = try #require(UniqueID(text))
        #expect(UniqueID(text.uppercased()) == id)
        #expect(UniqueID(text.replacing("-", with: "")) == id)
        for wrong in [
            "", "x" + text.dropFirst(), text + "0", "c36f50e84632-44f0-83fe-e070fef28a10",
            "c36f50e8+4632-44f0-83fe-e070fef28a10", "c36f50e8-4632-44f0-83fe-e070fef28a1g",
            "c36f50e8-4632-44f0-83fee070fef28a1000", "c36f50e8463244f083fee070fef28a10----",
        ] {
            #expect(UniqueID(wrong) == nil, "\(wrong)")
        }
    }

    @Test func `identifiers are in the order of their texts, which are those that were read`() throws {
        let texts = (0..<500).map { _ in UniqueID.random().description } + ["00000000-0000-0000-0000-0000000000ff"]
        let sorted = try texts.map { try #require(UniqueID($0)) }.sorted()
        #expect(sorted.map(\.description) == texts.sorted())
    }

    @Test func `keys are 40 characters that shells and sed take as they stand`() {
        let keys = (0..<2000).map { _ in APIKey.random().text }
        #expect(Set(keys).count == keys.count)
        #expect(keys.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9_\-]{40}/) != nil })
        // Every one of the 64 characters occurs.
        #expect(Set(keys.joined()).count == 64)
    }

    @Test func `the digest is SHA-256, and compares by all its octets`() {
        let digest = APIKey("abc").digest
        #expect(digest.octets.prefix(4) == [0xBA, 0x78, 0x16, 0xBF])
        for index in digest.octets.indices {
            var other = digest.octets
            other[index] ^= 1
            #expect(digest != KeyDigest(octets: other))
        }
        #expect(digest == KeyDigest(octets: digest.octets))
        #expect(digest != KeyDigest(octets: []))
    }

    @Test(arguments: [
        ("___validation_token_received_from_the_ca___", true),
        ("-DUMMY-DUMMY-DUMMY-DUMMY-DUMMY-DUMMY-DUMMY-", true),
        ("LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM", true),
        ("", false),
        ("LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmto", false),
        ("LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoMM", false),
        ("LHDhK3oGRvkiefQnx7OOczTY5Tic+xZ6HcMOc_gmtoM", false),
        ("LHDhK3oGRvkiefQnx7OOczTY5Tic xZ6HcMOc_gmtoM", false),
        ("LHDhK3oGRvkiefQnx7OOczTY5Ticé6HcMOc_gmtoMxx", false),
    ])
    func `a challenge value is 43 characters of base64url`(text: String, expected: Bool) {
        #expect((ChallengeValue(text) != nil) == expected)
    }
}
