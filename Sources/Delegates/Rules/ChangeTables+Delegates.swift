import DNS

/// The rules of delegates and their values.
extension ChangeTables {
    /// - Throws: ``Refusal/noSuchDelegate``, also for one that was deleted.
    func living(_ name: DomainName) throws -> DelegateRow {
        guard let row = try delegate(name), row.deleted == nil else { throw Refusal.noSuchDelegate }
        return row
    }

    mutating func enrol(_ new: NewDelegate, at time: Timestamp, sequence: ChangeSequence) throws {
        if let row = try delegate(new.name) { throw row.deleted == nil ? Refusal.nameTaken : Refusal.nameDeleted }
        if let credential = new.credential { try checkIsNew(credential.username) }
        guard new.domains.count <= Limits.domainsOfDelegate else { throw Refusal.tooManyDomains }
        if let label = new.preparedFor {
            guard let token = try token(label), token.isGood(at: time), !token.isUsedUp else { throw Refusal.noSuchToken }
        }
        if let origin = new.origin {
            guard try delegateCount(from: origin.network, maximum: origin.maximum) < origin.maximum else {
                throw Refusal.tooManyDelegatesOfNetwork(maximum: origin.maximum)
            }
        }
        let id = try insertDelegate(new, at: time, sequence: sequence)
        if let credential = new.credential { try insert(credential, of: id, sequence: sequence) }
        try insert(new.domains, at: new.name, time)
    }

    /// Inserts the row of a new delegate, and the values that come with it.
    ///
    /// - Returns: the row's id.
    mutating func insertDelegate(_ new: NewDelegate, at time: Timestamp, sequence: ChangeSequence) throws -> Int64 {
        let id = try insert(
            DelegateRow(
                name: new.name, enrolled: time, firstPublished: new.imported?.first?.published,
                preparedFor: new.credential == nil ? new.preparedFor : nil,
                origin: new.origin?.network))
        let values = new.imported ?? []
        for (index, imported) in values.enumerated() {
            let row = ValueRow(
                sequence: new.sequence(ofImported: index, enrolled: sequence), published: imported.published)
            try put(imported.value, row, of: id)
        }
        if values.count > ValueRetention.alwaysKeptCount, let moment = values.map(\.published).max() {
            try deleteAged(of: id, at: moment)
        }
        return id
    }

    mutating func publish(
        _ value: ChallengeValue, at name: DomainName, _ time: Timestamp, sequence: ChangeSequence
    ) throws {
        var row = try living(name)
        guard row.disabled == nil else { throw Refusal.delegateDisabled }
        try put(value, ValueRow(sequence: sequence, published: time), of: row.id)
        if row.firstPublished == nil {
            row.firstPublished = time
            try update(row)
        }
        try deleteAged(of: row.id, at: time)
    }

    mutating func ageValues(of names: [DomainName], until moment: Timestamp) throws {
        for name in names {
            if let row = try delegate(name) { try deleteAged(of: row.id, at: moment) }
        }
    }

    private mutating func deleteAged(of delegate: Int64, at now: Timestamp) throws {
        let rows = try values(of: delegate)
        // A moment after now was written while the system's clock was ahead.
        let kept = ValueRetention.kept(of: rows.map { min($0.published, now) }, now: now)
        guard kept.lowerBound > 0 else { return }
        try deleteValues(of: delegate, before: rows[kept.lowerBound].sequence)
    }

    mutating func disable(_ name: DomainName, at time: Timestamp) throws {
        var row = try living(name)
        try deleteValues(of: row.id, before: nil)
        guard row.disabled == nil else { return }
        row.disabled = time
        try update(row)
    }

    mutating func enable(_ name: DomainName) throws {
        var row = try living(name)
        row.disabled = nil
        try update(row)
    }

    mutating func expire(_ name: DomainName, enrolledBefore moment: Timestamp, at time: Timestamp) throws {
        let row = try living(name)
        guard row.firstPublished == nil, row.disabled == nil, row.enrolled < moment else { throw Refusal.delegateInUse }
        try delete(row, at: time)
    }

    /// Deletes a delegate, but keeps its row, so that the name is not given out again.
    mutating func delete(_ row: DelegateRow, at time: Timestamp) throws {
        try deleteValues(of: row.id, before: nil)
        try deleteCredentials(of: .delegate(row.name))
        try deleteMemberships(of: row)
        try deleteDomains(of: row.id)
        var row = row
        row.deleted = time
        row.preparedFor = nil
        row.origin = nil
        try update(row)
    }
}
