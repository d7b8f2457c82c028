/// The feed that changes leave for followers of the storage.
extension ChangeTables {
    /// Deletes entries of the feed, except those of the last places. To be called once in a transaction.
    ///
    /// - Parameters:
    ///   - kept: the number of places that stay.
    ///   - maximum: the maximum number of places that are deleted.
    package mutating func shortenFeed(keeping kept: UInt64, maximum: UInt64 = .max) throws {
        guard let first = try firstFeedPlace()?.number, sequence.number - first >= kept else { return }
        // The last place that stays is the sequence's.
        let count = min(sequence.number - first + 1 - kept, maximum)
        try deleteFeedEntries(before: ChangeSequence(first + count))
    }

    /// The effects of a change, read from the tables as they are after it.
    ///
    /// - Parameters:
    ///   - sequence: the first place of the change.
    ///   - ending: the credentials that it ends.
    func effects(
        of change: Change, at time: Timestamp, sequence: ChangeSequence, ending: [Rotation.Ending]
    ) throws -> [FeedEntry.Effect] {
        switch change {
        case .enrol(let new):
            let values = (new.imported ?? []).enumerated().map { index, imported in
                FeedEntry.Effect.published(
                    imported.value, new.name, sequence: new.sequence(ofImported: index, enrolled: sequence),
                    time: imported.published)
            }
            return [.enrolled(new.name)] + values + (new.credential.map { [.credential($0)] } ?? [])
        case .publish(let value, let name): return [.published(value, name, sequence: sequence, time: time)]
        case .withdraw(let name): return [.withdrawn(name)]
        case .disable(let name): return [.disabled(name)]
        case .enable(let name): return [.enabled(name)]
        case .delete(let name), .expire(let name, _): return [.deleted(name)]
        case .ageValues(let names, let moment): return names.map { .aged($0, until: moment) }
        case .addCredential(let credential, _), .claim(let credential): return [.credential(credential)]
        case .rotate(let credential, _, _): return ending.map { .init($0) } + [.credential(credential)]
        case .revokeCredential(let username): return [.credentialEnded(username)]
        case .editCredential(let username, _), .keepDigest(_, let username):
            return try credential(username).map { [.credential($0)] } ?? []
        case .makeGroup(let label): return [.groupMade(label)]
        case .deleteGroup(let label): return [.groupDeleted(label)]
        case .addMember(let name, let group): return [.memberAdded(name, group)]
        case .removeMember(let name, let group): return [.memberRemoved(name, group)]
        case .makeToken(let token): return [.token(token)]
        case .revokeToken(let label): return try token(label).map { [.token($0)] } ?? []
        case .keepSerials, .forgetAudit, .note, .probe: return []
        }
    }
}

extension FeedEntry.Effect {
    fileprivate init(_ ending: Rotation.Ending) {
        guard let end = ending.end else {
            self = .credentialEnded(ending.credential.username)
            return
        }
        var credential = ending.credential
        credential.expires = end
        self = .credential(credential)
    }
}
