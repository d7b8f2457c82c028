package import DNS

/// Decides whether a client's credential is valid, and which delegate the client may use.
package struct Authentication: Sendable {
    private let storage: any DelegateStorage
    private let credentials: CredentialTable
    private let clock: SteadyClock
    private let limits: Limits
    private let notes: AuditNotes
    private let slowKeys: any SlowKeyCheck

    /// - Parameter credentials: follows the storage, which is asked only where the table is uncertain.
    package init(
        storage: any DelegateStorage, credentials: CredentialTable, clock: SteadyClock, limits: Limits, notes: AuditNotes,
        slowKeys: any SlowKeyCheck
    ) {
        self.storage = storage
        self.credentials = credentials
        self.clock = clock
        self.limits = limits
        self.notes = notes
        self.slowKeys = slowKeys
    }

    /// A client's statements about itself, all of them unchecked.
    package struct Claim: Sendable {
        package var username: String
        package var key: String
        /// The delegate's first label, compared as it was sent; `nil` if the request does not name one, or is too broken to.
        package var subdomain: String?
        /// `nil` if it is unknown: then only credentials that are allowed from everywhere can be used.
        package var address: IPAddress?

        package init(username: String, key: String, subdomain: String?, address: IPAddress?) {
            self.username = username
            self.key = key
            self.subdomain = subdomain
            self.address = address
        }
    }

    /// An authenticated client.
    package struct Identity: Sendable {
        package var credential: HeldCredential
        /// The credential's own delegate, or the member of its group that the client named; `nil` if it named none.
        package var delegate: DomainName?
    }

    /// The number of characters of a key that are hashed: longer keys are never given out.
    private static let maximumKeyLength = 256

    /// Finds the credential that the client has, and the delegate that it means.
    ///
    /// An unknown user, a wrong key, another's delegate, a disabled one, an expired credential and an address that is not allowed look the
    /// same, and cost the same to a client without the key: one look-up, one digest, one comparison. A credential that came from acme-dns
    /// is the exception, until its first use: see ``SlowKeyCheck``.
    ///
    /// - Throws: ``Refusal/forbidden``, ``Refusal/tooManyFailures(retryAfter:)`` or ``Refusal/busy``; a ``StorageError`` if the storage
    ///   cannot tell.
    package func identity(for claim: Claim) async throws -> Identity {
        let username = UniqueID(claim.username) ?? UniqueID.random()
        let credential = try await credential(of: username)
        let objection = try await objection(to: claim, for: credential)
        guard let credential, objection == nil else { throw refusal(of: claim, objection ?? .unknownKey, credential) }
        let delegate = try await delegate(of: credential, claim)
        // Reading a long list takes time, which only the holder of the key may notice.
        if let restriction = restriction(of: credential, claim) { throw refusal(of: claim, restriction, credential) }
        return Identity(credential: credential, delegate: delegate)
    }

    private func credential(of username: UniqueID) async throws(StorageError) -> HeldCredential? {
        switch credentials.find(username) {
        case .known(let credential): credential
        case .unknown: nil
        case .uncertain: try await storage.credential(of: username).map { HeldCredential($0) }
        }
    }

    /// The objection to the key: it is wrong or, if that is expensive to find out, could not be used anyway. `nil` if there is none.
    private func objection(to claim: Claim, for credential: HeldCredential?) async throws -> AuditNotes.Reason? {
        let digest = APIKey(String(claim.key.prefix(Self.maximumKeyLength))).digest
        guard let credential else { return digest == Self.digestOfNoKey ? nil : .unknownKey }
        switch credential.check {
        case .digest(let expected): return digest == expected ? nil : .wrongSecret
        case .bcrypt(let hash):
            if let restriction = restriction(of: credential, claim) { return restriction }
            // After too many wrong keys, even a right one must wait.
            try limits.checkFailures(from: claim.address, now: clock.now)
            guard try await slowKeys.matches(claim.key, hash, of: credential.username, from: claim.address) else {
                return .wrongSecret
            }
            // From now on the key is as quick to check as any. If the digest cannot be stored, the next use tries again.
            _ = try? await storage.commit(
                .keepDigest(digest, of: credential.username), by: Actor(.server, from: nil), at: clock.now)
            return nil
        }
    }

    /// Why even the right key cannot be used here and now; `nil` if it can.
    private func restriction(of credential: HeldCredential, _ claim: Claim) -> AuditNotes.Reason? {
        if credential.hasExpired(at: clock.now) { return .expired }
        if !credential.allowedNetworks.contain(claim.address) { return .address }
        return credential.isDisabled ? .disabled : nil
    }

    /// - Throws: ``Refusal/forbidden`` or ``Refusal/tooManyFailures(retryAfter:)`` if the client means a delegate that it may not use.
    private func delegate(of credential: HeldCredential, _ claim: Claim) async throws -> DomainName? {
        switch credential.scope {
        case .delegate(let name):
            guard isLabel(claim.subdomain, of: name) else { throw refusal(of: claim, .otherDelegate, credential) }
            return name
        case .group(let group):
            guard let label = claim.subdomain, !label.isEmpty else { return nil }
            // A label only: a longer name must not stand for a member whose name continues differently.
            guard !label.contains("."), let member = try await member(label, of: group) else {
                throw refusal(of: claim, .otherDelegate, credential)
            }
            return member
        }
    }

    private func member(_ label: String, of group: OperatorLabel) async throws(StorageError) -> DomainName? {
        switch credentials.member(label, of: group) {
        case .member(let name): name
        case .noMember: nil
        case .uncertain: try await storage.member(label, of: group)
        }
    }

    /// Notes and counts a failure. The refusal is the same for every reason.
    private func refusal(of claim: Claim, _ reason: AuditNotes.Reason, _ credential: HeldCredential?) -> Refusal {
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

/// Checks a key against the hash that acme-dns kept of it. That takes a processor about 70 ms, so the number of checks at a time, and of
/// those that wait, is limited.
package protocol SlowKeyCheck: Sendable {
    /// - Throws: ``Refusal/busy`` if too many checks wait: for that user name, from that network or in total.
    func matches(
        _ key: String, _ hash: BcryptHash, of username: UniqueID, from address: IPAddress?
    ) async throws(Refusal) -> Bool
}
