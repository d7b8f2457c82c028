extension HostName {
    /// Something else that people write where a name of a host is wanted.
    struct Misunderstanding: CustomStringConvertible {
        let description: String

        /// - Returns: `nil` if the text may be a name, or is at least no such thing.
        ///
        /// - Parameters:
        ///   - underscores: where they may be in the name that is to be written instead.
        ///   - isOwner: whether the name need not be one of a host.
        init?(_ text: String, _ underscores: Underscores = .inFront, isOwner: Bool = false) {
            guard let what = Self.kind(of: text) ?? (isOwner ? nil : Self.kindOfOwner(text)) else { return nil }
            let name = Self.name(within: text, underscores).map { ": write the name alone, “\($0)”" } ?? ""
            description = "“\(text)” \(what)\(name)"
        }

        private static func kind(of text: String) -> String? {
            if text.isEmpty { return "is empty: a name like example.net is wanted" }
            if text.first?.isWhitespace == true || text.last?.isWhitespace == true { return "has a blank at an end" }
            if text.contains("://") { return "is a URL, not a name" }
            if text.contains("@") { return "is a mail address, not a name" }
            if isAddress(text) { return "is an address, not a name" }
            if text.contains(":") { return "has a port, and is not a name alone" }
            return nil
        }

        /// What a record can belong to, and a host cannot have.
        private static func kindOfOwner(_ text: String) -> String? {
            if text.hasPrefix("*.") { return "is a wildcard, not a name" }
            if text.contains("/") { return "has a path, and is not a name" }
            return nil
        }

        /// Also with a port or the length of a prefix.
        private static func isAddress(_ text: String) -> Bool {
            let address = text.prefix { $0 != "/" }
            guard address.hasPrefix("[") else {
                return IPv6Address(address.prefix { $0 != "%" }) != nil || IPv4Address(address.prefix { $0 != ":" }) != nil
            }
            let inside = address.dropFirst().prefix { $0 != "]" && $0 != "%" }
            return IPv6Address(inside) != nil || IPv4Address(inside) != nil
        }

        /// The name of a host that is a part of the text, if there is one.
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
    /// Reads a name that clients of the DNS ask for. Any label can be in it, but not what people write by mistake: a URL, an address, a
    /// port, and characters that are not ASCII, for which the A-labels are told (RFC 5890).
    ///
    /// - Throws: ``PresentationError``.
    package init(asked text: some StringProtocol) throws(PresentationError) {
        let text = String(text)
        if let misunderstanding = HostName.Misunderstanding(text, isOwner: true) {
            throw PresentationError(misunderstanding.description)
        }
        guard text.unicodeScalars.allSatisfy(\.isASCII) else { throw HostName.notASCII(text) }
        try self.init(text)
    }

    /// Reads the name of a zone. As a zone file can name it, it need not be one of a host (RFC 2317), but it is no wildcard.
    ///
    /// - Throws: ``PresentationError``.
    package init(zone text: some StringProtocol) throws(PresentationError) {
        let text = String(text)
        if text.hasPrefix("*."), let misunderstanding = HostName.Misunderstanding(text) {
            throw PresentationError(misunderstanding.description)
        }
        try self.init(asked: text)
    }
}
