import Crypto

/// The key that a client sends as X-Api-Key. It is shown once, when it is made, and never stored or logged.
package struct APIKey: Sendable {
    package let text: String

    /// The form of acme-dns: 40 characters of base64url, here 240 random bits.
    package static let length = 40

    package init(using generator: inout some RandomNumberGenerator) {
        text = Base64URL.random(digits: Self.length, using: &generator)
    }

    package init(_ text: String) {
        self.text = text
    }

    /// Makes a key that is unique and cannot be guessed.
    package static func random() -> APIKey {
        var generator = SystemRandomNumberGenerator()
        return APIKey(using: &generator)
    }

    package var digest: KeyDigest {
        KeyDigest(octets: Array(SHA256.hash(data: Array(text.utf8))))
    }
}
