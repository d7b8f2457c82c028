/// A rule that says no. Each door has one table that turns these into its own statuses.
package enum Refusal: Error, Hashable, Sendable {
    /// The user is unknown, or the key wrong, or the delegate another's, or the address not allowed: a client is never told which.
    case forbidden
    /// Not exactly 43 characters of base64url.
    case invalidChallengeValue
    /// Not a network in CIDR notation; what was given.
    case invalidAllowedNetwork(String)
    /// A label of a credential that is too long, or has control characters.
    case invalidLabel
    /// A time until which a credential is to be good that has passed already.
    case invalidExpiry
    /// New delegates are enrolled by the operator only.
    case registrationClosed
    /// New delegates are enrolled with a registration token only, and there was none, or one that is not good (any more).
    case registrationTokenNeeded
    /// As many delegates were enrolled with the token as may be.
    case registrationTokenUsedUp
    /// As many delegates were enrolled with the token as may be for now.
    case tooManyRegistrationsOfToken(retryAfter: Duration)
    /// A group's key can publish, and nothing else.
    case groupKey
    /// With a group's key, it has to be said at which delegate.
    case subdomainMissing
    /// No label as operators call groups and tokens; what was given.
    case invalidOperatorLabel(String)
    /// No name that a delegate can have; what was given.
    case invalidDelegateName(String)
    /// A quota or a number that is too small or too large.
    case invalidQuota
    /// So many keys are checked at the same time that this one would have to wait for too long.
    case busy
    /// One network has enrolled as many delegates as it may for now.
    case tooManyRegistrations(retryAfter: Duration)
    /// One network has as many delegates as it may.
    case tooManyDelegatesOfNetwork(maximum: Int)
    /// There are as many names as may be enrolled over the API.
    case tooManyDelegates
    /// Too little is free on the storage's disk for enrolling more.
    case tooLittleRoom
    /// One network has sent wrong credentials so often that it is told to wait. Right ones are taken all the same.
    case tooManyFailures(retryAfter: Duration)
    /// As many values were published at the delegate as may be for now.
    case tooManyUpdates(retryAfter: Duration)
    /// As many values were published from the network as may be for now.
    case tooManyUpdatesOfNetwork(retryAfter: Duration)
    /// As many changes of the delegate's keys were made as may be for now.
    case tooManyKeyChanges(retryAfter: Duration)
    /// What was given is no zone of this server.
    case noSuchZone(String)
    /// A zone's keys are not changed; the reason in words.
    case keysNotChanged(String)

    // Changes.
    /// The delegate that should change is not enrolled, or was deleted.
    case noSuchDelegate
    /// The credential with which the change should be made has ended, expired or been restricted in the meantime.
    case notAllowed
    /// The credential that should change is not there.
    case noSuchCredential
    /// The delegate or group has as many credentials as it may.
    case tooManyCredentials(maximum: Int)
    /// The delegate or group has no other credential that is good: nobody could use it any more.
    case lastCredential
    /// The name is enrolled. Names are never given out twice.
    case nameTaken
    /// The name was enrolled and deleted. Names are never given out twice.
    case nameDeleted
    /// Another credential has the same user name.
    case usernameTaken
    /// The delegate is disabled: nothing can be published there.
    case delegateDisabled
    /// A value was published at the delegate, or it was enrolled too recently to expire.
    case delegateInUse
    /// There is no delegate that the token's holder could take over.
    case nothingPrepared
    /// Another member of the group has the same first label, and could not be told from this one.
    case memberLabelTaken
    case noSuchGroup
    /// There is a group of this label.
    case groupTaken
    /// The group has as many delegates as it may.
    case groupFull
    case noSuchToken
    /// There is a token of this label, or was.
    case tokenTaken
}
