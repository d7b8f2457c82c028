package import DNS

/// The CAA records that let certain accounts alone obtain certificates: the second lock of a domain.
package struct CAALock: Hashable, Sendable {
    /// The authorities' names in CAA records.
    package var authorities: [String]
    package var accounts: [AccountURI]
    /// The methods that are allowed; empty for all.
    package var methods: [ValidationMethod]
    package var wildcards: Wildcards
    /// Whether accounts of environments for tests are meant as well.
    package var isStaging: Bool

    package enum Wildcards: Hashable, Sendable {
        /// No `issuewild`: the `issue` records decide about wildcards as well.
        case asPlainNames
        /// The same records as `issuewild` again, so that wildcards stay locked if others come to `issue`.
        case locked
        /// `issuewild ";"`
        case forbidden
    }

    /// The number of authorities, and of accounts.
    package static let maximumCount = 20
    /// The number of octets of data in all records together: one response has to hold them.
    package static let maximumOctets = 32_768

    package init(
        authorities: [String], accounts: [AccountURI], methods: [ValidationMethod] = [], wildcards: Wildcards = .asPlainNames,
        isStaging: Bool = false
    ) {
        self.authorities = authorities
        self.accounts = accounts
        self.methods = methods
        self.wildcards = wildcards
        self.isStaging = isStaging
    }

    /// - Returns: the records, first those of `issue`.
    /// - Throws: ``PresentationError`` that says what does not fit together and what would.
    package func records() throws(PresentationError) -> [CAARecord] {
        guard authorities.count <= Self.maximumCount, accounts.count <= Self.maximumCount else {
            throw PresentationError("there are at most \(Self.maximumCount) authorities and \(Self.maximumCount) accounts")
        }
        guard wildcards != .locked || methods.isEmpty || methods.contains(where: \.isForWildcards) else {
            let methods = methods.map(\.rawValue).joined(separator: ", ")
            throw PresentationError("no certificate for a wildcard can be had by \(methods): dns-01 is for wildcards")
        }
        let tail = methods.isEmpty ? "" : "; validationmethods=\(methods.map(\.rawValue).joined(separator: ","))"
        let values = try issuers().map { "\($0.identity); accounturi=\($0.account.text)\(tail)" }
        var records = values.map { CAARecord(tag: "issue", value: $0) }
        switch wildcards {
        case .asPlainNames: break
        case .locked: records += values.map { CAARecord(tag: "issuewild", value: $0) }
        case .forbidden: records.append(CAARecord(tag: "issuewild", value: ";"))
        }
        let octets = records.reduce(0) { $0 + $1.data.octets.count }
        guard octets <= Self.maximumOctets else {
            throw PresentationError("the records have \(octets) octets of data: at most \(Self.maximumOctets)")
        }
        return records
    }

    private struct Issuer {
        var identity: String
        var account: AccountURI
    }

    /// Which account belongs to which authority.
    private func issuers() throws(PresentationError) -> [Issuer] {
        for account in accounts { try check(account) }
        var issuers: [Issuer] = []
        for identity in authorities {
            let own = accounts.filter { isAccount($0, of: identity) }
            guard !own.isEmpty else {
                throw PresentationError("no account is one of \(identity): \(Self.rightForm(of: identity))")
            }
            issuers += own.map { Issuer(identity: identity, account: $0) }
        }
        if isStaging { try checkStaging() }
        return issuers
    }

    private func isAccount(_ account: AccountURI, of identity: String) -> Bool {
        if let owner = Self.owner(of: account) { return owner.identities.contains(identity) }
        return AuthorityTable.entry(for: identity)?.accountForms.isEmpty ?? true
    }

    /// Checks that an account can be one of these authorities.
    private func check(_ account: AccountURI) throws(PresentationError) {
        guard let owner = Self.owner(of: account) else {
            guard !authorities.contains(where: { isAccount(account, of: $0) }) else { return }
            let forms = authorities.map(Self.rightForm).joined(separator: "; ")
            throw PresentationError(
                "“\(account.text)” cannot be an account of \(authorities.joined(separator: " or ")): \(forms)")
        }
        guard owner.identities.contains(where: authorities.contains) else {
            throw PresentationError(
                "“\(account.text)” is an account of \(owner.name): its record needs the authority \(owner.identities[0])")
        }
        guard isStaging || !Self.isStaging(account) else {
            throw PresentationError(
                "“\(account.text)” is an account of \(owner.name)’s environment for tests, which obtains no real certificate: give "
                    + "that of production, \(owner.accountForms.map(\.description).joined(separator: " or ")), or both with --staging"
            )
        }
    }

    private func checkStaging() throws(PresentationError) {
        let forms = authorities.flatMap { AuthorityTable.entry(for: $0)?.stagingForms ?? [] }.map(\.description)
        guard !forms.isEmpty else {
            throw PresentationError("no environment for tests of \(authorities.joined(separator: " or ")) is known")
        }
        guard accounts.contains(where: Self.isStaging) else {
            throw PresentationError(
                "staging has accounts of its own: give the URI of that account as well, \(forms.joined(separator: " or "))")
        }
    }

    /// The authority in ``AuthorityTable`` whose accounts have this form.
    private static func owner(of account: AccountURI) -> AuthorityTable.Entry? {
        AuthorityTable.entries.first {
            ($0.accountForms + $0.stagingForms).contains { $0.number(of: account.text) != nil }
        }
    }

    private static func isStaging(_ account: AccountURI) -> Bool {
        owner(of: account)?.stagingForms.contains { $0.number(of: account.text) != nil } ?? false
    }

    private static func rightForm(of identity: String) -> String {
        guard let entry = AuthorityTable.entry(for: identity), !entry.accountForms.isEmpty else {
            return "\(identity) has other accounts"
        }
        return "an account of \(entry.name) is \(entry.accountForms.map(\.description).joined(separator: " or "))"
    }

    /// What the author of the records should know, in sentences.
    ///
    /// - Parameter date: The day for which to look into ``AuthorityTable``.
    package func notes(on date: CalendarDate) -> [String] {
        var notes = authorities.filter { AuthorityTable.authority($0, on: date).honoursRFC8657 != .yes }.map {
            "\($0) is not known to honour accounturi before \(AuthorityTable.obligation): until then any account of it may obtain a "
                + "certificate, so the lock is open."
        }
        if !accounts.isEmpty, accounts.allSatisfy(Self.isStaging) {
            notes.append("All accounts are of staging: with these records nobody can obtain a real certificate.")
        }
        return notes
    }
}
