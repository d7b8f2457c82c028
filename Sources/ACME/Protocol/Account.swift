/// An account with an authority: its URL, and the key that signs for it (RFC 8555 section 7.1.2).
package struct Account: Sendable {
    package let url: AuthorityURL
    package let key: SignatureKey

    package init(url: AuthorityURL, key: SignatureKey) {
        self.url = url
        self.key = key
    }

    var signer: SignedRequest.Signer { .account(key, url) }
}

/// What a new account is asked for with (RFC 8555 section 7.3).
package struct Registration: Sendable {
    /// URLs such as `mailto:hostmaster@example.net`.
    package var contacts: [String]
    /// Whether the operator agrees to the terms of service.
    package var agreesToTerms: Bool
    package var externalAccount: ExternalAccount?
    /// Whether only an account is wanted that the key already has.
    package var isLookUp = false

    package init(contacts: [String] = [], agreesToTerms: Bool, externalAccount: ExternalAccount? = nil, isLookUp: Bool = false)
    {
        self.contacts = contacts
        self.agreesToTerms = agreesToTerms
        self.externalAccount = externalAccount
        self.isLookUp = isLookUp
    }
}

extension AuthorityClient {
    /// Makes the account of a key, or finds the one that the key already has.
    ///
    /// - Throws: ``AuthorityFailure``. It is a refusal with ``Problem/Kind/accountDoesNotExist`` or
    ///   ``Problem/Kind/unauthorized`` if the account was deactivated or revoked, or if none is found.
    package func account(of key: SignatureKey, _ registration: Registration) async throws(AuthorityFailure) -> Account {
        var request: [String: AccountMember] = [:]
        if registration.isLookUp {
            request["onlyReturnExisting"] = .truth(true)
        } else {
            if registration.agreesToTerms { request["termsOfServiceAgreed"] = .truth(true) }
            if !registration.contacts.isEmpty { request["contact"] = .texts(registration.contacts) }
        }
        let answer: Answer
        do {
            if !registration.isLookUp, let external = registration.externalAccount {
                request["externalAccountBinding"] = .binding(
                    try SignedRequest.binding(of: key, to: external, at: directory.newAccount))
            }
            answer = try await post(try JSONText.octets(request), to: directory.newAccount, by: .key(key))
        } catch let error as AuthorityFailure {
            throw error
        } catch {
            throw .invalid("a request to it cannot be written: \(error)")
        }
        let url = try answer.location(at: directory, of: "account")
        // Some authorities send no body with an account that exists.
        let status = JSONValue(answer.response.body)?.text("status") ?? "valid"
        guard status == "valid" else {
            var problem = Problem(nil)
            problem.kind = .unauthorized
            problem.detail = "the account is \(status == "deactivated" || status == "revoked" ? status : "not valid")"
            throw .refused(problem, status: answer.response.status, retryAfter: nil)
        }
        return Account(url: url, key: key)
    }
}

/// A member of the request for an account.
private enum AccountMember: Encodable {
    case truth(Bool)
    case texts([String])
    case binding([UInt8])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .truth(let truth): try container.encode(truth)
        case .texts(let texts): try container.encode(texts)
        case .binding(let octets):
            let value = JSONValue(octets)
            try container.encode(
                ["payload", "protected", "signature"].reduce(into: [String: String]()) { $0[$1] = value?.text($1) })
        }
    }
}
