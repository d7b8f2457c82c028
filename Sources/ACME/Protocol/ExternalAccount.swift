/// An account elsewhere, to which an authority binds the account here (RFC 8555 section 7.3.4).
package struct ExternalAccount: Sendable {
    package let keyID: String
    let key: [UInt8]

    /// - Parameters:
    ///   - keyID: The name of the key, as the authority gave it.
    ///   - key: The key in base64url, as the authority gave it; white space around it is ignored.
    /// - Returns: `nil` if the key is no base64url, or empty.
    package init?(keyID: String, key: String) {
        let text = String(key.split(whereSeparator: \.isWhitespace).joined())
        guard let octets = Base64URL.octets(of: text), !octets.isEmpty else { return nil }
        self.keyID = keyID
        self.key = octets
    }
}

extension ExternalAccount: CustomStringConvertible {
    /// Without the key, so that no log gets it.
    package var description: String { "the external account “\(keyID)”" }
}
