import AcmeDNS
import Delegates
import TestSupport
import Testing

struct BcryptHashTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let key: String
        let hash: String
        let cost: Int
        var testDescription: String { String(hash.prefix(7)) }
    }

    /// Hashes by pyca's bcrypt, with `2y` written over `2b`; the first is from the tests of Go's bcrypt.
    static let samples = [
        Sample(key: "allmine", hash: "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga", cost: 10),
        Sample(
            key: "AU3aQFCAcbQnVvvVhntZj0C5-REYDgaZelOb73-V",
            hash: "$2a$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i", cost: 10),
        Sample(
            key: "pwYfA0OfCt0EpgCRuTW0wAd8BbT7ViNQZte4_k1e",
            hash: "$2b$10$Z..VLF2yOlps7XqpF6QHxe.wdyFWzQ7sl1TD/RFaAol.Lk3n4RLAW", cost: 10),
        Sample(
            key: "2Ts5AzRfqFh-liUBNJwMGD4zvuv03QqAFMVlnG1u",
            hash: "$2y$04$JnT4kChhs3jFOR/LmvCIQe8hqIzWBxnq4cFrLxaLcaQPjgLxtgy4m", cost: 4),
        Sample(
            key: "lna9itxm34wgq4_5eB3Met1MRlGzNT6ICTS4Vrcu",
            hash: "$2a$12$L//YA2FVpRljpyobwsujueWBU12oEXHZGW.7CUuWQ5TqeIJyFgR2G", cost: 12),
        Sample(key: "", hash: "$2a$04$1dFlbe/y.LrbPk4bLjfaae1wJUaDXMG5QprHBXdrvA1raizEGShwu", cost: 4),
        Sample(key: "Schlüssel", hash: "$2a$04$2kBiVTL7qqPOExWt0bZnJ.XyeZjpHAFC5QoewQQiGshtMABrBRxxC", cost: 4),
        Sample(key: "ÿÿ£345", hash: "$2a$04$XjJDGlOb9iuHSohBv3mkLeebwsm3GRcyq6NZVn5KlQAGbxax2pjWO", cost: 4),
        Sample(key: longest, hash: "$2a$04$xX/4RI22rJbQBb4sZRRAv.p.byhFQCOrNJ0Ve4h9S.Ga0x25/iTom", cost: 4),
    ]
    private static let longest = "G2iB1fH38FEz5Bg5GeGtS1aL_7fDKC1EBwJ1AgLrR2N-9cziJZa0nRGw9xbZah0MblKqO5u1"

    @Test(arguments: samples) func `the key that a hash was made of matches, others do not`(sample: Sample) throws {
        let hash = try #require(BcryptHash(sample.hash))
        #expect(hash.text == sample.hash && hash.cost == sample.cost)
        #expect(hash.matches(sample.key))
        #expect(!hash.matches(sample.key + "x"))
        #expect(!hash.matches(String(sample.key.dropLast()) + "~"))
    }

    @Test func `a hash that is another's by one character of its digest matches nothing`() throws {
        let sample = Self.samples[3]
        for index in [29, 45, 59] {
            var characters = Array(sample.hash)
            characters[index] = characters[index] == "A" ? "B" : "A"
            #expect(try #require(BcryptHash(String(characters))).matches(sample.key) == false)
        }
    }

    @Test func `bits of the salt that do not count may be set, as for Go`() throws {
        let sample = Self.samples[3]
        var characters = Array(sample.hash)
        #expect(characters[28] == "e")
        characters[28] = "f"
        #expect(try #require(BcryptHash(String(characters))).matches(sample.key))
    }

    @Test func `a key of more than 72 octets or with a zero octet matches nothing`() throws {
        let longest = try #require(BcryptHash(Self.samples[8].hash))
        #expect(Self.samples[8].key.utf8.count == BcryptHash.maximumKeyLength)
        #expect(!longest.matches(Self.samples[8].key + "x"))
        #expect(!longest.matches(String(repeating: "a", count: 5000)))
        let empty = try #require(BcryptHash(Self.samples[5].hash))
        #expect(empty.matches(""))
        #expect(!empty.matches("\0"))
        #expect(!empty.matches("\0abc"))
    }

    @Test(arguments: [
        "",
        "$2a$10$",
        "*0",
        "password",
        "$2$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i1",
        "$2x$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i",
        "$1a$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i",
        "$2A$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i",
        "$2a$03$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i",
        "$2a$13$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i",
        "$2a$31$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i",
        "$2a$1:$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i",
        "$2a$+9$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i",
        "$2a$10./wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i",
        "$2a$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.",
        "$2a$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.ii",
        "$2a$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.-",
        "$2a$10$+wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i",
        "$2a$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H\0i",
        "$2a$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3ü.",
        " $2a$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.",
        "$argon2id$v=19$m=65536,t=2,p=1$gZiV/M1gPc22ElAH/Jh1Hw$CWOrkoo7",
    ]) func `what is not a hash of bcrypt with a bearable cost is none`(text: String) {
        #expect(BcryptHash(text) == nil)
    }
}
