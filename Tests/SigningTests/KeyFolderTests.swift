import DNS
import DNSSEC
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Signing

/// The folder in which keys are kept.
struct KeyFolderTests {
    private let apex: DomainName

    init() throws {
        apex = try DomainName("Example.net")
    }

    private func withFolder(_ body: (KeyFolder, URL) throws -> Void) async throws {
        try await withTemporaryFolder { parent in
            let folder = parent.appending(path: "keys")
            try body(try KeyFolder(path: folder.path, secretsPath: nil), folder)
        }
    }

    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `keys and state come back as they were, in files for their user alone`() async throws {
        try await withFolder { keys, folder in
            let made = try keys.makeKey(.ecdsaP256SHA256, .combined, of: apex, besides: [])
            let state = ZoneKeys(keys: [ZoneKeys.Key(made, role: .combined)])
            #expect(try keys.state(of: apex) == nil)
            try keys.keep(state, of: apex)
            #expect(try keys.state(of: apex) == state)
            #expect(try keys.key(state.keys[0], of: apex).dnskey == made.dnskey)
            let digits = String(format: "%05d", Int(made.tag))
            #expect(try files(folder) == ["Kexample.net.+013+\(digits).private", "example.net.state"])
            #expect(try mode(folder.path) == 0o700)
            for file in try files(folder) { #expect(try mode(folder.path + "/" + file) == 0o600) }
            keys.remove(state.keys[0], of: apex)
            #expect(try files(folder) == ["example.net.state"])
        }
    }

    @Test func `a state that is already stored stays readable, and its text the same`() async throws {
        let text = """
            {
              "dataKeyAge" : 7,
              "keys" : [
                {
                  "algorithm" : 13,
                  "isIncoming" : false,
                  "role" : "ksk",
                  "tag" : 55648
                },
                {
                  "algorithm" : 15,
                  "isAdopted" : true,
                  "isIncoming" : true,
                  "role" : "zsk",
                  "tag" : 1
                }
              ],
              "stage" : "algorithmSigns",
              "waited" : 60
            }

            """
        try await withFolder { keys, folder in
            let file = folder.appending(path: "example.net.state")
            try Data(text.utf8).write(to: file)
            let state = try #require(try keys.state(of: apex))
            #expect(state.keys.map(\.algorithm) == [.ecdsaP256SHA256, .ed25519])
            #expect(state.keys.map(\.role) == [.keySigning, .zoneSigning])
            try keys.keep(state, of: apex)
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
        }
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
        try await withFolder { keys, folder in
            let file = folder.appending(path: "Kexample.net.+013+55648.private")
            try Data(text.utf8).write(to: file)
            chmod(file.path, 0o600)
            #expect(try keys.unusedKeys(of: apex, besides: []).map(\.tag) == [55648])
            #expect(try keys.unusedKeys(of: apex, besides: [55648]).isEmpty)
            #expect(try keys.unusedKeys(of: try DomainName("e.net"), besides: []).isEmpty)
        }
    }

    @Test func `what others could read or have put there is not taken`() async throws {
        try await withFolder { keys, folder in
            let made = try keys.makeKey(.ed25519, .combined, of: apex, besides: [])
            let entry = ZoneKeys.Key(made, role: .combined)
            let file = folder.path + "/" + KeyFile.name(apex: apex, algorithm: .ed25519, tag: made.tag)
            chmod(file, 0o640)
            #expect(failure { _ = try keys.key(entry, of: apex) }?.contains("can be read by others: chmod 600") == true)
            chmod(file, 0o600)
            try FileManager.default.moveItem(atPath: file, toPath: folder.path + "/elsewhere")
            #expect(failure { _ = try keys.key(entry, of: apex) }?.contains("is missing") == true)
            symlink("elsewhere", file)
            #expect(failure { _ = try keys.key(entry, of: apex) }?.contains("cannot be opened") == true)
            unlink(file)
            try Data("nothing".utf8).write(to: URL(filePath: file))
            chmod(file, 0o600)
            #expect(failure { _ = try keys.key(entry, of: apex) }?.contains("not the private key with the tag") == true)
            try Data("{".utf8).write(to: folder.appending(path: "example.net.state"))
            #expect(failure { _ = try keys.state(of: apex) }?.contains("does not hold the state") == true)
        }
        try await withTemporaryFolder { parent in
            let folder = parent.appending(path: "keys").path
            mkdir(folder, 0o777)
            chmod(folder, 0o777)
            #expect(failure { _ = try KeyFolder(path: folder, secretsPath: nil) }?.contains("can be written by others") == true)
        }
    }

    @Test func `what is wrong with a key's file is told`() async throws {
        func base64(_ count: Int, _ octet: UInt8 = 7) -> String { Data(repeating: octet, count: count).base64EncodedString() }
        let good = SigningKey(.ecdsaP256SHA256, isSecureEntryPoint: true, avoiding: [])
        let text = KeyFile.text(of: good)
        let cases: [(text: String, told: String)] = [
            ("", "Private-key-format: v1.3"),
            (text.replacing("v1.3", with: "v2.0"), "its format is “v2.0”"),
            (text.replacing("Algorithm:", with: "Algorithmus:"), "no line “Algorithm:”"),
            (text.replacing("13 (ECDSAP256SHA256)", with: "8 (RSASHA256)"), "a key of algorithm 8 (RSASHA256)"),
            (
                text.replacing("13 (ECDSAP256SHA256)", with: "14 (ECDSAP384SHA384)"),
                "only 13 (ecdsap256sha256) and 15 (ed25519) can sign"
            ),
            (text.replacing("13 (ECDSAP256SHA256)", with: "15 (ED25519)"), "algorithm 15, but its name says 13"),
            (text.replacing("PrivateKey:", with: "Label: pkcs11:object=x\nPublic:"), "a hardware module"),
            (text.replacing("PrivateKey:", with: "Public:"), "no line “PrivateKey:”"),
            ("Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: ?\n", "not base64"),
            ("Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: \(base64(48))\n", "48 octets"),
            (
                "Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: \(base64(32, 0))\n",
                "not a key of algorithm ecdsap256sha256"
            ),
            ("Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: \(base64(32))\n", "but its name says \(good.tag)"),
        ]
        try await withFolder { keys, folder in
            let file = folder.path + "/" + KeyFile.name(apex: apex, algorithm: .ecdsaP256SHA256, tag: good.tag)
            let entry = ZoneKeys.Key(good, role: .combined)
            for (text, told) in cases {
                try Data(text.utf8).write(to: URL(filePath: file))
                chmod(file, 0o600)
                // Such a file is found for a zone that begins, and for one that has begun.
                let found = failure { _ = try keys.unusedKeys(of: apex, besides: []) }
                #expect(found?.contains(file) == true && found?.contains(told) == true, "\(found ?? ""): \(told)")
                let kept = failure { _ = try keys.key(entry, of: apex) }
                #expect(kept?.contains("not the private key with the tag \(good.tag)") == true)
                #expect(kept?.contains("Restore it from a backup") == true)
            }
            try Data(KeyFile.text(of: good).utf8).write(to: URL(filePath: file))
            #expect(try keys.key(entry, of: apex).dnskey == good.dnskey)
            // The same key as a ZSK has another tag.
            let other = try #require(KeyFile.key(in: KeyFile.text(of: good), isSecureEntryPoint: false))
            #expect(
                failure { _ = try keys.key(ZoneKeys.Key(other, role: .zoneSigning), of: apex) }?.contains("is missing")
                    == true)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func `what belongs to another user is not used`() async throws {
        try await withTemporaryFolder { parent in
            let folder = parent.appending(path: "keys").path
            var made: SigningKey?
            do {
                let keys = try KeyFolder(path: folder, secretsPath: nil)
                let key = try keys.makeKey(.ed25519, .combined, of: apex, besides: [])
                try keys.keep(ZoneKeys(keys: [ZoneKeys.Key(key, role: .combined)]), of: apex)
                made = key
            }
            let key = try #require(made)
            let files = [KeyFile.name(apex: apex, algorithm: .ed25519, tag: key.tag), "example.net.state"].map {
                folder + "/" + $0
            }
            for path in [folder] + files {
                chown(path, 65_534, 65_534)
                let refusal = failure {
                    let keys = try KeyFolder(path: folder, secretsPath: nil)
                    _ = try keys.state(of: apex)
                    _ = try keys.key(ZoneKeys.Key(key, role: .combined), of: apex)
                }
                #expect(refusal?.contains("belongs to the user 65534, but this server runs as 0") == true, "\(path)")
                #expect(refusal?.contains("chown 0 \(path)") == true)
                // Root may look at a service's keys.
                let looking = try KeyFolder(path: folder, secretsPath: nil, to: .look)
                #expect(try looking.key(ZoneKeys.Key(key, role: .combined), of: apex).dnskey == key.dnskey)
                chown(path, 0, 0)
            }
            let credentials = parent.appending(path: "credentials").path
            mkdir(credentials, 0o700)
            chown(credentials, 65_534, 65_534)
            #expect(
                failure { _ = try KeyFolder(path: folder, secretsPath: credentials) }?.contains("folder of credentials") == true
            )
            chown(credentials, 0, 0)
            chmod(credentials, 0o777)
            #expect(
                failure { _ = try KeyFolder(path: folder, secretsPath: credentials) }?.contains("written by others") == true)
        }
    }

