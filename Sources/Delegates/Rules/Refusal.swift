/// A refusal by a rule. Each interface has one table that turns these into its own statuses.
package enum Refusal: Error, Hashable, Sendable {
    /// The user is unknown, the key wrong, the credential expired, the delegate another's or disabled, or the address not allowed: the
    /// client is never told which.
    case forbidden
    /// Not exactly 43 characters of base64url.
    case invalidChallengeValue
    /// Not a network in CIDR notation; the given text.
    case invalidAllowedNetwork(String)
    /// A label of a credential that is too long, or has control characters.
    case invalidLabel
    /// An expiry of a credential that is not in the future.
    case invalidExpiry
    /// Only the operator enrols new delegates.
    case registrationClosed
    /// Enrolment needs a registration token, and there was none, or one that is not (or no longer) valid.
    case registrationTokenNeeded
    /// The token has reached its limit of delegates.
    case registrationTokenUsedUp
    /// The token has reached its limit of delegates for now.
    case tooManyRegistrationsOfToken(retryAfter: Duration)
    /// A group's key can publish and keep domains, and nothing else.
    case groupKey
    /// A request with a group's key must name a delegate.
    case subdomainMissing
    /// Not a label for a group or a token; the given text.
    case invalidOperatorLabel(String)
    /// Not a name that a delegate can have; the given text.
    case invalidDelegateName(String)
    /// Not a domain that certificates can be for; what is wrong, in a sentence.
    case invalidDomain(String)
    /// A quota or a number that is too small or too large.
    case invalidQuota
    /// Too many keys are being checked: this one would have to wait for too long.
    case busy
    /// The network has reached its limit of enrolments for now.
    case tooManyRegistrations(retryAfter: Duration)
    /// The network has reached its limit of delegates.
    case tooManyDelegatesOfNetwork(maximum: Int)
    /// The server has reached its limit of names, and the API enrols no more.
    case tooManyDelegates
    /// Too little is free on the storage's disk to enrol more.
    case tooLittleRoom
    /// The network has sent too many wrong credentials and must wait. Right ones are accepted, except at the first use of one from
    /// acme-dns.
    case tooManyFailures(retryAfter: Duration)
    /// The delegate has reached its limit of published values for now.
    case tooManyUpdates(retryAfter: Duration)
    /// The network has reached its limit of published values for now.
    case tooManyUpdatesOfNetwork(retryAfter: Duration)
    /// The delegate has reached its limit of changes by its holder for now: of its keys, added domains, and withdrawals.
    case tooManyKeyChanges(retryAfter: Duration)
    /// The delegate has reached its limit of looks at its domains for now.
    case tooManyDiagnoses(retryAfter: Duration)
    /// Too many domains are being looked at, or one for this delegate.
    case doctorBusy
    /// Not a zone of this server; the given text.
    case noSuchZone(String)
    /// A zone's keys are not changed; the reason in words.
    case keysNotChanged(String)
    /// The server obtains no certificate for itself.
    case noOwnCertificate
    /// The server's own certificate is not revoked; the reason in words.
    case certificateNotRevoked(String)

    // Changes.
    /// The delegate to change is not enrolled, or was deleted.
    case noSuchDelegate
    /// The actor's credential or token does not permit the change, or no longer: it may have ended, expired or been restricted since.
    case notAllowed
    /// The credential to change does not exist.
    case noSuchCredential
    /// The delegate or group has reached its limit of credentials.
    case tooManyCredentials(maximum: Int)
    /// The delegate or group has no other valid credential, and could not be used any more.
    case lastCredential
    /// The name is enrolled. Names are never given out twice.
    case nameTaken
    /// The name was enrolled and deleted. Names are never given out twice.
    case nameDeleted
    /// Another credential has the same user name.
    case usernameTaken
    /// The delegate is disabled: nothing can be published there.
    case delegateDisabled
    /// The delegate is that of a name in the server's own certificate, and is needed for its renewal.
    case ownDelegate
    /// A value was published at the delegate, it was enrolled too recently to expire, or it is disabled.
    case delegateInUse
    /// The delegate has reached its limit of domains: ``Limits/domainsOfDelegate``.
    case tooManyDomains
    /// The delegate has not declared the domain.
    case noSuchDomain
    /// No delegate is prepared for the token's holder.
    case nothingPrepared
    /// Another member of the group has the same first label, and could not be told from this one.
    case memberLabelTaken
    case noSuchGroup
    /// A group of this label exists.
    case groupTaken
    /// The group has reached its limit of delegates.
    case groupFull
    case noSuchToken
    /// A token of this label exists, or did.
    case tokenTaken
}
