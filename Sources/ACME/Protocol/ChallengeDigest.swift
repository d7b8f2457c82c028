import Crypto
import FoundationEssentials

/// The 43 characters that TXT contains for dns-01 (RFC 8555 section 8.4): the SHA-256 digest of the key authorization.
package struct ChallengeDigest: Hashable, Sendable, Codable {
    package let text: String

    package init(_ challenge: Challenge, of key: SignatureKey) {
        text = Base64URL.text(of: SHA256.hash(data: Data("\(challenge.token).\(key.thumbprint)".utf8)))
    }
}
