/// Showing an authority that names are ours, by dns-01.
struct Validation: Sendable {
    let issuance: Issuance
    let account: Account

    private var client: AuthorityClient { issuance.client }

    /// How long a name, an order or a certificate is waited for: 10 minutes. After that, the attempt has failed.
    static let patience = Duration.seconds(600)
    /// The waits between two questions, if the authority asks for others.
    private static let askedWaits = Duration.seconds(1)...Duration.seconds(60)
    private static let longestWait = Duration.seconds(15)
    /// How often a challenge is answered that stays pending after a failure.
    private static let maximumAnswers = 3

    /// Publishes the values of all names, then lets the authority look.
    func validate(_ order: Order, _ pending: inout PendingOrder) async throws {
        // Each name has one: more could fill a delegate with values.
        guard order.authorizations.count <= issuance.settings.names.count else {
            throw KeepingProblem("the authority wants more validations than the order has names", endsOrder: true)
        }
        var open: [(url: AuthorityURL, challenge: Challenge)] = []
        for url in order.authorizations {
            let authorization = try await client.authorization(at: url, by: account).authorization
            guard let name = issuance.settings.name(authorization.name) else {
                throw KeepingProblem("the authority wants another name validated than those of the order", endsOrder: true)
            }
            try check(authorization)
            guard authorization.status != .valid else { continue }
            guard let challenge = authorization.dnsChallenge else {
                throw KeepingProblem("the authority does not validate \(authorization.name) by dns-01", endsOrder: true)
            }
            let digest = ChallengeDigest(challenge, of: account.key)
            let value = PendingOrder.Value(name: authorization.name, digest: digest)
            if !pending.values.contains(value) { pending.values.append(value) }
            try issuance.folder.keep(pending)
            do {
                try await issuance.surroundings.publish(digest, for: name)
            } catch {
                throw KeepingProblem("the challenge’s value for \(authorization.name) cannot be published: \(error)")
            }
            open.append((url, challenge))
        }
        for (url, challenge) in open { try await validate(url, challenge) }
    }

    private func validate(_ url: AuthorityURL, _ challenge: Challenge) async throws {
        var answers = 0
        try await answer(challenge, &answers)
        _ = try await poll("the validation") {
            let (authorization, retryAfter) = try await client.authorization(at: url, by: account)
            try check(authorization)
            if authorization.status == .valid { return (true, nil) }
            // Some authorities leave a challenge pending after a failure, and look only when they are told again.
            if let challenge = authorization.dnsChallenge, challenge.problem != nil {
                guard answers < Self.maximumAnswers else { throw Self.refusal(of: authorization) }
                try await answer(challenge, &answers)
            }
            return (nil, retryAfter)
        }
    }

    /// An answer that is refused does not matter by itself: the authorization says how it stands.
    private func answer(_ challenge: Challenge, _ answers: inout Int) async throws {
        answers += 1
        guard challenge.status == "pending" || challenge.status == "invalid" else { return }
        do {
            try await client.answer(challenge, by: account)
        } catch {
            guard case .refused(let problem, _, _) = error, problem.kind == .malformed else { throw error }
        }
    }

    private func check(_ authorization: Authorization) throws {
        switch authorization.status {
        case .pending, .valid: return
        case .invalid, .deactivated, .expired, .revoked: throw Self.refusal(of: authorization)
        }
    }

    private static func refusal(of authorization: Authorization) -> KeepingProblem {
        let reason = authorization.problem.map { "\($0)" } ?? "it gives no reason"
        return KeepingProblem("the authority did not validate \(authorization.name): \(reason)", endsOrder: true)
    }

    /// Asks until there is a result, with waits that the authority or a back-off says.
    func poll<Value>(
        _ what: String, _ ask: () async throws -> (value: Value?, retryAfter: RetryAfter?)
    ) async throws -> Value {
        var waited = Duration.zero
        var pause = Duration.seconds(1)
        while true {
            let (value, retryAfter) = try await ask()
            if let value { return value }
            guard waited < Self.patience else {
                throw KeepingProblem(
                    "the authority does not come to an end with \(what) in \(Self.patience.components.seconds) s")
            }
            let wait = retryAfter?.wait(from: issuance.clock.now(), within: Self.askedWaits) ?? pause
            try await issuance.clock.sleep(wait)
            waited += wait
            pause = min(pause * 2, Self.longestWait)
        }
    }
}
