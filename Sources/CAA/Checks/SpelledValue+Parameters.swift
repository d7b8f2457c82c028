/// The parameters in a value.
extension SpelledValue {
    private static let known = ["accounturi", "validationmethods"]

    /// Reads one part between semicolons.
    ///
    /// - Returns: what it should be: a part in which a semicolon is missing holds several, one that must go holds none.
    mutating func parameters(in part: String) -> [CAAProperty.Parameter] {
        guard let sign = part.firstIndex(of: "=") else {
            // Dropping a restriction would open what it should close.
            let isKnown = Self.known.contains {
                EditDistance.between(String(part.lowercased().prefix($0.count)), $0, limit: 2) != nil
            }
            note(
                .parameterMalformed, .closes, "“\(part)” is no parameter, since it has no “=”, and the record allows nobody",
                isBeyondRepair: isKnown)
            return []
        }
        let tag = correctedTag(Self.trimmed(part[..<sign]))
        let (value, rest) = separated(Self.trimmed(part[part.index(after: sign)...]))
        let following = rest.map { parameters(in: $0) } ?? []
        guard let tag else { return following }
        if !value.unicodeScalars.allSatisfy({ ("!"..."~").contains($0) }) {
            note(
                .parameterMalformed, .closes,
                "the value of “\(tag)” has a character that is not ASCII, and the record allows nobody",
                isBeyondRepair: true)
        }
        return [CAAProperty.Parameter(tag: tag, value: value)] + following
    }

    /// - Returns: `nil` if the parameter must go.
    private mutating func correctedTag(_ tag: String) -> String? {
        if Self.known.contains(tag) { return tag }
        let letters = String(tag.lowercased().filter { $0 != "-" && $0 != "_" })
        if let near = Self.known.first(where: { EditDistance.between(letters, $0, limit: 2) != nil }) {
            let isWellFormed = tag.utf8.allSatisfy(CAAProperty.isLetterOrDigit)
            let effect = "is an unknown parameter, " + (isWellFormed ? "which is ignored" : "and the record allows nobody")
            note(
                tag.lowercased() == near ? .parameterCase : .parameterMisspelt, isWellFormed ? .opens : .closes,
                "“\(tag)” \(effect): “\(near)” is right")
            return near
        }
        guard tag.utf8.allSatisfy(CAAProperty.isLetterOrDigit) else {
            let isHyphen = tag.utf8.allSatisfy { CAAProperty.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            let reason =
                isHyphen
                ? "has a hyphen, which Let’s Encrypt does not accept in the name of a parameter"
                : "is no name of a parameter: they have letters and digits"
            note(isHyphen ? .parameterHyphen : .parameterMalformed, .closes, "“\(tag)” \(reason), and the record allows nobody")
            return nil
        }
        return tag
    }

    /// - Returns: the value without blanks, and what follows if a semicolon is missing.
    private mutating func separated(_ value: String) -> (value: String, rest: String?) {
        guard let blank = value.firstIndex(where: Self.isBlank) else { return (value, nil) }
        let rest = Self.trimmed(value[blank...])
        if rest.prefix(while: { $0 != "," && $0 != "/" }).contains("=") {
            note(.blank, .closes, "there is a blank in front of “\(rest)” where a “;” must be, and the record allows nobody")
            return (String(value[..<blank]), rest)
        }
        note(.blank, .closes, "there is a blank in “\(value)”, and the record allows nobody")
        return (String(value.filter { !Self.isBlank($0) }), nil)
    }

    /// Looks at the value of `accounturi`.
    mutating func correctedAccount(_ account: String, issuer: String) -> String {
        guard !account.isEmpty else {
            note(.accountEmpty, .closes, "“accounturi” has no value, and the record allows nobody", isBeyondRepair: true)
            return account
        }
        guard let entry = AuthorityTable.entry(for: issuer), !entry.accountForms.isEmpty else { return account }
        let forms = entry.accountForms + entry.stagingForms
        guard !forms.contains(where: { $0.number(of: account) != nil }) else { return account }
        let right = forms.map(\.description).joined(separator: " or ")
        let corrected = Self.normalised(account)
        note(
            .accountMisspelt, .closes,
            "“\(account)” is no account of \(entry.name), and the record allows nobody: an account is \(right)",
            isBeyondRepair: !forms.contains { $0.number(of: corrected) != nil })
        return corrected
    }

    /// Returns a URI with `https://` in front, its host in lower case, and no slash at the end.
    private static func normalised(_ uri: String) -> String {
        var rest = uri[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        while rest.last == "/" { rest.removeLast() }
        let host = rest.prefix { $0 != "/" }
        return "https://" + host.lowercased() + rest.dropFirst(host.count)
    }

    /// Looks at the value of `validationmethods`.
    mutating func correctedMethods(_ list: String) -> [String] {
        let known = ValidationMethod.allCases.map(\.rawValue)
        // Whether a label of the list is found by some method.
        let isUseful = ValidationMethod.allCases.contains { CAAProperty.listing(of: $0, in: list) == .listed }
        var methods: [String] = []
        for item in list.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            // Labels that begin with “ca-” are an authority's own (RFC 8657 section 4).
            if known.contains(item) || item.hasPrefix("ca-") && CAAProperty.isMethodLabel(item) {
                methods.append(item)
                continue
            }
            let letters = Self.letters(of: item)
            let near = known.first { Self.letters(of: $0) == letters } ?? EditDistance.nearest(to: item, of: known, limit: 1)
            let isLabel = CAAProperty.isMethodLabel(item)
            let what = isLabel ? "“\(item)” is no method that is known" : "“\(item)” is no label of a method"
            let effect = isUseful ? "" : ", and the record allows nobody"
            note(
                isLabel ? .methodUnknown : .methodMalformed, isUseful ? .changesNothing : .closes,
                what + effect + (near.map { ": “\($0)” is one" } ?? ""))
            if let near { methods.append(near) }
        }
        return methods
    }

    private static func letters(of label: String) -> String {
        String(label.lowercased().filter { $0 != "-" && $0 != "_" && $0 != "." })
    }
}
