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
        do {
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
            let found = try await client.account(of: account.key, Registration(agreesToTerms: true, isLookUp: true))
            guard found.url != account.url else { return nil }
            try keep(found)
            return found
        } catch let failure as AuthorityFailure where Self.tellsEnd(failure) {
            report(.accountGone(problem: "\(failure)"))
            return try await register(SignatureKey())
        }
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
        let account = try await client.account(
            of: key,
            Registration(
                contacts: settings.contacts, agreesToTerms: settings.acceptsTerms, externalAccount: settings.externalAccount))
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
