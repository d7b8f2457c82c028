extension HostName {
    /// Something that people write in place of a host name.
    struct Misunderstanding: CustomStringConvertible {
        let description: String

        /// - Returns: `nil` if the text is no known misunderstanding. Such text need not be a valid name.
        ///
        /// - Parameters:
        ///   - underscores: where the suggested name may have them.
        ///   - isOwner: whether the name need not be a host name.
        init?(_ text: String, _ underscores: Underscores = .inFront, isOwner: Bool = false) {
            guard let what = Self.kind(of: text) ?? (isOwner ? nil : Self.kindOfOwner(text)) else { return nil }
            let name = Self.name(within: text, underscores).map { ": write the name alone, “\($0)”" } ?? ""
            description = "“\(text)” \(what)\(name)"
        }

        private static func kind(of text: String) -> String? {
            if text.isEmpty { return "is empty: give a name like example.net" }
            if text.first?.isWhitespace == true || text.last?.isWhitespace == true { return "begins or ends with a blank" }
            if text.contains("://") { return "is a URL, not a name" }
            if text.contains("@") { return "is a mail address, not a name" }
            if isAddress(text) { return "is an address, not a name" }
            if text.contains(":") { return "has a port, and is not just a name" }
            return nil
        }

        /// Kinds of text that a record can belong to, but that cannot name a host.
        private static func kindOfOwner(_ text: String) -> String? {
            if text.hasPrefix("*.") { return "is a wildcard, not a name" }
            if text.contains("/") { return "has a path, and is not a name" }
            return nil
        }

        /// Whether the text is an address, also with a port or a prefix length.
        private static func isAddress(_ text: String) -> Bool {
            let address = text.prefix { $0 != "/" }
            guard address.hasPrefix("[") else {
                return IPv6Address(address.prefix { $0 != "%" }) != nil || IPv4Address(address.prefix { $0 != ":" }) != nil
            }
            let inside = address.dropFirst().prefix { $0 != "]" && $0 != "%" }
            return IPv6Address(inside) != nil || IPv4Address(inside) != nil
        }

        /// The host name within the text; `nil` if there is none, or if the text is only the name.
        static func name(within text: String, _ underscores: Underscores) -> String? {
            var rest = text[...]
            while rest.first?.isWhitespace == true { rest.removeFirst() }
            while rest.last?.isWhitespace == true { rest.removeLast() }
            if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
            rest = rest.prefix { !"/?#".contains($0) }
            if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
            if let colon = rest.lastIndex(of: ":"), rest[colon...].dropFirst().allSatisfy(\.isNumber) { rest = rest[..<colon] }
            if rest.hasPrefix("*.") { rest = rest.dropFirst(2) }
            return rest == text[...] ? nil : HostName.ascii(rest, underscores: underscores)
        }
    }
}

extension DomainName {
    /// Reads a name that DNS clients query. It may have any label, but not what people write by mistake: a URL, an address, a port, or
    /// characters that are not ASCII, for which the error gives the A-labels (RFC 5890).
    package init(asked text: some StringProtocol) throws(PresentationError) {
        let text = String(text)
        if let misunderstanding = HostName.Misunderstanding(text, isOwner: true) {
            throw PresentationError(misunderstanding.description)
        }
        guard text.unicodeScalars.allSatisfy(\.isASCII) else { throw HostName.notASCII(text) }
        try self.init(text)
    }

    /// Reads the name of a zone. It need not be a host name, as zone files have others (RFC 2317), but it cannot be a wildcard.
    package init(zone text: some StringProtocol) throws(PresentationError) {
        let text = String(text)
        if text.hasPrefix("*."), let misunderstanding = HostName.Misunderstanding(text) {
            throw PresentationError(misunderstanding.description)
        }
        try self.init(asked: text)
    }
}
