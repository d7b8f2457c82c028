package import DNS

/// The value that a certificate authority looks for in TXT: a SHA-256 digest in base64url without padding (RFC 8555 section 8.4).
///
/// As in acme-dns, only the alphabet and the length are checked: test values that no digest encodes to are in use. So the 43 characters
/// stand for 258 bits, not for the 256 of a digest.
package struct ChallengeValue: Hashable, Sendable {
    package static let length = PackedDigits.count

    let digits: PackedDigits

    init(_ digits: PackedDigits) {
        self.digits = digits
    }

    /// - Returns: `nil` unless there are exactly 43 characters of `A-Z a-z 0-9 _ -`.
    package init?(_ text: String) {
        guard text.utf8.count == Self.length else { return nil }
        self.init(Array(text.utf8).span)
    }

    /// - Returns: `nil` unless there are exactly 43 octets of `A-Z a-z 0-9 _ -`.
    package init?(_ octets: Span<UInt8>) {
        guard let digits = PackedDigits(octets) else { return nil }
        self.digits = digits
    }

    /// The 43 characters.
    package var text: String { String(decoding: digits.octets, as: UTF8.self) }

    /// The value as data of a TXT record with one string.
    package var recordData: RecordData {
        RecordData(type: .txt, octets: [UInt8(Self.length)] + digits.octets)
    }
}
