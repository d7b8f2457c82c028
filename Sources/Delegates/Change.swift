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
    /// Nothing changes, but it has to be written: shows whether a commit is possible.
    case probe
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
