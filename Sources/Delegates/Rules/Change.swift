package import DNS

/// What is to be changed in the storage: all of it, or nothing.
package enum Change: Sendable {
    // Delegates.
    /// A delegate that was never there before.
    case enrol(NewDelegate)
    /// A value at a delegate, or its new place if it is published already.
    case publish(ChallengeValue, delegate: DomainName)
    /// All values of a delegate are taken back.
    case withdraw(delegate: DomainName)
    /// Until it is enabled again, a delegate has no values, and its credentials are not taken.
    case disable(delegate: DomainName)
    case enable(delegate: DomainName)
    /// A delegate ends for ever: its values and credentials are gone, and its name is never given to anybody again.
    case delete(delegate: DomainName)
    /// The same, if nothing was ever published there and it was enrolled before that moment.
    case expire(delegate: DomainName, enrolledBefore: Timestamp)

    // Credentials.
    /// One more credential for a delegate or a group, which may have so many.
    case addCredential(Credential, maximum: Int)
    /// The delegate that was prepared first for the actor's token gets its first credential. Which one it is, is decided then: the
    /// credential's scope is of no account, and afterwards it is that delegate.
    case claim(Credential)
    /// A new credential takes the place of all others of its delegate or group. They end at that moment at the latest, or at once where
    /// there would be more than so many. What it may do, and its label if it has none, are decided then: see
    /// ``successor(_:of:at:)``.
    case rotate(Credential, othersEnd: Timestamp, maximum: Int)
    /// A credential ends: it is never taken again.
    case revokeCredential(UniqueID)
    /// What a credential may do changes.
    case editCredential(UniqueID, CredentialEdit)
    /// The key of a credential was seen: from now on its digest is enough.
    case keepDigest(KeyDigest, of: UniqueID)

    // Groups and tokens.
    case makeGroup(OperatorLabel)
    /// A group and its credentials end; its delegates stay.
    case deleteGroup(OperatorLabel)
    case addMember(DomainName, group: OperatorLabel)
    case removeMember(DomainName, group: OperatorLabel)
    case makeToken(RegistrationToken)
    case revokeToken(OperatorLabel)

    // Serials.
    /// The serials of zones rise, or stand for something else.
    case keepSerials([SerialRecord])
    /// Values of these delegates whose time was over at a moment go.
    case ageValues(of: [DomainName], until: Timestamp)

    // The storage itself.
    /// Entries of the audit log go, the oldest first: those from before that moment, and those of which there are more than are to be
    /// kept; as many at a time as the maximum says.
    case forgetAudit(before: Timestamp, keeping: Int = .max, maximum: Int)
    /// Nothing changes; the audit log gets an entry.
    case note(AuditEvent.Kind, delegate: DomainName?, detail: String?)
    /// Nothing changes, but it has to be written: shows whether a commit is possible.
    case probe
}
