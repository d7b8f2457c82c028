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
}
