import DNS

extension Change {
    /// The number of places in the storage's sequence that the change takes: its own, and one for each value that comes with a delegate.
    package var sequenceCount: UInt64 {
        switch self {
        case .enrol(let new): 1 + UInt64(new.imported?.count ?? 0)
        // The records themselves say what happens to serials.
        case .keepSerials: 0
        // Each domain is looked at again and again: no follower needs to know, and entries that some do need would leave the feed.
        case .recordCheck: 0
        case .publish, .withdraw, .disable, .enable, .delete, .expire, .addCredential, .claim, .rotate, .revokeCredential,
            .editCredential, .keepDigest, .makeGroup, .deleteGroup, .addMember, .removeMember, .makeToken, .revokeToken,
            .declareDomain, .removeDomain, .ageValues, .forgetAudit, .note, .probe:
            1
        }
    }

    /// The credential that changes, if one does.
    var target: UniqueID? {
        switch self {
        case .revokeCredential(let username), .editCredential(let username, _), .keepDigest(_, let username): username
        case .enrol, .publish, .withdraw, .disable, .enable, .delete, .expire, .addCredential, .claim, .rotate, .makeGroup,
            .deleteGroup, .addMember, .removeMember, .makeToken, .revokeToken, .declareDomain, .removeDomain, .recordCheck,
            .keepSerials, .ageValues, .forgetAudit, .note, .probe:
            nil
        }
    }

    /// The delegate that the change names, which an actor's credential must reach.
    var delegate: DomainName? {
        switch self {
        case .enrol(let new): new.name
        case .publish(_, let name), .withdraw(let name), .disable(let name), .enable(let name), .delete(let name),
            .expire(let name, _), .addMember(let name, _), .removeMember(let name, _), .declareDomain(_, let name),
            .removeDomain(_, let name), .recordCheck(_, _, let name):
            name
        case .addCredential(let credential, _), .claim(let credential, _), .rotate(let credential, _, _): credential.delegate
        case .note(_, let name, _): name
        case .revokeCredential, .editCredential, .keepDigest, .makeGroup, .deleteGroup, .makeToken, .revokeToken,
            .keepSerials, .ageValues, .forgetAudit, .probe:
            nil
        }
    }
}
