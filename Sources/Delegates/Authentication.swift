import DNS

/// Decides whether a client is who it says it is, and so which delegate it may use.
package struct Authentication: Sendable {
    private let storage: any DelegateStorage
    private let clock: SteadyClock
    private let limits: Limits
    private let notes: AuditNotes

    package init(storage: any DelegateStorage, clock: SteadyClock, limits: Limits, notes: AuditNotes) {
        self.storage = storage
        self.clock = clock
        self.limits = limits
        self.notes = notes
    }

    /// What a client says about itself, all of it unchecked.
    package struct Claim: Sendable {
        package var username: String
        package var key: String
        /// The delegate's first label, compared as it was sent; nothing if the request does not say, or is too broken to.
        package var subdomain: String?
        /// Nothing if it cannot be known: then only credentials that may be used from everywhere can be used.
        package var address: IPAddress?

        package init(username: String, key: String, subdomain: String?, address: IPAddress?) {
            self.username = username
            self.key = key
            self.subdomain = subdomain
            self.address = address
        }
    }

    /// Longer keys are never given out and are not hashed.
    private static let maximumKeyLength = 256

    /// The credential that the client has.
    ///
    /// An unknown user, a wrong key, another's delegate, a credential that has expired and an address that is not allowed look the
    /// same, and cost the same to who does not have the key: one look-up, one digest, one comparison.
    ///
    /// - Throws: ``Refusal/forbidden`` or ``Refusal/tooManyFailures(retryAfter:)``, or a ``StorageError`` if nothing can be said.
    package func credential(for claim: Claim) async throws -> Credential {
        var generator = SystemRandomNumberGenerator()
        let username = UniqueID(claim.username) ?? UniqueID(using: &generator)
        let credential = try await storage.credential(of: username)

        let digest = APIKey(String(claim.key.prefix(Self.maximumKeyLength))).digest
        let expected = credential?.keyDigest ?? Self.digestOfNoKey
        let isKeyRight = digest == expected
        let isDelegateRight = credential.map { isLabel(claim.subdomain, of: $0.delegate) } ?? false
        guard let credential, isKeyRight, isDelegateRight else {
            let reason: AuditNotes.Reason =
                credential == nil ? .unknownKey : isKeyRight ? .otherDelegate : .wrongSecret
            throw refusal(of: claim, reason, delegate: credential?.delegate)
        }
        // Reading a long list costs time, which only who has the key may notice.
        guard !credential.hasExpired(at: clock.now) else {
            throw refusal(of: claim, .expired, delegate: credential.delegate)
        }
        guard credential.allowedNetworks.contain(claim.address) else {
            throw refusal(of: claim, .address, delegate: credential.delegate)
        }
        return credential
    }

    /// The same for whatever is wrong.
    private func refusal(of claim: Claim, _ reason: AuditNotes.Reason, delegate: DomainName?) -> Refusal {
        notes.refused(reason, delegate: delegate, from: claim.address)
        do throws(Refusal) {
            try limits.countFailure(from: claim.address, now: clock.now)
            return .forbidden
        } catch {
            return error
        }
    }

    private static let digestOfNoKey: KeyDigest = {
        var generator = SystemRandomNumberGenerator()
        return APIKey(using: &generator).digest
    }()

    private func isLabel(_ text: String?, of delegate: DomainName) -> Bool {
        guard let text else { return true }
        return delegate.labels.first.map { Array($0) == Array(text.utf8) } ?? false
    }
}
