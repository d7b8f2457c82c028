/// The authority's name in a value.
extension SpelledValue {
    /// - Parameter parts: what follows it; a parameter that stands before the first semicolon is put in front.
    mutating func correctedIssuer(_ text: String, followedBy parts: inout [String]) -> String {
        var issuer = text
        if let blank = issuer.firstIndex(where: Self.isBlank) {
            let rest = Self.trimmed(issuer[blank...])
            note(
                .blank, .closes,
                "there is a blank behind “\(issuer[..<blank])” where a “;” must be, and the record allows nobody")
            parts.insert(rest, at: 0)
            issuer = String(issuer[..<blank])
        }
        if let host = Self.host(ofURL: issuer) {
            note(
                .issuerURL, .closes, "“\(issuer)” is a URL, and an authority’s name is a domain name: the record allows nobody")
            issuer = host
        }
        let lowercased = issuer.lowercased()
        if lowercased != issuer {
            note(.issuerCase, .closes, "“\(issuer)” is compared octet by octet with “\(lowercased)”: the record allows nobody")
            issuer = lowercased
        }
        if let near = AuthorityTable.identity(near: issuer) {
            note(.issuerMisspelt, .closes, "“\(issuer)” is no authority that is known: “\(near)” is one")
            issuer = near
        } else if issuer.hasSuffix("."), issuer.count > 1 {
            note(
                .issuerMisspelt, .closes,
                "“\(issuer)” ends with a dot, and an authority’s name does not: the record allows nobody")
            issuer.removeLast()
        } else if !issuer.unicodeScalars.allSatisfy({ ("!"..."~").contains($0) }) {
            note(
                .issuerMisspelt, .closes,
                "the authority’s name has a character that is not ASCII, or a control character, and the record allows nobody",
                isBeyondRepair: true)
        }
        return issuer
    }

    /// - Returns: `nil` if the text is no URL.
    private static func host(ofURL text: String) -> String? {
        guard text.contains("/") else { return nil }
        var rest = text[...]
        while let slashes = rest.firstRange(of: "//") { rest = rest[slashes.upperBound...] }
        return String(rest.prefix { $0 != "/" && $0 != ":" && $0 != "?" })
    }
}
