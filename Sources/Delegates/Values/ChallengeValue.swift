package import DNS

/// The value that a certificate authority looks for in TXT: a SHA-256 digest in base64url without padding (RFC 8555 section 8.4).
///
/// As in acme-dns, only the alphabet and the length are checked: test values that no digest encodes to are in use.
package struct ChallengeValue: Hashable, Sendable {
    package static let length = 43

    /// The 43 characters.
    package let text: String

    /// - Returns: `nil` unless there are exactly 43 characters of `A-Z a-z 0-9 _ -`.
    package init?(_ text: String) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Base64URL.isDigit) else { return nil }
        self.text = text
    }

    /// The value as data of a TXT record with one string.
    package var recordData: RecordData { .txt(text.utf8) }
}
