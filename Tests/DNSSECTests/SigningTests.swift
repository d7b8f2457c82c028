import Crypto
import DNS
import DNSSEC
import Foundation
import Testing

/// Keys and signatures, against the RFCs' examples.
struct SigningTests {
    /// The key of RFC 6605 section 6.1.
    private static func exampleKey() throws -> SigningKey {
        let secret = try #require(Data(base64Encoded: "GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ="))
        return try #require(SigningKey(.ecdsaP256SHA256, secretOctets: Array(secret), isSecureEntryPoint: true))
    }

    @Test func `a key has the tag, the DNSKEY and the DS of RFC 6605`() throws {
        let key = try Self.exampleKey()
        #expect(key.tag == 55648)
        let publicKey = "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="
        #expect(Data(key.dnskey.octets.dropFirst(4)).base64EncodedString() == publicKey)
        #expect(Array(key.dnskey.octets.prefix(4)) == [1, 1, 3, 13])
        let digest = "b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17"
        #expect(hexadecimal(key.ds(apex: try DomainName("Example.NET")).octets) == "d9600d02" + digest)
        #expect(key.secretOctets.count == 32)
    }

    @Test func `an Ed25519 key has the tag of RFC 8080`() throws {
        let secret = try #require(Data(base64Encoded: "ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI="))
        let key = try #require(SigningKey(.ed25519, secretOctets: Array(secret), isSecureEntryPoint: true))
        #expect(key.tag == 3613)
        #expect(Data(key.dnskey.octets.dropFirst(4)).base64EncodedString() == "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=")
    }

    /// Ed25519 signatures are always the same: the signature is that of RFC 8080 section 6.1.
    @Test func `the octets that are signed are those of RFC 8080`() throws {
        let secret = try #require(Data(base64Encoded: "ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI="))
        var input = SignatureInput()
        let rrset = RRset(
            owner: try DomainName("example.com"), type: .mx, ttl: 3600,
            data: [.mx(preference: 10, exchange: try DomainName("mail.example.com"))])
        input.set(rrset, signer: try DomainName("example.com"))
        input.set(inception: 1_438_207_200, expiration: 1_440_021_600, algorithm: 15, keyTag: 3613)
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: secret)
        let expected = "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg=="
        let signature = try #require(Data(base64Encoded: expected))
        #expect(key.publicKey.isValidSignature(signature, for: input.octets))
    }

    @Test(arguments: SigningAlgorithm.allCases)
    func `what is signed verifies with the public key`(algorithm: SigningAlgorithm) throws {
        let key = SigningKey(algorithm, isSecureEntryPoint: true, avoiding: [])
        let signer = ZoneSigner(
            apex: try DomainName("example.net"), dataKeys: [key], entryKeys: [key], publishedKeys: [key],
            parentRequest: .delegationSigners([key]))
        let now: UInt32 = 1_800_000_000
        let rrset = signer.signed(
            RRset(owner: try DomainName("WWW.example.net"), type: .txt, ttl: 5, data: [.txt("b".utf8), .txt("a".utf8)]),
            at: now)
        let signature = try #require(rrset.signatures.first)
        #expect(rrset.signatures.count == 1)
        #expect(signature.keyTag == key.tag)
        #expect(signature.algorithm == algorithm.rawValue)
        #expect(signature.inception == now - 3600)
        #expect((13 * 86_400 - 4096...14 * 86_400).contains(signature.secondsLeft(at: now)))

        var input = SignatureInput()
        input.set(rrset, signer: try DomainName("EXAMPLE.net"))
        input.set(
            inception: signature.inception, expiration: signature.expiration, algorithm: algorithm.rawValue, keyTag: key.tag)
        let publicKey = Array(key.dnskey.octets.dropFirst(4))
        switch algorithm {
        case .ecdsaP256SHA256:
            let verifying = try P256.Signing.PublicKey(rawRepresentation: publicKey)
            let given = try P256.Signing.ECDSASignature(rawRepresentation: signature.octets)
            #expect(verifying.isValidSignature(given, for: input.octets))
        case .ed25519:
            let verifying = try Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
            #expect(verifying.isValidSignature(signature.octets, for: input.octets))
        }
    }

    @Test func `a DS is the key's whichever digest the parent took, SHA-1 among them: validators believe it`() throws {
        let (key, apex) = (try Self.exampleKey(), try DomainName("Example.net"))
        let input = apex.lowercased.wire + key.dnskey.octets
        let digests: [(UInt8, [UInt8])] = [
            (1, Array(Insecure.SHA1.hash(data: input))), (2, Array(SHA256.hash(data: input))),
            (4, Array(SHA384.hash(data: input))),
        ]
        for (type, digest) in digests {
            func ds(_ algorithm: UInt8, _ digest: [UInt8]) -> RecordData {
                .ds(keyTag: key.tag, algorithm: algorithm, digestType: type, digest: digest)
            }
            #expect(key.matches(ds: ds(13, digest), apex: apex))
            #expect(!key.matches(ds: ds(15, digest), apex: apex))
            #expect(!key.matches(ds: ds(13, digest.dropLast() + [digest[digest.count - 1] ^ 1]), apex: apex))
        }
    }

    @Test func `a new key has none of the tags that are taken`() {
        let taken = Set((0...UInt16.max).filter { $0 % 64 != 0 })
        #expect(SigningKey(.ed25519, isSecureEntryPoint: true, avoiding: taken).tag % 64 == 0)
    }

    @Test func `a signature is due when it ends soon, has not begun, or was made by a clock that went ahead`() {
        let policy = SignaturePolicy()
        let now: UInt32 = 1_800_000_000
        func signature(from inception: Int, lifetime: Int) -> Signature {
            Signature(
                inception: now &+ UInt32(bitPattern: Int32(inception)), lifetime: UInt32(lifetime), algorithm: 13, keyTag: 1,
                octets: [])
        }
        #expect(!policy.isDue(signature(from: -3600, lifetime: 14 * 86_400), at: now))
        #expect(policy.isDue(signature(from: -8 * 86_400, lifetime: 14 * 86_400), at: now))
        #expect(policy.isDue(signature(from: -20 * 86_400, lifetime: 14 * 86_400), at: now))
        #expect(policy.isDue(signature(from: 60, lifetime: 10 * 86_400), at: now))
        #expect(policy.isDue(signature(from: -10, lifetime: 40 * 86_400), at: now))
    }

    @Test func `times hold across the end of their 32 bits`() {
        let signature = Signature(inception: UInt32.max - 100, lifetime: 8192, algorithm: 13, keyTag: 1, octets: [])
        #expect(signature.holds(at: 50))
        #expect(!signature.holds(at: UInt32.max - 200))
        #expect(!signature.holds(at: 9000))
        #expect(signature.secondsLeft(at: 0) == 8192 - 101)
    }
}

func hexadecimal(_ octets: some Sequence<UInt8>) -> String {
    octets.map { String(format: "%02x", $0) }.joined()
}
