/// What an account must show to get a certificate for one name (RFC 8555 section 7.1.4).
package struct Authorization: Hashable, Sendable {
    package let status: Status
    /// The name, in lower case, without the `*.` of a wildcard.
    package let name: String
    package let challenges: [Challenge]

    package enum Status: String, Hashable, Sendable {
        case pending, valid, invalid, deactivated, expired, revoked
    }

    /// The number of challenges that are read.
    package static let maximumChallenges = 20

    init(_ value: JSONValue, at url: AuthorityURL) throws(AuthorityFailure) {
        guard let status = value.text("status").flatMap(Status.init) else {
            throw .invalid("an authorization has no known status")
        }
        guard let name = value["identifier"]?.text("value")?.lowercased() else {
            throw .invalid("an authorization has no name")
        }
        self.status = status
        self.name = name
        challenges = value.list("challenges").prefix(Self.maximumChallenges).compactMap { Challenge($0, at: url) }
    }

    /// The challenge that DNS answers; `nil` if the authority offers none.
    package var dnsChallenge: Challenge? { challenges.first { $0.type == Challenge.dns } }

    /// Why the name was not validated; `nil` if the authority does not say it.
    package var problem: Problem? { challenges.lazy.compactMap(\.problem).first }
}

/// One way to show that a name is ours (RFC 8555 section 8).
package struct Challenge: Hashable, Sendable {
    package let type: String
    package let url: AuthorityURL
    /// The status as the authority writes it: an unknown one counts as pending.
    package let status: String
    let token: String
    package let problem: Problem?

    static let dns = "dns-01"
    private static let maximumTokenLength = 256

    /// - Returns: `nil` for a challenge without a URL or a token, as new kinds can be.
    init?(_ value: JSONValue, at authorization: AuthorityURL) {
        guard let type = value.text("type"), let url = authorization.sibling(value.text("url")),
            let token = value.text("token"),
            token.utf8.count <= Self.maximumTokenLength, Base64URL.isAlphabetic(token)
        else { return nil }
        self.type = type
        self.url = url
        self.token = token
        status = value.text("status") ?? "pending"
        problem = value["error"].flatMap { $0.isObject ? Problem($0) : nil }
    }
}

extension AuthorityClient {
    package func authorization(
        at url: AuthorityURL, by account: Account
    ) async throws(AuthorityFailure) -> (authorization: Authorization, retryAfter: RetryAfter?) {
        let answer = try await post(nil, to: url, by: account.signer)
        return (try Authorization(try answer.object("authorization"), at: url), answer.retryAfter)
    }

    /// Says that a challenge can be looked at.
    package func answer(_ challenge: Challenge, by account: Account) async throws(AuthorityFailure) {
        _ = try await post(Array("{}".utf8), to: challenge.url, by: account.signer)
    }
}
