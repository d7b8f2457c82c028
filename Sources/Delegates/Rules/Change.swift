package import DNS

/// A change to make in the storage, in full or not at all.
package enum Change: Sendable {
    // Delegates.
    /// Enrols a delegate that never existed before.
    case enrol(NewDelegate)
    /// Publishes a value at a delegate, or moves it to its new place if it is published already.
    case publish(ChallengeValue, delegate: DomainName)
    /// Withdraws all values of a delegate.
    case withdraw(delegate: DomainName)
    /// Disables a delegate: until it is enabled again, it has no values, and its credentials are not accepted.
    case disable(delegate: DomainName)
    case enable(delegate: DomainName)
    /// Ends a delegate for ever: its values and credentials are gone, and its name is never given out again.
    case delete(delegate: DomainName)
    /// Ends a delegate in the same way if nothing was ever published there, it was enrolled before that moment and it is not disabled.
    case expire(delegate: DomainName, enrolledBefore: Timestamp)

    // Credentials.
    /// Adds a credential to a delegate or a group, which may have at most the maximum.
    case addCredential(Credential, maximum: Int)
    /// Gives the first delegate that was prepared for the actor's token its first credential, and declares domains there. The commit decides
    /// which delegate that is: it ignores the credential's scope, and sets it to that delegate. It drops domains that are declared already.
    case claim(Credential, domains: [DeclaredDomain] = [])
    /// Replaces all credentials of a delegate or group by a new one. They end at that moment at the latest, or at once where there would be
    /// more than the maximum. The commit decides what the new one may do, and its label if it has none: see
    /// ``Rotation/successor(_:of:at:)``.
    case rotate(Credential, othersEnd: Timestamp, maximum: Int)
    /// Ends a credential: it is never accepted again.
    case revokeCredential(UniqueID)
    /// Changes a credential's label, allowed networks or expiry.
    case editCredential(UniqueID, CredentialEdit)
    /// Stores the digest of a credential's key, which was seen: from now on the digest is enough.
    case keepDigest(KeyDigest, of: UniqueID)

    // Domains.
    /// Declares that a delegate is for a domain; changes nothing if it has declared that already.
    case declareDomain(DeclaredDomain, delegate: DomainName)
    /// Removes a domain that a delegate has declared, with all that is known of it.
    case removeDomain(DeclaredDomain, delegate: DomainName)
    /// Stores the outcome of a look at a declared domain.
    case recordCheck(DomainCheck, of: DeclaredDomain, delegate: DomainName)

    // Groups and tokens.
    case makeGroup(OperatorLabel)
    /// Ends a group and its credentials; its delegates stay.
    case deleteGroup(OperatorLabel)
    case addMember(DomainName, group: OperatorLabel)
    case removeMember(DomainName, group: OperatorLabel)
    case makeToken(RegistrationToken)
    case revokeToken(OperatorLabel)

    // Serials.
    /// Stores serials of zones that rise, or stand for something else.
    case keepSerials([SerialRecord])
    /// Deletes the values of these delegates that were too old at a moment.
    case ageValues(of: [DomainName], until: Timestamp)

    // The storage itself.
    /// Deletes entries of the audit log, oldest first: those from before that moment, and those beyond the number to keep; at most the
    /// maximum at a time.
    case forgetAudit(before: Timestamp, keeping: Int = .max, maximum: Int)
    /// Changes nothing, but adds an entry to the audit log.
    case note(AuditEvent.Kind, delegate: DomainName?, detail: String?)
    /// Changes nothing, but has to be written: shows whether a commit is possible.
    case probe
}