    @Test func `a folder of credentials that is not there is no folder without keys`() async throws {
        try await withTemporaryFolder { parent in
            let missing = parent.appending(path: "missing").path
            let refusal = failure {
                _ = try KeyFolder(path: parent.appending(path: "keys").path, secretsPath: missing).unusedKeys(
                    of: apex, besides: [])
            }
            #expect(refusal?.contains("“\(missing)” cannot be examined: No such file") == true)
        }
    }

    @Test func `one server at a time uses a folder; who only looks does not matter`() async throws {
        try await withFolder { keys, folder in
            #expect(failure { _ = try KeyFolder(path: folder.path, secretsPath: nil) }?.contains("another nuncio") == true)
            _ = try KeyFolder(path: folder.path, secretsPath: nil, to: .look)
            _ = keys
        }
    }

    @Test func `a state that cannot be written leaves the one that is there`() async throws {
        try await withFolder { keys, folder in
            let made = try keys.makeKey(.ed25519, .combined, of: apex, besides: [])
            let state = ZoneKeys(keys: [ZoneKeys.Key(made, role: .combined)])
            try keys.keep(state, of: apex)
            var changed = state
            try changed.replace(by: ZoneKeys.Key(SigningKey(.ed25519, isSecureEntryPoint: true, avoiding: []), role: .combined))
            // This is in the way of the new file.
            mkdir(folder.path + "/example.net.state.new", 0o700)
            try Data().write(to: folder.appending(path: "example.net.state.new/x"))
            #expect(failure { try keys.keep(changed, of: apex) }?.contains("cannot be made") == true)
            #expect(try keys.state(of: apex) == state)
        }
    }

    @Test func `credentials are found by the ends of their names, and nothing is made among them`() async throws {
        try await withTemporaryFolder { parent in
            let credentials = parent.appending(path: "credentials").path
            mkdir(credentials, 0o700)
            let key = SigningKey(.ecdsaP256SHA256, isSecureEntryPoint: true, avoiding: [])
            let name = KeyFile.name(apex: apex, algorithm: .ecdsaP256SHA256, tag: key.tag)
            try Data(KeyFile.text(of: key).utf8).write(to: URL(filePath: credentials + "/dnssec_" + name))
            let keys = try KeyFolder(path: parent.appending(path: "keys").path, secretsPath: credentials)
            #expect(try keys.unusedKeys(of: apex, besides: []).map(\.tag) == [key.tag])
            #expect(try keys.key(ZoneKeys.Key(key, role: .combined), of: apex).dnskey == key.dnskey)
            let refusal = failure { _ = try keys.makeKey(.ed25519, .combined, of: apex, besides: []) }
            #expect(refusal?.contains("nuncio dnssec generate") == true)
            keys.remove(ZoneKeys.Key(key, role: .combined), of: apex)
            #expect(try FileManager.default.contentsOfDirectory(atPath: credentials).count == 1)
        }
    }

    private func failure(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
