import DNS
import DNSSEC
import Foundation
import Glibc
import Testing

@testable import Signing

/// A key's file: its format, and what is wrong with one that cannot be used.
struct KeyFileTests {
    private let apex: DomainName

    init() throws {
        apex = try DomainName("Example.net")
    }

    @Test func `the files are those of BIND's tools`() async throws {
        // RFC 6605 section 6.1, as dnssec-keygen writes it.
        let text = """
            Private-key-format: v1.3
            Algorithm: 13 (ECDSAP256SHA256)
            PrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=
            Created: 20100101000000
            """
        let key = try #require(KeyFile.key(in: text, isSecureEntryPoint: true))
        #expect(key.tag == 55648)
        #expect(KeyFile.name(apex: apex, algorithm: .ecdsaP256SHA256, tag: key.tag) == "Kexample.net.+013+55648.private")
        #expect(KeyFile.key(in: KeyFile.text(of: key), isSecureEntryPoint: true)?.dnskey == key.dnskey)
        #expect(KeyFile.key(in: "", isSecureEntryPoint: true) == nil)
        #expect(KeyFile.key(in: text.replacing("13 (", with: "8 ("), isSecureEntryPoint: true) == nil)
        #expect(KeyFile.zoneName(try DomainName("a/b.e")) == "a%2fb.e.")
        try await withKeyFolder { keys, folder in
            let file = folder.appending(path: "Kexample.net.+013+55648.private")
            try Data(text.utf8).write(to: file)
            chmod(file.path, 0o600)
            #expect(try keys.unusedKeys(of: apex, besides: []).map(\.tag) == [55648])
            #expect(try keys.unusedKeys(of: apex, besides: [55648]).isEmpty)
            #expect(try keys.unusedKeys(of: try DomainName("e.net"), besides: []).isEmpty)
        }
    }

    @Test func `what is wrong with a key's file is told`() async throws {
        func base64(_ count: Int, _ octet: UInt8 = 7) -> String { Data(repeating: octet, count: count).base64EncodedString() }
        let good = SigningKey(.ecdsaP256SHA256, isSecureEntryPoint: true, avoiding: [])
        let text = KeyFile.text(of: good)
        let zero = "Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: \(base64(32, 0))\n"
        let other = "Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: \(base64(32))\n"
        func tag(_ isEntry: Bool) throws -> UInt16 { try #require(KeyFile.key(in: other, isSecureEntryPoint: isEntry)).tag }
        let (entryTag, otherTag) = (try tag(true), try tag(false))
        /// The fault of a file for a zone that begins, and for one that has begun if it is another one.
        let cases: [(text: String, found: KeyFile.Fault, kept: KeyFile.Fault?)] = [
            ("", .noFormat, nil),
            (text.replacing("v1.3", with: "v2.0"), .otherFormat("v2.0"), nil),
            (text.replacing("Algorithm:", with: "Algorithmus:"), .noAlgorithm, nil),
            (text.replacing("13 (ECDSAP256SHA256)", with: "8 (RSASHA256)"), .unknownAlgorithm("8 (RSASHA256)"), nil),
            (
                text.replacing("13 (ECDSAP256SHA256)", with: "14 (ECDSAP384SHA384)"), .unknownAlgorithm("14 (ECDSAP384SHA384)"),
                nil
            ),
            (
                text.replacing("13 (ECDSAP256SHA256)", with: "15 (ED25519)"), .notAsNamed(.ed25519, named: 13),
                .otherAlgorithm(.ed25519, expected: .ecdsaP256SHA256)
            ),
            (text.replacing("PrivateKey:", with: "Label: pkcs11:object=x\nPublic:"), .inHardware, nil),
            (text.replacing("PrivateKey:", with: "Public:"), .noPrivateKey, nil),
            ("Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: ?\n", .notBase64, nil),
            (
                "Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: \(base64(48))\n",
                .notKey(octetCount: 48, .ecdsaP256SHA256), nil
            ),
            (zero, .notKey(octetCount: 32, .ecdsaP256SHA256), nil),
            (
                other, .otherTags(entry: entryTag, other: otherTag, named: good.tag),
                .otherKey(tag: entryTag, .combined)
            ),
        ]
        try await withKeyFolder { keys, folder in
            let file = folder.path + "/" + KeyFile.name(apex: apex, algorithm: .ecdsaP256SHA256, tag: good.tag)
            let entry = ZoneKeys.Key(good, role: .combined)
            for (text, found, kept) in cases {
                try Data(text.utf8).write(to: URL(filePath: file))
                chmod(file, 0o600)
                // Such a file is found for a zone that begins, and for one that has begun.
                #expect(
                    keyFailure { _ = try keys.unusedKeys(of: apex, besides: []) }
                        == .unusableKey(path: file, apex: apex, found))
                #expect(
                    keyFailure { _ = try keys.key(entry, of: apex) }
                        == .wrongKey(path: file, tag: good.tag, apex: apex, kept ?? found))
            }
            try Data(KeyFile.text(of: good).utf8).write(to: URL(filePath: file))
            #expect(try keys.key(entry, of: apex).dnskey == good.dnskey)
            // The same key as a ZSK has another tag.
            let other = try #require(KeyFile.key(in: KeyFile.text(of: good), isSecureEntryPoint: false))
            let missing = folder.path + "/" + KeyFile.name(apex: apex, algorithm: .ecdsaP256SHA256, tag: other.tag)
            #expect(
                keyFailure { _ = try keys.key(ZoneKeys.Key(other, role: .zoneSigning), of: apex) }
                    == .missingKey(path: missing, apex: apex))
        }
    }
}
