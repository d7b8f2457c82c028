package import DNS

/// Decides whether a client is who it says it is, and so which delegate it may use.
package struct Authentication: Sendable {
    private let storage: any DelegateStorage
    private let clock: SteadyClock
    private let limits: Limits
    private let notes: AuditNotes
    private let slowKeys: any SlowKeyCheck

    package init(
        storage: any DelegateStorage, clock: SteadyClock, limits: Limits, notes: AuditNotes, slowKeys: any SlowKeyCheck
    ) {
        self.storage = storage
        self.clock = clock
        self.limits = limits
        self.notes = notes
        self.slowKeys = slowKeys
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

    /// Who a client is.
    package struct Identity: Sendable {
        package var credential: Credential
        /// Its own delegate, or the member of its group that it has named; nothing if it has named none.
        package var delegate: DomainName?
    }

    /// Longer keys are never given out and are not hashed.
    private static let maximumKeyLength = 256

    /// The credential that the client has, and the delegate that it means.
    ///
    /// An unknown user, a wrong key, another's delegate, one that is disabled, a credential that has expired and an address that is not
    /// allowed look the same, and cost the same to who does not have the key: one look-up, one digest, one comparison. A credential that
    /// came from acme-dns is the exception, until it is used for the first time: see ``SlowKeyCheck``.
    ///
    /// - Throws: ``Refusal/forbidden``, ``Refusal/tooManyFailures(retryAfter:)`` or ``Refusal/busy``, or a ``StorageError`` if nothing can
    ///   be said.
    package func identity(for claim: Claim) async throws -> Identity {
        let username = UniqueID(claim.username) ?? UniqueID.random()
        let credential = try await storage.credential(of: username)
        let objection = try await objection(to: claim, for: credential)
        guard let credential, objection == nil else { throw refusal(of: claim, objection ?? .unknownKey, credential) }
        let delegate = try await delegate(of: credential, claim)
        // Reading a long list costs time, which only who has the key may notice.
        if let restriction = restriction(of: credential, claim) { throw refusal(of: claim, restriction, credential) }
        return Identity(credential: credential, delegate: delegate)
    }

    /// What is against the key: that it is wrong or, where that would cost much to find out, that it could not be used anyway.
    private func objection(to claim: Claim, for credential: Credential?) async throws -> AuditNotes.Reason? {
        let digest = APIKey(String(claim.key.prefix(Self.maximumKeyLength))).digest
        guard let credential else { return digest == Self.digestOfNoKey ? nil : .unknownKey }
        switch credential.check {
        case .digest(let expected): return digest == expected ? nil : .wrongSecret
        case .bcrypt(let hash):
            if let restriction = restriction(of: credential, claim) { return restriction }
            // Who has sent too many wrong ones must wait even with a right one.
            try limits.checkFailures(from: claim.address, now: clock.now)
            guard try await slowKeys.matches(claim.key, hash, of: credential.username, from: claim.address) else {
                return .wrongSecret
            }
            // From now on it is as quick as any. If that cannot be kept, the next use comes back to it.
            _ = try? await storage.commit(
                .keepDigest(digest, of: credential.username), by: Actor(.server, from: nil), at: clock.now)
            return nil
        }
    }

    /// Why not even the right key can be used here and now.
    private func restriction(of credential: Credential, _ claim: Claim) -> AuditNotes.Reason? {
        if credential.hasExpired(at: clock.now) { return .expired }
        if !credential.allowedNetworks.contain(claim.address) { return .address }
        return credential.isDisabled ? .disabled : nil
    }

    /// - Throws: ``Refusal/forbidden`` if the client means another one than it may.
    private func delegate(of credential: Credential, _ claim: Claim) async throws -> DomainName? {
        switch credential.scope {
        case .delegate(let name):
            guard isLabel(claim.subdomain, of: name) else { throw refusal(of: claim, .otherDelegate, credential) }
            return name
        case .group(let group):
            guard let label = claim.subdomain, !label.isEmpty else { return nil }
            // A label alone: of two members whose names go on differently, none is to be taken for the other.
            guard !label.contains("."), let member = try await storage.member(label, of: group) else {
                throw refusal(of: claim, .otherDelegate, credential)
            }
            return member
        }
    }

    /// The same for whatever is wrong.
    private func refusal(of claim: Claim, _ reason: AuditNotes.Reason, _ credential: Credential?) -> Refusal {
        notes.refused(reason, of: credential, from: claim.address)
        do throws(Refusal) {
            try limits.countFailure(from: claim.address, now: clock.now)
            return .forbidden
        } catch {
            return error
        }
    }

    private static let digestOfNoKey = APIKey.random().digest

    private func isLabel(_ text: String?, of delegate: DomainName) -> Bool {
        guard let text else { return true }
        return delegate.labels.first.map { Array($0) == Array(text.utf8) } ?? false
    }
}

/// Checks a key against the hash with which acme-dns has kept it. That takes a processor for about 70 ms, which is why only so many are
/// checked at a time, and so many wait.
package protocol SlowKeyCheck: Sendable {
    /// - Throws: ``Refusal/busy`` if too many wait, for that user name, of that network or at all.
    func matches(
        _ key: String, _ hash: BcryptHash, of username: UniqueID, from address: IPAddress?
    ) async throws(Refusal) -> Bool
}
