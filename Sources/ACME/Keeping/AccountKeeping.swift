import FoundationEssentials

/// The account with which certificates are ordered: stored, made, and replaced when the authority has ended it.
struct AccountKeeping: Sendable {
    let client: AuthorityClient
    let settings: KeepingSettings
    let folder: CertificateFolder
    let report: @Sendable (KeepingEvent) -> Void

    /// The stored account, or a new one.
    func account() async throws -> Account {
        let stored = try folder.account(of: settings.directory)
        guard let stored, let key = SignatureKey(pem: stored.key) else { return try await register(SignatureKey()) }
        if let url = settings.directory.sibling(stored.url) { return Account(url: url, key: key) }
        // The process ended before the authority's answer came, or the authority refused: only it knows whether there is an account.
        do {
            let found = try await lookUp(key)
            try keep(found)
            return found
        } catch let failure as AuthorityFailure where failure.problem?.kind == .accountDoesNotExist {
            return try await register(key)
        } catch let failure as AuthorityFailure where Self.tellsEnd(failure) {
            report(.accountGone(problem: "\(failure)"))
            return try await register(SignatureKey())
        }
    }

    /// Whether a refusal can mean that the account has ended.
    static func tellsEnd(_ failure: AuthorityFailure) -> Bool {
        failure.problem?.kind == .accountDoesNotExist || failure.problem?.kind == .unauthorized
    }

    /// Makes a new account if the authority has ended the one that there is.
    ///
    /// - Returns: `nil` if the account is as good as before.
    func replacement(of account: Account) async throws -> Account? {
        do {
            let found = try await lookUp(account.key)
            guard found.url != account.url else { return nil }
            try keep(found)
            return found
        } catch let failure as AuthorityFailure where Self.tellsEnd(failure) {
            report(.accountGone(problem: "\(failure)"))
            return try await register(SignatureKey())
        }
    }

    private func lookUp(_ key: SignatureKey) async throws -> Account {
        try await client.account(of: key, Registration(agreesToTerms: true, isLookUp: true))
    }

    private func register(_ key: SignatureKey) async throws -> Account {
        if let terms = client.directory.termsOfService, !settings.acceptsTerms {
            throw KeepingProblem(
                "the authority has terms of service, which are not accepted yet: read \(terms), then accept them")
        }
        if client.directory.requiresExternalAccount, settings.externalAccount == nil {
            throw KeepingProblem("the authority wants the key of an account with it (an external account), and none is given")
        }
        try folder.keep(StoredAccount(directory: settings.directory.text, key: key.pem), of: settings.directory)
        let account: Account
        do throws(AuthorityFailure) {
            account = try await client.account(
                of: key,
                Registration(
                    contacts: settings.contacts, agreesToTerms: settings.acceptsTerms, externalAccount: settings.externalAccount
                ))
        } catch {
            guard let externalAccount = settings.externalAccount, error.problem != nil else { throw error }
            // Most authorities do not say that it is this which they refuse.
            throw KeepingProblem(KeepingProblem(error), words: "no account could be made with \(externalAccount): \(error)")
        }
        try keep(account)
        report(.accountReady(url: account.url.text))
        return account
    }

    private func keep(_ account: Account) throws {
        try folder.keep(
            StoredAccount(directory: settings.directory.text, key: account.key.pem, url: account.url.text),
            of: settings.directory)
    }
}
