import DNS
import DNSSEC
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Signing

/// The keys and states that a folder keeps, for one server at a time.
struct KeyFolderTests {
    private let apex: DomainName

    init() throws {
        apex = try DomainName("Example.net")
    }

    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `keys and state come back as they were, in files for their user alone`() async throws {
        try await withKeyFolder { keys, folder in
            let made = try keys.makeKey(.ecdsaP256SHA256, .combined, of: apex, besides: [])
            let state = ZoneKeys(keys: [ZoneKeys.Key(made, role: .combined)])
            #expect(try keys.state(of: apex) == nil)
            try keys.keep(state, of: apex, after: nil)
            #expect(try keys.state(of: apex) == state)
            #expect(try keys.key(state.keys[0], of: apex).dnskey == made.dnskey)
            let digits = String(format: "%05d", Int(made.tag))
            #expect(try files(folder) == ["Kexample.net.+013+\(digits).private", "example.net.state"])
            #expect(try mode(folder.path) == 0o700)
            for file in try files(folder) { #expect(try mode(folder.path + "/" + file) == 0o600) }
            keys.remove(made, of: apex)
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
        try await withKeyFolder { keys, folder in
            let file = folder.appending(path: "example.net.state")
            try Data(text.utf8).write(to: file)
            let state = try #require(try keys.state(of: apex))
            #expect(state.keys.map(\.algorithm) == [.ecdsaP256SHA256, .ed25519])
            #expect(state.keys.map(\.role) == [.keySigning, .zoneSigning])
            try keys.keep(state, of: apex, after: state)
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
        }
    }

    @Test func `one server at a time uses a folder; who only looks does not matter`() async throws {
        try await withKeyFolder { keys, folder in
            #expect(keyFailure { _ = try KeyFolder(path: folder.path, secretsPath: nil) } == .inUse(path: folder.path))
            _ = try KeyFolder(path: folder.path, secretsPath: nil, to: .look)
            _ = keys
        }
    }

    @Test func `a state that cannot be written leaves the one that is there`() async throws {
        try await withKeyFolder { keys, folder in
            let made = try keys.makeKey(.ed25519, .combined, of: apex, besides: [])
            let state = ZoneKeys(keys: [ZoneKeys.Key(made, role: .combined)])
            try keys.keep(state, of: apex, after: nil)
            var changed = state
            try changed.replace(by: ZoneKeys.Key(SigningKey(.ed25519, isSecureEntryPoint: true, avoiding: []), role: .combined))
            // The folder that is open is gone, and one with the same files is at its path: no file can be made.
            let copy = folder.path + ".copy"
            try FileManager.default.copyItem(atPath: folder.path, toPath: copy)
            try FileManager.default.removeItem(at: folder)
            try FileManager.default.moveItem(atPath: copy, toPath: folder.path)
            let before = try files(folder)
            #expect(keyFailure { try keys.keep(changed, of: apex, after: state) }?.isOfFiles("cannot be made") == true)
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
}
