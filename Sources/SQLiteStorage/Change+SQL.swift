import DNS
import Delegates
import GRDB

extension Change {
    /// Makes the change inside a transaction that others share.
    ///
    /// - Parameters:
    ///   - sequence: the number that the change gets.
    ///   - log: gets what is to be said of it.
    /// - Returns: the change as it was made, or which rule was against it. A rule's no leaves the others in the transaction alone.
    /// - Throws: what makes the whole transaction fail.
    func apply(
        to database: Database, by actor: Actor, at time: Timestamp, sequence: ChangeSequence, log: inout AuditLog,
        addresses: AuditedAddresses
    ) throws -> Result<Change, StorageError> {
        guard let change = try resolved(for: actor, at: time, in: database) else { return .failure(.nothingPrepared) }
        return try change.applyResolved(
            to: database, by: actor, at: time, sequence: sequence, log: &log, addresses: addresses
        ).map { change }
    }

    /// With what is decided only now; nothing if the delegate that it is about cannot be.
    private func resolved(for actor: Actor, at time: Timestamp, in database: Database) throws -> Change? {
        switch (self, actor.kind) {
        case (.claim(var credential), .token(let token)):
            guard let name = try database.delegatePrepared(for: token) else { return nil }
            credential.scope = .delegate(name)
            return .claim(credential)
        case (.rotate(let credential, let end, let maximum), _):
            let others = try Credential.all(of: credential.scope, in: database)
            return .rotate(Self.successor(credential, of: others, at: time), othersEnd: end, maximum: maximum)
        default: return self
        }
    }

    private func applyResolved(
        to database: Database, by actor: Actor, at time: Timestamp, sequence: ChangeSequence, log: inout AuditLog,
        addresses: AuditedAddresses
    ) throws -> Result<Void, StorageError> {
        let target = try target.flatMap { try Credential.find($0, in: database) }
        let standing = try standing(of: actor, in: database)
        guard isAllowed(to: actor, with: standing, target: target, at: time) else { return .failure(.notAllowed) }
        if case .token(let token) = standing, token.isUsedUp { return .failure(.tokenUsedUp) }
        let ending = try ending(at: time, in: database)
        let outcome = try make(in: database, at: time, sequence: sequence, log: &log, addresses: addresses)
        guard case .success = outcome else { return outcome }
        switch standing {
        case .credential(let credential, let reached):
            try credential.noteUse(by: actor, of: reached, at: time, in: database, log: &log, addresses: addresses)
        case .token(let token):
            try database.cachedStatement(sql: "UPDATE registration_token SET used = used + 1 WHERE label = ?")
                .execute(arguments: [token.label.description])
        case nil: break
        }
        for event in events(by: actor, at: time, target: target, ending: ending, addresses: addresses) {
            try log.append(event, to: database)
        }
        return outcome
    }

    /// The credentials that the change puts an end to by the way.
    private func ending(at time: Timestamp, in database: Database) throws -> [Credential] {
        guard case .rotate(let new, _, _) = self else { return [] }
        return try Credential.all(of: new.scope, in: database)
    }

    private func standing(of actor: Actor, in database: Database) throws -> Standing? {
        switch actor.kind {
        case .visitor, .server, .operator: return nil
        case .token(let label): return try RegistrationToken.find(label, in: database).map { .token($0) }
        case .credential(let username):
            guard let credential = try Credential.find(username, in: database) else { return nil }
            return .credential(credential, reached: try credential.reached(naming: delegate, in: database))
        }
    }

    private func make(
        in database: Database, at time: Timestamp, sequence: ChangeSequence, log: inout AuditLog, addresses: AuditedAddresses
    ) throws -> Result<Void, StorageError> {
        switch self {
        case .enrol(var new):
            // Where no addresses are to be kept, networks are not either.
            if addresses == .none { new.origin = nil }
            return try database.enrol(new, at: time, sequence: sequence)
        case .publish(let value, let name):
            return try database.withDelegate(name) { delegate in
                guard !delegate.isDisabled else { return .failure(.delegateDisabled) }
                try database.publish(value, at: delegate.id, time: time, sequence: sequence)
                return .success(())
            }
        case .withdraw(let name):
            return try database.withDelegate(name) { .success(try database.removeValues(of: $0.id)) }
        case .disable(let name): return try database.withDelegate(name) { .success(try database.disable($0.id, at: time)) }
        case .enable(let name): return try database.withDelegate(name) { .success(try database.enable($0.id)) }
        case .delete(let name): return try database.withDelegate(name) { .success(try database.delete($0.id, at: time)) }
        case .expire(let name, let moment):
            return try database.withDelegate(name) { delegate in
                guard delegate.isUnused, !delegate.isDisabled, delegate.enrolled < moment else {
                    return .failure(.delegateInUse)
                }
                return .success(try database.delete(delegate.id, at: time))
            }
        case .addCredential(let credential, let maximum):
            return try database.withOwner(of: credential) { owner in
                guard try database.credentialCount(of: owner) < maximum else {
                    return .failure(.tooManyCredentials(maximum: maximum))
                }
                return try database.insert(credential, of: owner, sequence: sequence)
            }
        case .claim(let credential):
            return try database.withOwner(of: credential) { try database.insert(credential, of: $0, sequence: sequence) }
        case .rotate(let credential, let end, let maximum):
            return try database.withOwner(of: credential) { owner in
                let others = try Credential.all(of: credential.scope, in: database)
                for (other, end) in Self.ends(of: others, at: end, now: time, maximum: maximum) {
                    try database.end(other, at: end)
                }
                return try database.insert(credential, of: owner, sequence: sequence)
            }
        case .revokeCredential(let username): return try database.revoke(username, at: time)
        case .editCredential(let username, let edit): return try database.edit(username, edit)
        case .keepDigest(let digest, let username): return try database.keep(digest, of: username)
        case .makeGroup(let label): return try database.makeGroup(label, at: time)
        case .deleteGroup(let label): return try database.deleteGroup(label)
        case .addMember(let name, let group): return try database.withDelegate(name) { try database.add($0.id, to: group) }
        case .removeMember(let name, let group): return try database.remove(name, from: group)
        case .makeToken(let token): return try database.make(token)
        case .revokeToken(let label): return try database.revokeToken(label, at: time)
        case .keepSerials(let records):
            try database.keepSerials(records)
            return .success(())
        case .ageValues(let names, let moment):
            try database.removeExpired(of: names, now: moment)
            return .success(())
        case .forgetAudit(let oldest, let keeping, let maximum):
            try log.forget(before: oldest, keeping: keeping, maximum: maximum, at: time, in: database)
            return .success(())
        case .note, .probe: return .success(())
        }
    }
}

extension DomainName {
    /// How names stand in the database: lower case, no final dot.
    var storedText: String { lowercased.withoutFinalDot }
}
