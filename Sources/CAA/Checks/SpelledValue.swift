/// The value of an `issue` or `issuewild` record, read leniently to see what was meant.
struct SpelledValue {
    private(set) var remarks: [CAASpelling.Remark] = []
    private let octets: [UInt8]
    /// Whether a part cannot be corrected without its author.
    private var isBeyondRepair = false

    init(_ octets: [UInt8]) {
        self.octets = octets
    }

    mutating func note(
        _ kind: SpellingFinding.Kind, _ effect: SpellingFinding.Effect, _ summary: String, isBeyondRepair: Bool = false
    ) {
        remarks.append(CAASpelling.Remark(kind: kind, effect: effect, summary: summary))
        if isBeyondRepair { self.isBeyondRepair = true }
    }

    /// Reads the value, collecting remarks.
    ///
    /// - Returns: the values to write instead, the same one if nothing is wrong; `nil` if only the author can know.
    mutating func corrected() -> [String]? {
        let text = unquoted(String(decoding: octets, as: UTF8.self))
        var parts = text.split(separator: ";", omittingEmptySubsequences: false).map { Self.trimmed($0) }
        let issuer = correctedIssuer(parts.removeFirst(), followedBy: &parts)
        var parameters: [CAAProperty.Parameter] = []
        let isAlone = parts.count == 1
        for part in parts {
            if part.isEmpty {
                // “letsencrypt.org;” alone is accepted.
                if !isAlone {
                    note(.finalSemicolon, .closes, "there is a “;” without a parameter behind it, and the record allows nobody")
                }
            } else {
                parameters += self.parameters(in: part)
            }
        }
        let lists = merged(parameters, issuer: issuer)
        guard !isBeyondRepair else { return nil }
        guard !remarks.isEmpty else { return [String(decoding: octets, as: UTF8.self)] }
        return lists.map { list in
            let tail = list.map { "\($0.tag)=\($0.value)" }
            // A record for nobody keeps its semicolon.
            return issuer.isEmpty && tail.isEmpty ? ";" : ([issuer] + tail).joined(separator: "; ")
        }
    }

    private mutating func unquoted(_ text: String) -> String {
        var text = text
        if text.unicodeScalars.contains(where: Self.isQuotationMark) {
            let effect = effect(of: { $0.unicodeScalars.contains(where: Self.isQuotationMark) })
            note(.quotes, effect, "there are quotation marks in the value itself" + Self.words(effect))
            text = String(String.UnicodeScalarView(text.unicodeScalars.filter { !Self.isQuotationMark($0) }))
        }
        if text.contains(#"\;"#) {
            let effect = effect(of: { $0.contains(#"\"#) })
            note(.escapedSemicolon, effect, #"the value itself has “\;” in place of “;”"# + Self.words(effect))
            text = text.split(separator: #"\;"#, omittingEmptySubsequences: false).joined(separator: ";")
        }
        return text
    }

    /// What characters do that do not belong there: those in an unknown parameter do not matter.
    private func effect(of isOdd: (String) -> Bool) -> SpellingFinding.Effect {
        guard let property = CAAProperty(octets) else { return .closes }
        let known = property.parameters.filter { ["accounturi", "validationmethods"].contains($0.tag) }
        return isOdd(property.issuer) || known.contains { isOdd($0.value) } ? .closes : .changesNothing
    }

    private static func words(_ effect: SpellingFinding.Effect) -> String {
        effect == .closes ? ", and the record allows nobody" : ""
    }

    private static func isQuotationMark(_ scalar: Unicode.Scalar) -> Bool {
        ["\"", "\u{201C}", "\u{201D}", "\u{201E}"].contains(scalar)
    }

    static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    static func trimmed(_ text: some StringProtocol) -> String {
        var text = Substring(text).drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return String(text)
    }

    /// Puts parameters together that came more than once.
    ///
    /// - Returns: the parameters of each record to write: one record for each account.
    private mutating func merged(_ parameters: [CAAProperty.Parameter], issuer: String) -> [[CAAProperty.Parameter]] {
        var others: [CAAProperty.Parameter] = []
        var accounts: [String] = []
        var methods: [String] = []
        for parameter in parameters {
            switch parameter.tag {
            case "accounturi":
                let account = correctedAccount(parameter.value, issuer: issuer)
                if !accounts.contains(account) { accounts.append(account) }
            case "validationmethods":
                for method in correctedMethods(parameter.value) where !methods.contains(method) { methods.append(method) }
            default: others.append(parameter)
            }
        }
        for tag in ["accounturi", "validationmethods"] where parameters.count(where: { $0.tag == tag }) > 1 {
            note(.parameterTwice, .closes, "“\(tag)” is there more than once, and the record allows nobody")
        }
        let hasMethods = parameters.contains { $0.tag == "validationmethods" }
        if hasMethods, methods.isEmpty { isBeyondRepair = true }
        if hasMethods {
            others.insert(CAAProperty.Parameter(tag: "validationmethods", value: methods.joined(separator: ",")), at: 0)
        }
        guard !accounts.isEmpty else { return [others] }
        return accounts.map { [CAAProperty.Parameter(tag: "accounturi", value: $0)] + others }
    }
}
