import DNS

/// The rules of an import.
extension ChangeTables {
    /// Enrols delegates that come from another server, each unless it is there already or a rule refuses it.
    ///
    /// The audit log gets an entry for each, and for each further credential. The feed gets none, and begins again after them: it keeps
    /// fewer changes than an import can have.
    ///
    /// - Returns: the outcomes, in the order of the delegates.
    /// - Throws: an error that fails the whole transaction.
    package mutating func enrol(imported delegates: [NewDelegate], at time: Timestamp) throws -> [ImportOutcome] {
        let order = ImportOrder(of: delegates)
        var taken = ImportedNames()
        let outcomes = try outcomes(of: delegates, in: order, &taken)
        var places: [Int: (delegate: Int64, sequence: ChangeSequence)] = [:]
        for entries in order.byName where outcomes[entries.first] == .enrolled {
            let enrolment = ChangeSequence(sequence.number + 1)
            let id = try insertDelegate(delegates[entries.first], at: time, sequence: enrolment)
            places[entries.first] = (id, enrolment)
            try end(.enrol(delegates[entries.first]), at: time)
            for index in entries.further {
                guard let credential = delegates[index].credential else { continue }
                places[index] = (id, ChangeSequence(sequence.number + 1))
                try end(.addCredential(credential, maximum: entries.all.count), at: time)
            }
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
        for entries in order.byName {
            let name = delegates[entries.first].name
            let credentials = entries.all.compactMap { delegates[$0].credential }
            let outcome = try outcome(of: name, credentials, besides: taken)
            for index in entries.all { outcomes[index] = outcome }
            guard outcome == .enrolled else { continue }
            taken.delegates.insert(name)
            for credential in credentials { taken.scopes[credential.username] = credential.scope }
        }
        return outcomes
    }

    /// A delegate is there already if one of its credentials is: its holder may have ended the others since.
    private func outcome(
        of name: DomainName, _ credentials: [Credential], besides taken: ImportedNames
    ) throws -> ImportOutcome {
        let held = credentials.filter { taken.scopes[$0.username] != nil }
        if held.contains(where: { taken.scopes[$0.username] == $0.scope }) { return .present }
        guard !taken.delegates.contains(name) else { return .refused(.nameTaken) }
        if let row = try delegate(name) { return .refused(row.deleted == nil ? .nameTaken : .nameDeleted) }
        let areDistinct = Set(credentials.map(\.username)).count == credentials.count
        return held.isEmpty && areDistinct ? .enrolled : .refused(.usernameTaken)
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
    let byName: [Entries]
    /// Those without a credential come first.
    let byUsername: [Int]

    init(of delegates: [NewDelegate]) {
        byName = Self.entries(of: delegates, in: Self.order(of: delegates) { $0.name.lowercased.withoutFinalDot })
        byUsername = Self.order(of: delegates) { $0.credential?.username }
    }

    /// The entries of one delegate: the one that enrols it, and those with its further credentials.
    struct Entries {
        let first: Int
        fileprivate(set) var further: [Int] = []

        var all: [Int] { [first] + further }
    }

    /// - Parameter order: the entries' indices by name.
    private static func entries(of delegates: [NewDelegate], in order: [Int]) -> [Entries] {
        var entries: [Entries] = []
        entries.reserveCapacity(order.count)
        for index in order {
            if delegates[index].isFurtherCredential, let last = entries.indices.last {
                entries[last].further.append(index)
            } else {
                entries.append(Entries(first: index))
            }
        }
        return entries
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
