/// A URL of a certificate authority: `https`, without a user name and a fragment, in ASCII, of at most 2,048 characters.
package struct AuthorityURL: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    /// The host and the port, in lower case, without the port 443.
    package let origin: String

    package var description: String { text }

    package static let maximumLength = 2048

    /// - Returns: `nil` if the text is no such URL.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
        // What an HTTP client and this check could read in different ways is refused.
        guard text.utf8.allSatisfy({ !#"\"<>^`{|}#"#.utf8.contains($0) }) else { return nil }
        let scheme = "https://"
        guard text.prefix(scheme.count).lowercased() == scheme else { return nil }
        let rest = text.dropFirst(scheme.count)
        var authority = rest.prefix { $0 != "/" && $0 != "?" }.lowercased()
        guard !authority.isEmpty, !authority.contains("@"), !authority.hasPrefix(":") else { return nil }
        if let port = Self.port(of: authority) {
            guard let number = UInt16(port), number > 0, port.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
            if number == 443 { authority.removeLast(port.utf8.count + 1) }
        }
        self.text = text
        origin = authority
    }

    /// The digits after the last colon outside the brackets of an IPv6 address; `nil` if there is no such colon.
    private static func port(of authority: String) -> Substring? {
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else { return nil }
        return authority[authority.index(after: colon)...]
    }

    /// A URL that this authority names. It counts only with the directory's host and port: an answer must not send this server's
    /// requests, which are signed by its account, to anybody else.
    func sibling(_ text: String?) -> AuthorityURL? {
        guard let url = text.flatMap(AuthorityURL.init), url.origin == origin else { return nil }
        return url
    }
}
