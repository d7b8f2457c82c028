package import DNS

/// The URI of an account, as a record can name it (RFC 8657 section 3): one that `accounturi` can hold.
package struct AccountURI: Hashable, Sendable {
    package let text: String

    /// The number of octets that a URI can have.
    package static let maximumLength = 512

    /// - Throws: ``PresentationError`` that says what the text is instead.
    package init(_ text: String) throws(PresentationError) {
        guard !text.isEmpty else { throw PresentationError("the URI of the account is empty") }
        guard text.utf8.count <= Self.maximumLength else {
            throw PresentationError("the URI of the account has \(text.utf8.count) octets: at most \(Self.maximumLength)")
        }
        if text.contains(";") { throw PresentationError("“\(text)” has a “;”, which would end the parameter in a CAA record") }
        guard let odd = text.unicodeScalars.first(where: { !Self.isAllowed($0) }) else {
            let scheme = text.prefix { $0 != ":" }
            guard scheme.count < text.count - 1, let first = scheme.utf8.first, Self.isLetter(first),
                scheme.utf8.allSatisfy({ CAAProperty.isLetterOrDigit($0) || "+-.".utf8.contains($0) })
            else {
                throw PresentationError(
                    "“\(text)” is not the URI of an account: it begins with a scheme, as in https://ca.example/acct/1")
            }
            self.text = text
            return
        }
        let what =
            odd == " " ? "a blank" : odd.isASCII && ("!"..."~").contains(odd) ? "“\(odd)”" : "a character outside ASCII’s print"
        throw PresentationError("“\(text)” is not the URI of an account: URIs cannot have \(what) (RFC 3986)")
    }

    /// Whether a URI can have a character (RFC 3986 section 2); without the semicolon.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: "-._~:/?#[]@!$&'()*+,=%".unicodeScalars.contains(scalar)
        }
    }

    private static func isLetter(_ octet: UInt8) -> Bool {
        CAAProperty.isLetterOrDigit(octet) && !(0x30...0x39 ~= octet)
    }
}
