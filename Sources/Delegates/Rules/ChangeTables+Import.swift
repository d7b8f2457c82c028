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
        let order = ImportOrder(of: delegates)
        var taken = ImportedNames()
        let outcomes = try outcomes(of: delegates, in: order, &taken)
        var places: [Int: (delegate: Int64, sequence: ChangeSequence)] = [:]
        for index in order.byName where outcomes[index] == .enrolled {
            let place = ChangeSequence(sequence.number + 1)
            places[index] = (try insertDelegate(delegates[index], at: time, sequence: place), place)
            try end(.enrol(delegates[index]), at: time)
        }
        for index in order.byUsername {
            guard let place = places[index], let credential = delegates[index].credential else { continue }
            try insert(credential, of: place.delegate, sequence: place.sequence)
        }
        if !places.isEmpty { try deleteFeedEntries(through: FeedMark(lastPlace: sequence, time: time)) }
        return outcomes
    }

    /// The outcomes that ``enrol(imported:at:)`` would have, in the order of the delegates.
    ///
    /// - Parameter taken: the names that earlier delegates of the same import would have taken. Gets those of these delegates.
    package func outcomes(
        ofImporting delegates: [NewDelegate], besides taken: inout ImportedNames
    ) throws -> [ImportOutcome] {
        try outcomes(of: delegates, in: ImportOrder(of: delegates), &taken)
    }

    private func outcomes(
        of delegates: [NewDelegate], in order: ImportOrder, _ taken: inout ImportedNames
    ) throws -> [ImportOutcome] {
        for index in order.byUsername {
            guard let username = delegates[index].credential?.username else { continue }
            if let holder = try credential(username) { taken.scopes[username] = holder.scope }
        }
        var outcomes = [ImportOutcome](repeating: .present, count: delegates.count)
        for index in order.byName {
            let new = delegates[index]
            outcomes[index] = try outcome(of: new, besides: taken)
            guard outcomes[index] == .enrolled else { continue }
            taken.delegates.insert(new.name)
            if let credential = new.credential { taken.scopes[credential.username] = credential.scope }
        }
        return outcomes
    }

    private func outcome(of new: NewDelegate, besides taken: ImportedNames) throws -> ImportOutcome {
        let holder = new.credential.flatMap { taken.scopes[$0.username] }
        if let holder, holder == new.credential?.scope { return .present }
        guard !taken.delegates.contains(new.name) else { return .refused(.nameTaken) }
        if let row = try delegate(new.name) { return .refused(row.deleted == nil ? .nameTaken : .nameDeleted) }
        return holder == nil ? .enrolled : .refused(.usernameTaken)
    }

    /// Writes the audit log's entries of a change, and moves the sequence to its end.
    private mutating func end(_ change: Change, at time: Timestamp) throws {
        let importer = Actor(.operator, from: nil)
        for event in change.events(by: importer, at: time, target: nil, ending: [], declaration: nil, addresses: .none) {
            try append(event)
        }
        sequence = ChangeSequence(sequence.number + change.sequenceCount)
        shownSequence = sequence
    }
}

/// The order in which delegates are imported, as their indices.
///
/// Each pass over them goes in the order of one index of the storage. Neighbours in it share pages, so that few pages are read and written
/// often.
private struct ImportOrder {
    let byName: [Int]
    /// Those without a credential come first.
    let byUsername: [Int]

    init(of delegates: [NewDelegate]) {
        byName = Self.order(of: delegates) { $0.name.lowercased.withoutFinalDot }
        byUsername = Self.order(of: delegates) { $0.credential?.username }
    }

    private static func order<Key: Comparable>(of delegates: [NewDelegate], by key: (NewDelegate) -> Key?) -> [Int] {
        let keys = delegates.map(key)
        return delegates.indices.sorted { left, right in
            switch (keys[left], keys[right]) {
            case (let first?, let second?): first == second ? left < right : first < second
            case (nil, nil): left < right
            case (let first, _): first == nil
            }
        }
    }
}
