import DNS
import Delegates
import Foundation
import TestSupport
import Testing

@testable import StorageParts

/// Credentials in the feed.
struct StoredCredentialTests {
    @Test(arguments: [
        "", "web", "“x y”", "a\"b", "back\\slash", "\\\"", "/\u{7F}\u{2028}", "\u{0}\t\n\u{1F}", "ü\u{1F600}", "u\u{308}",
    ])
    func `a credential's JSON is what the decoder reads, whatever its label`(label: String) throws {
        let name = try DomainName("a\\032b.d.example")
        var credential = NewCredential(
            for: .delegate(name), label: label, allowedNetworks: .all, created: Samples.start, expires: Samples.start
        ).credential
        var group = credential
        group.scope = .group(try OperatorLabel("team"))
        group.check = .bcrypt(Samples.bcryptHash)
        group.expires = nil
        credential.allowedNetworks = try AllowedNetworks(["192.0.2.0/24", "2001:db8::/32"])
        credential.lastUse = Credential.Use(time: Samples.start, address: "192.0.2.7")
        for credential in [credential, group] {
            let json = StoredCredential(credential).json
            let read = try JSONDecoder().decode(StoredCredential.self, from: Data(json.utf8))
            #expect(read.credential(credential.username) == credential && Array(read.label.utf8) == Array(label.utf8))
            #expect(try Self.members(of: json) == Self.members(of: Self.encoded(credential)))
        }
    }

    private static func encoded(_ credential: Credential) throws -> String {
        String(decoding: try JSONEncoder().encode(StoredCredential(credential)), as: UTF8.self)
    }

    private static func members(of text: String) throws -> Set<String> {
        Set(try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]).keys)
    }
}
