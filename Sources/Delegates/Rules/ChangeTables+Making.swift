import DNS

/// A change as it was made.
package struct MadeChange: Sendable {
    /// The change, with what is decided only when it is made.
    package var change: Change
    /// The entry for followers of the storage. Its sequence is the change's.
    package var entry: FeedEntry
}

extension ChangeTables {
    /// Makes a change: by the rules, with its place in the sequence, its entries in the feed and the audit log, and the use of the
    /// actor's credential.
    ///
    /// - Parameter addresses: how much of the actor's address is kept.
    /// - Throws: a ``Refusal``, before anything is written, or an error that fails the whole transaction.
    package mutating func make(
        _ change: Change, by actor: Actor, at time: Timestamp, addresses: AuditedAddresses
    ) throws -> MadeChange {
        let change = try decided(change, by: actor, at: time)
        let target = try change.target.flatMap { try credential($0) }
        let standing = try standing(of: actor, for: change)
        guard change.isAllowed(to: actor, with: standing, target: target, at: time) else { throw Refusal.notAllowed }
        if case .token(let token) = standing, token.isUsedUp { throw Refusal.registrationTokenUsedUp }
        let place = ChangeSequence(sequence.number + 1)
        let ending = try endings(of: change, at: time)
        let declaration = try declaration(for: change)
        try write(change, ending: ending, at: time, sequence: place, addresses: addresses)
        var effects = try effects(of: change, at: time, sequence: place, ending: ending)
        switch standing {
        case .credential(let credential, let reached):
            if let use = try noteUse(of: credential, by: actor, at: reached, time, addresses: addresses) {
                effects.append(.credentialUsed(credential.username, use))
            }
        case .token(var token):
            token.used += 1
            try update(token)
            effects.append(.token(token))
        case nil: break
        }
        for event in change.events(
            by: actor, at: time, target: target, ending: ending, declaration: declaration,
            addresses: addresses)
        {
            try append(event)
        }
        let entry = FeedEntry(sequence: place, placeCount: change.sequenceCount, time: time, effects: effects)
        if entry.placeCount > 0 { try insert(entry) }
        sequence = ChangeSequence(sequence.number + entry.placeCount)
        if entry.isShown { shownSequence = sequence }
        return MadeChange(change: change, entry: entry)
    }

    /// A change with what can be decided only now: the delegate that is taken over, and what a new credential inherits from earlier ones.
    private func decided(_ change: Change, by actor: Actor, at time: Timestamp) throws -> Change {
        switch (change, actor.kind) {
        case (.claim(var credential, let domains), .token(let token)):
            guard let name = try firstPrepared(for: token) else { throw Refusal.nothingPrepared }
            credential.scope = .delegate(name)
            return .claim(credential, domains: try undeclared(domains, of: name))
        case (.claim(let credential, let domains), _):
            return .claim(credential, domains: try credential.delegate.map { try undeclared(domains, of: $0) } ?? [])
        case (.rotate(let credential, let end, let maximum), _):
            let successor = Rotation.successor(credential, of: try credentials(of: credential.scope), at: time)
            return .rotate(successor, othersEnd: end, maximum: maximum)
        default: return change
        }
    }

    private func endings(of change: Change, at time: Timestamp) throws -> [Rotation.Ending] {
        guard case .rotate(let new, let end, let maximum) = change else { return [] }
        return Rotation.endings(of: try credentials(of: new.scope), at: end, now: time, maximum: maximum)
    }

    private func standing(of actor: Actor, for change: Change) throws -> Standing? {
        switch actor.kind {
        case .visitor, .server, .operator: return nil
        case .token(let label): return try token(label).map { .token($0) }
        case .credential(let username):
            guard let credential = try credential(username) else { return nil }
            return .credential(credential, reached: try reach(of: credential, naming: change.delegate))
        }
    }

    /// The delegate that a credential reaches: its own, or a member of its group; `nil` if that is disabled, gone or another's.
    ///
    /// - Parameter name: the delegate that the change names, if it names one.
    private func reach(of credential: Credential, naming name: DomainName?) throws -> DomainName? {
        switch credential.scope {
        case .delegate(let own): return credential.isDisabled ? nil : own
        case .group(let group):
            guard let name, try isMember(name, of: group), let row = try delegate(name) else { return nil }
            return row.disabled == nil && row.deleted == nil ? name : nil
        }
    }

    private mutating func write(
        _ change: Change, ending: [Rotation.Ending], at time: Timestamp, sequence: ChangeSequence, addresses: AuditedAddresses
    ) throws {
        switch change {
        case .enrol(var new):
            // If no addresses are kept, networks are not either.
            if addresses == .none { new.origin = nil }
            try enrol(new, at: time, sequence: sequence)
        case .publish(let value, let name): try publish(value, at: name, time, sequence: sequence)
        case .withdraw(let name): try deleteValues(of: try living(name).id, before: nil)
        case .disable(let name): try disable(name, at: time)
        case .enable(let name): try enable(name)
        case .delete(let name): try delete(try living(name), at: time)
        case .expire(let name, let moment): try expire(name, enrolledBefore: moment, at: time)
        case .ageValues(let names, let moment): try ageValues(of: names, until: moment)
        case .addCredential(let credential, let maximum): try add(credential, maximum: maximum, sequence: sequence)
        case .claim(let credential, let domains):
            try claim(credential, domains, at: time, sequence: sequence)
        case .rotate(let credential, _, _): try rotate(to: credential, ending: ending, sequence: sequence)
        case .revokeCredential(let username): try revoke(username, at: time)
        case .editCredential(let username, let edit): try self.edit(username, edit)
        case .keepDigest(let digest, let username): try keep(digest, of: username)
        case .declareDomain(let domain, let name): try declare(domain, at: name, time)
        case .removeDomain(let domain, let name): try remove(domain, from: name)
        case .recordCheck(let check, let domain, let name): try record(check, of: domain, at: name, time)
        case .makeGroup(let label): try makeGroup(label, at: time)
        case .deleteGroup(let label): try endGroup(label)
        case .addMember(let name, let group): try add(name, to: group)
        case .removeMember(let name, let group): try remove(name, from: group)
        case .makeToken(let token): try make(token)
        case .revokeToken(let label): try revokeToken(label, at: time)
        case .keepSerials(let records): try keep(records)
        case .forgetAudit(let oldest, let keeping, let maximum):
            try forgetAudit(before: oldest, keeping: keeping, maximum: maximum, at: time)
        case .note, .probe: break
        }
    }

    /// Stores the records whose revision is higher than the stored one of their zone.
    package mutating func keep(_ records: [SerialRecord]) throws {
        for record in records where try record.revision > serial(of: record.zone)?.revision ?? 0 { try put(record) }
    }
}
