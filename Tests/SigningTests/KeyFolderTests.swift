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
            #expect(failure { _ = try keys.key(entry, of: apex) } == .readableByOthers(path: file))
            chmod(file, 0o600)
            try FileManager.default.moveItem(atPath: file, toPath: folder.path + "/elsewhere")
            #expect(failure { _ = try keys.key(entry, of: apex) } == .missingKey(path: file, apex: apex))
            symlink("elsewhere", file)
            let linked = failure { _ = try keys.key(entry, of: apex) }
            #expect(linked == .system(.open, path: file, reason: "Too many levels of symbolic links"))
            unlink(file)
            try Data("nothing".utf8).write(to: URL(filePath: file))
            chmod(file, 0o600)
            let nothing = failure { _ = try keys.key(entry, of: apex) }
            #expect(nothing == .wrongKey(path: file, tag: made.tag, apex: apex, .noFormat))
            let state = folder.path + "/example.net.state"
            try Data("{".utf8).write(to: URL(filePath: state))
            #expect(failure { _ = try keys.state(of: apex) } == .unreadableState(path: state))
        }
        try await withTemporaryFolder { parent in
            let folder = parent.appending(path: "keys").path
            mkdir(folder, 0o777)
            chmod(folder, 0o777)
            let opened = failure { _ = try KeyFolder(path: folder, secretsPath: nil) }
            #expect(opened == .writableByOthers(.keyFolder(path: folder)))
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
        try await withFolder { keys, folder in
            let file = folder.path + "/" + KeyFile.name(apex: apex, algorithm: .ecdsaP256SHA256, tag: good.tag)
            let entry = ZoneKeys.Key(good, role: .combined)
            for (text, found, kept) in cases {
                try Data(text.utf8).write(to: URL(filePath: file))
                chmod(file, 0o600)
                // Such a file is found for a zone that begins, and for one that has begun.
                #expect(
                    failure { _ = try keys.unusedKeys(of: apex, besides: []) }
                        == .unusableKey(path: file, apex: apex, found))
                #expect(
                    failure { _ = try keys.key(entry, of: apex) }
                        == .wrongKey(path: file, tag: good.tag, apex: apex, kept ?? found))
            }
            try Data(KeyFile.text(of: good).utf8).write(to: URL(filePath: file))
            #expect(try keys.key(entry, of: apex).dnskey == good.dnskey)
            // The same key as a ZSK has another tag.
            let other = try #require(KeyFile.key(in: KeyFile.text(of: good), isSecureEntryPoint: false))
            let missing = folder.path + "/" + KeyFile.name(apex: apex, algorithm: .ecdsaP256SHA256, tag: other.tag)
            #expect(
                failure { _ = try keys.key(ZoneKeys.Key(other, role: .zoneSigning), of: apex) }
                    == .missingKey(path: missing, apex: apex))
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
            let places = [KeyFolder.Place.keyFolder(path: folder)] + files.map { .file(path: $0) }
            for (path, place) in zip([folder] + files, places) {
                chown(path, 65_534, 65_534)
                let refusal = failure {
                    let keys = try KeyFolder(path: folder, secretsPath: nil)
                    _ = try keys.state(of: apex)
                    _ = try keys.key(ZoneKeys.Key(key, role: .combined), of: apex)
                }
                #expect(refusal == .ownedByOther(place, owner: 65_534, user: 0))
                // Root may look at a service's keys.
                let looking = try KeyFolder(path: folder, secretsPath: nil, to: .look)
                #expect(try looking.key(ZoneKeys.Key(key, role: .combined), of: apex).dnskey == key.dnskey)
                chown(path, 0, 0)
            }
            let credentials = parent.appending(path: "credentials").path
            mkdir(credentials, 0o700)
            chown(credentials, 65_534, 65_534)
            func opened() -> KeyFolder.Failure? { failure { _ = try KeyFolder(path: folder, secretsPath: credentials) } }
            #expect(opened() == .ownedByOther(.credentials(path: credentials), owner: 65_534, user: 0))
            chown(credentials, 0, 0)
            chmod(credentials, 0o777)
            #expect(opened() == .writableByOthers(.credentials(path: credentials)))
        }
    }

    @Test func `a folder of credentials that is not there is no folder without keys`() async throws {
        try await withTemporaryFolder { parent in
            let missing = parent.appending(path: "missing").path
            let refusal = failure {
                _ = try KeyFolder(path: parent.appending(path: "keys").path, secretsPath: missing).unusedKeys(
                    of: apex, besides: [])
            }
            #expect(refusal == .system(.examine, path: missing, reason: "No such file or directory"))
        }
    }

    @Test func `one server at a time uses a folder; who only looks does not matter`() async throws {
        try await withFolder { keys, folder in
            #expect(failure { _ = try KeyFolder(path: folder.path, secretsPath: nil) } == .inUse(path: folder.path))
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
            // The folder that is open is gone, and one with the same files is at its path: no file can be made.
            let copy = folder.path + ".copy"
            try FileManager.default.copyItem(atPath: folder.path, toPath: copy)
            try FileManager.default.removeItem(at: folder)
            try FileManager.default.moveItem(atPath: copy, toPath: folder.path)
            let before = try files(folder)
            #expect(failure { try keys.keep(changed, of: apex) }?.isOfFiles("cannot be made") == true)
            #expect(try keys.state(of: apex) == state)
            #expect(try files(folder) == before)
        }
    }

    @Test func `what a crash has left is removed by the next server, not by one that only looks`() async throws {
        try await withTemporaryFolder { parent in
            let folder = parent.appending(path: "keys")
            mkdir(folder.path, 0o700)
            try Data("half of a".utf8).write(to: folder.appending(path: ".nuncio-0123456789abcdef"))
            _ = try KeyFolder(path: folder.path, secretsPath: nil, to: .look)
            #expect(try files(folder).count == 1)
            _ = try KeyFolder(path: folder.path, secretsPath: nil)
            #expect(try files(folder).isEmpty)
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
            #expect(
                failure { _ = try keys.makeKey(.ed25519, .combined, of: apex, besides: []) } == .makesNoKeys(apex: apex))
            keys.remove(ZoneKeys.Key(key, role: .combined), of: apex)
            #expect(try FileManager.default.contentsOfDirectory(atPath: credentials).count == 1)
        }
    }

    private func failure(_ body: () throws -> Void) -> KeyFolder.Failure? {
        do {
            try body()
            return nil
        } catch let failure as KeyFolder.Failure {
            return failure
        } catch {
            Issue.record(error)
            return nil
        }
    }
}
