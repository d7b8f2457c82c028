package import DNS

/// What is to be changed in the storage: all of it, or nothing.
package enum Change: Sendable {
    /// A delegate that was never there before, and its first credential.
    case enrol(Credential)
    /// A value at a delegate, or its new place if it is published already.
    case publish(ChallengeValue, delegate: DomainName)
    /// All values of a delegate are taken back.
    case withdraw(delegate: DomainName)
    /// A delegate ends for ever: its values and credentials are gone, and its name is never given to anybody again.
    case delete(delegate: DomainName)
    /// One more credential for a delegate, which may have so many.
    case addCredential(Credential, maximum: Int)
    /// A credential ends: it is never taken again.
    case revokeCredential(UniqueID)
    /// What a credential may do changes.
    case editCredential(UniqueID, CredentialEdit)
    /// Entries of the audit log from before that moment go, as long as no later one stands in front of them; so many at most.
    case forgetAudit(before: Timestamp, maximum: Int)
    /// Nothing changes; the audit log gets an entry.
    case note(AuditEvent.Kind, delegate: DomainName?, detail: String?)
    /// Nothing changes, but it has to be written: shows whether a commit is possible.
    case probe
}

extension Change {
    /// Whether who makes the change may make it now. What was found out about them before may be no longer so: their credential can have
    /// ended, expired or been restricted since.
    ///
    /// - Parameters:
    ///   - credential: the actor's, as it is now; nothing if it is there no more.
    ///   - target: the credential that changes, if one does.
    package func isAllowed(to actor: Actor, with credential: Credential?, target: Credential?, at time: Timestamp) -> Bool {
        guard case .credential = actor.kind else { return true }
        guard let credential, !credential.hasExpired(at: time), credential.allowedNetworks.contain(actor.address) else {
            return false
        }
        switch self {
        case .publish(_, let name), .withdraw(let name), .delete(let name): return credential.delegate == name
        case .addCredential(let new, _): return credential.delegate == new.delegate
        case .revokeCredential: return target.map { $0.delegate == credential.delegate } ?? true
        case .editCredential:
            // Who has stolen a credential that is restricted must not open it from elsewhere.
            return target.map { $0.delegate == credential.delegate && $0.allowedNetworks.contain(actor.address) } ?? true
        case .enrol, .forgetAudit, .note, .probe: return false
        }
    }

    /// The credential that changes, if one does.
    package var target: UniqueID? {
        switch self {
        case .revokeCredential(let username), .editCredential(let username, _): username
        case .enrol, .publish, .withdraw, .delete, .addCredential, .forgetAudit, .note, .probe: nil
        }
    }
}

/// Whoever makes a change.
package struct Actor: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Somebody of whom nothing is known.
        case visitor
        case credential(UniqueID)
        /// This server by itself.
        case server
    }

    package var kind: Kind
    /// Nothing if it cannot be known.
    package var address: IPAddress?

    package init(_ kind: Kind, from address: IPAddress?) {
        self.kind = kind
        self.address = address
    }
}
