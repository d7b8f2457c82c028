import DNS
import DNSSEC
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Signing

/// Keys that the service manager hands over as credentials.
struct KeyCredentialTests {
    private let apex: DomainName

    init() throws {
        apex = try DomainName("Example.net")
    }

    @Test func `a folder of credentials that is not there is no folder without keys`() async throws {
        try await withTemporaryFolder { parent in
            let missing = parent.appending(path: "missing").path
            let refusal = keyFailure {
                _ = try KeyFolder(path: parent.appending(path: "keys").path, secretsPath: missing).unusedKeys(
                    of: apex, besides: [])
            }
            #expect(refusal == .system(.examine, path: missing, reason: "No such file or directory"))
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
                keyFailure { _ = try keys.makeKey(.ed25519, .combined, of: apex, besides: []) } == .makesNoKeys(apex: apex))
            keys.remove(key, of: apex)
            #expect(try FileManager.default.contentsOfDirectory(atPath: credentials).count == 1)
        }
    }
}
