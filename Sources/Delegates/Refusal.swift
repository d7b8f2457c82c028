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
    /// One network has enrolled as many delegates as it may for now.
    case tooManyRegistrations(retryAfter: Duration)
    /// One network has sent wrong credentials so often that it is told to wait. Right ones are taken all the same.
    case tooManyFailures(retryAfter: Duration)
    /// As many values were published at the delegate as may be for now.
    case tooManyUpdates(retryAfter: Duration)
}

/// The storage could not do what was asked. Nothing about names or credentials follows from it.
package enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It failed, or is closed; the reason in words for the operator.
    case unavailable(String)
    /// More changes wait to be committed than the storage takes.
    case overloaded
    /// The delegate that should change is not enrolled, or was deleted.
    case noSuchDelegate
    /// The credential with which the change should be made has ended, expired or been restricted in the meantime.
    case notAllowed
    /// The credential that should change is not there.
    case noSuchCredential
    /// The delegate has as many credentials as it may.
    case tooManyCredentials
    /// The delegate has no other credential that is good: nobody could use it any more.
    case lastCredential
    /// The name was enrolled before. Names are never given out twice.
    case nameTaken

    /// Whether the storage cannot do its work, as opposed to a rule that says no.
    package var isTrouble: Bool {
        switch self {
        case .unavailable, .overloaded: true
        case .noSuchDelegate, .notAllowed, .noSuchCredential, .tooManyCredentials, .lastCredential, .nameTaken: false
        }
    }

    package var description: String {
        switch self {
        case .unavailable(let reason): reason
        case .overloaded: "too many changes wait for the storage"
        case .noSuchDelegate: "no such delegate"
        case .notAllowed: "the credential is not good any more"
        case .noSuchCredential: "no such credential"
        case .tooManyCredentials: "the delegate has as many credentials as it may"
        case .lastCredential: "the delegate has no other credential"
        case .nameTaken: "the name was enrolled before"
        }
    }
}
