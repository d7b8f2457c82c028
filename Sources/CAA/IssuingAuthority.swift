/// A certificate authority, as far as CAA records concern it.
package struct IssuingAuthority: Hashable, Sendable {
    /// The names of the authority, of which one must be in a record. If it has none, it is in no record, and may not look for any.
    package var identities: [String]
    package var honoursRFC8657: RFC8657Support
    /// The forms that the URIs of its accounts have; empty if that is not known.
    package var accountForms: [AccountForm]

    package init(identities: [String], honoursRFC8657: RFC8657Support, accountForms: [AccountForm] = []) {
        self.identities = identities
        self.honoursRFC8657 = honoursRFC8657
        self.accountForms = accountForms
    }

    /// Whether an account of this authority can have a URI.
    ///
    /// - Returns: `true` if the forms are not known.
    package func canHave(account uri: String) -> Bool {
        accountForms.isEmpty || accountForms.contains { $0.number(of: uri) != nil }
    }

    /// All texts that stand for an account in a record: its URI, and those of an older API with the same number.
    func texts(for uri: String) -> Set<String> {
        accountForms.reduce(into: [uri]) { texts, form in
            guard let number = form.number(of: uri) else { return }
            texts.formUnion(form.prefixes.map { $0 + number })
        }
    }
}

/// Whether an authority obeys `accounturi` and `validationmethods` (RFC 8657), or ignores them.
package enum RFC8657Support: String, CaseIterable, Sendable {
    case yes, no, unknown
}

/// The URIs of an authority's accounts: a prefix and a number.
package struct AccountForm: Hashable, Sendable {
    /// The prefix of today, then those of older APIs, by which the same accounts are known.
    package let prefixes: [String]

    /// - Returns: the number in an account's URI, in decimal digits; `nil` if it does not have this form.
    package func number(of uri: String) -> String? {
        for prefix in prefixes where uri.hasPrefix(prefix) {
            let number = uri.dropFirst(prefix.count)
            if 1...19 ~= number.utf8.count, number.first != "0", number.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) {
                return String(number)
            }
        }
        return nil
    }
}

extension AccountForm: CustomStringConvertible {
    /// The form of today, with `N` for the number.
    package var description: String { (prefixes.first ?? "") + "N" }
}
