import DNS

/// The rules of an import.
extension ChangeTables {
    /// Enrols delegates that come from another server, each unless it is there already or a rule refuses it.
    ///
    /// The audit log gets an entry for each. The feed gets none, and begins again after them: it keeps fewer changes than an import
    /// can have.
    ///
    /// - Returns: the outcomes, in the order of the delegates.
    /// - Throws: an error that fails the whole transaction.
    package mutating func enrol(imported delegates: [NewDelegate], at time: Timestamp) throws -> [ImportOutcome] {
        // Each pass goes in the order of one index. Neighbours in it share pages, so that few pages are read and written often.
        let byUsername = delegates.order { $0.credential?.username }
        let byName = delegates.order { $0.name.lowercased.withoutFinalDot }
        var scopes: [UniqueID: Credential.Scope] = [:]
        for index in byUsername {
            guard let username = delegates[index].credential?.username else { continue }
            if let holder = try credential(username) { scopes[username] = holder.scope }
        }
        var outcomes = [ImportOutcome](repeating: .present, count: delegates.count)
        var places: [Int: (delegate: Int64, sequence: ChangeSequence)] = [:]
        for index in byName {
            let new = delegates[index]
            outcomes[index] = try outcome(of: new, scopes: scopes)
            guard outcomes[index] == .enrolled else { continue }
            let place = ChangeSequence(sequence.number + 1)
            places[index] = (try insertDelegate(new, at: time, sequence: place), place)
            if let credential = new.credential { scopes[credential.username] = credential.scope }
            try end(.enrol(new), at: time)
        }
        for index in byUsername {
            guard let place = places[index], let credential = delegates[index].credential else { continue }
            try insert(credential, of: place.delegate, sequence: place.sequence)
        }
        if !places.isEmpty { try deleteFeedEntries(through: FeedMark(lastPlace: sequence, time: time)) }
        return outcomes
    }

    /// - Parameter scopes: what those of the user names are good for that are taken.
    private func outcome(of new: NewDelegate, scopes: [UniqueID: Credential.Scope]) throws -> ImportOutcome {
        let taken = new.credential.flatMap { scopes[$0.username] }
        if let taken, taken == new.credential?.scope { return .present }
        if let row = try delegate(new.name) { return .refused(row.deleted == nil ? .nameTaken : .nameDeleted) }
        return taken == nil ? .enrolled : .refused(.usernameTaken)
    }

    /// Writes the audit log's entries of a change, and moves the sequence to its end.
    private mutating func end(_ change: Change, at time: Timestamp) throws {
        let importer = Actor(.operator, from: nil)
        for event in change.events(by: importer, at: time, target: nil, ending: [], addresses: .none) { try append(event) }
        sequence = ChangeSequence(sequence.number + change.sequenceCount)
        shownSequence = sequence
    }
}

extension [NewDelegate] {
    /// The indices in the order of a key; those without one come first.
    fileprivate func order<Key: Comparable>(by key: (NewDelegate) -> Key?) -> [Int] {
        let keys = map(key)
        return indices.sorted { left, right in
            switch (keys[left], keys[right]) {
            case (let first?, let second?): first == second ? left < right : first < second
            case (nil, nil): left < right
            case (let first, _): first == nil
            }
        }
    }
}
