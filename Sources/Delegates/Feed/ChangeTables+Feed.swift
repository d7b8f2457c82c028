/// The feed that changes leave for followers of the storage.
extension ChangeTables {
    /// Deletes the oldest entries of the feed. To be called after the changes of a transaction.
    ///
    /// - Parameters:
    ///   - kept: the number of places, at the end of the sequence, whose entries stay.
    ///   - oldest: entries from before this moment are deleted, too.
    ///   - maximum: the maximum number of entries that are deleted.
    /// - Throws: ``StorageError/unavailable(_:)`` if the feed goes beyond the sequence.
    package mutating func shortenFeed(
        keeping kept: UInt64, since oldest: Timestamp = Timestamp(secondsSinceEpoch: .min), maximum: Int = 10_000
    ) throws {
        guard let first = try oldestFeedEntries(1).first else { return }
        guard first.lastPlace <= sequence else {
            throw StorageError.unavailable(
                "the feed has a change \(first.lastPlace.number) that was not made: the file is damaged")
        }
        func isOver(_ mark: FeedMark, by places: UInt64 = 0) -> Bool {
            mark.time < oldest || mark.lastPlace <= sequence && sequence.number - mark.lastPlace.number >= kept + places
        }
        // Not for each single entry.
        guard isOver(first, by: kept / 100) else { return }
        guard let last = try oldestFeedEntries(maximum).prefix(while: { isOver($0) }).last else { return }
        try deleteFeedEntries(through: last)
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
            return [.enrolled(new.name)] + values + (new.credential.map { [.now($0)] } ?? [])
        case .publish(let value, let name): return [.published(value, name, sequence: sequence, time: time)]
        case .withdraw(let name): return [.withdrawn(name)]
        case .disable(let name): return [.disabled(name)]
        case .enable(let name): return [.enabled(name)]
        case .delete(let name), .expire(let name, _): return [.deleted(name)]
        case .ageValues(let names, let moment): return names.map { .aged($0, until: moment) }
        case .addCredential(let credential, _), .claim(let credential, _): return [.now(credential)]
        case .rotate(let credential, _, _): return ending.map { .init($0) } + [.now(credential)]
        case .revokeCredential(let username): return [.credentialEnded(username)]
        case .editCredential(let username, _), .keepDigest(_, let username):
            return try credential(username).map { [.now($0)] } ?? []
        case .makeGroup(let label): return [.groupMade(label)]
        case .deleteGroup(let label): return [.groupDeleted(label)]
        case .addMember(let name, let group): return [.memberAdded(name, group)]
        case .removeMember(let name, let group): return [.memberRemoved(name, group)]
        case .makeToken(let token): return [.token(token)]
        case .revokeToken(let label): return try token(label).map { [.token($0)] } ?? []
        // Answers and credentials do not depend on domains.
        case .declareDomain, .removeDomain, .recordCheck: return []
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
        self = .now(credential)
    }

    /// A credential as it is now.
    fileprivate static func now(_ credential: Credential) -> FeedEntry.Effect {
        var credential = credential
        credential.isDisabled = false
        return .credential(credential)
    }
}
