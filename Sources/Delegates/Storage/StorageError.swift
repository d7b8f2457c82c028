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
    case tooManyCredentials(maximum: Int)
    /// The delegate has no other credential that is good: nobody could use it any more.
    case lastCredential
    /// The name is enrolled. Names are never given out twice.
    case nameTaken
    /// The network has as many delegates as it may.
    case networkFull(maximum: Int)
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
    /// As many delegates were enrolled with the token as may be.
    case tokenUsedUp

    /// Whether the storage cannot do its work, as opposed to a rule that says no.
    package var isTrouble: Bool {
        switch self {
        case .unavailable, .overloaded: true
        case .noSuchDelegate, .notAllowed, .noSuchCredential, .tooManyCredentials, .lastCredential, .nameTaken, .networkFull,
            .nameDeleted,
            .usernameTaken, .delegateDisabled, .delegateInUse, .nothingPrepared, .memberLabelTaken, .noSuchGroup, .groupTaken,
            .groupFull,
            .noSuchToken, .tokenTaken, .tokenUsedUp:
            false
        }
    }

    package var description: String {
        switch self {
        case .unavailable(let reason): reason
        case .overloaded: "too many changes wait for the storage"
        case .noSuchDelegate: "no such delegate"
        case .notAllowed: "the credential is not good any more"
        case .noSuchCredential: "no such key"
        case .tooManyCredentials(let maximum): "there are at most \(maximum) keys: delete one that is not used any more"
        case .lastCredential: "there is no other key that is good: make one first"
        case .nameTaken: "the name is enrolled already"
        case .networkFull(let maximum): "a network may have at most \(maximum) delegates"
        case .nameDeleted: "the name was deleted, and is never given out again"
        case .usernameTaken: "there is another credential with this user name"
        case .delegateDisabled: "the delegate is disabled"
        case .delegateInUse: "the delegate is in use"
        case .nothingPrepared: "nothing is prepared for this token"
        case .memberLabelTaken: "another delegate of the group has the same first label"
        case .noSuchGroup: "no such group"
        case .groupTaken: "there is a group of this label"
        case .groupFull: "a group has at most \(GroupRecord.maximumMembers) delegates"
        case .noSuchToken: "no such token"
        case .tokenTaken: "there is or was a token of this label"
        case .tokenUsedUp: "as many delegates were enrolled with the token as may be"
        }
    }
}
