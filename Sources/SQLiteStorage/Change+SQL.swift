import DNS
import Delegates
import GRDB

extension Change {
    /// Makes the change inside a transaction that others share.
    ///
    /// - Parameters:
    ///   - sequence: the number that the change gets.
    ///   - log: gets what is to be said of it.
    /// - Returns: whether it was made, or which rule was against it. A rule's no leaves the others in the transaction alone.
    /// - Throws: what makes the whole transaction fail.
    func apply(
        to database: Database, by actor: Actor, at time: Timestamp, sequence: ChangeSequence, log: inout AuditLog,
        addresses: AuditedAddresses
    ) throws -> Result<Void, StorageError> {
        let target = try target.flatMap { try Credential.find($0, in: database) }
        var used: Credential?
        if case .credential(let username) = actor.kind { used = try Credential.find(username, in: database) }
        guard isAllowed(to: actor, with: used, target: target, at: time) else { return .failure(.notAllowed) }
        let outcome = try apply(to: database, at: time, sequence: sequence, log: &log)
        guard case .success = outcome else { return outcome }
        if let used {
            try Self.noteUse(of: used, by: actor, at: time, in: database, log: &log, addresses: addresses)
        }
        if let event = event(by: actor, at: time, delegate: target?.delegate, addresses: addresses) {
            try log.append(event, to: database)
        }
        return outcome
    }

    /// So many networks are remembered of one credential.
    private static let maximumNetworks = 1_000

    private static func noteUse(
        of credential: Credential, by actor: Actor, at time: Timestamp, in database: Database, log: inout AuditLog,
        addresses: AuditedAddresses
    ) throws {
        let address = addresses.text(of: actor.address)
        // A network that is new comes with another address than that of the last use.
        guard credential.lastUse?.stands(for: Credential.Use(time: time, address: address)) != true else { return }
        // There is no row if the change has ended the credential.
        try database.cachedStatement(sql: "UPDATE credential SET last_used_at = ?, last_used_from = ? WHERE username = ?")
            .execute(arguments: [time.secondsSinceEpoch, address, credential.username.description])
        guard database.changesCount == 1, addresses != .none, let network = actor.address.map({ IPNetwork(partyOf: $0) })
        else { return }
        try database.cachedStatement(
            sql: """
                INSERT INTO credential_network (username, network, first_used_at)
                SELECT ?1, ?2, ?3 WHERE (SELECT count(*) FROM credential_network WHERE username = ?1) < ?4
                ON CONFLICT (username, network) DO NOTHING
                """
        ).execute(
            arguments: [credential.username.description, network.description, time.secondsSinceEpoch, maximumNetworks])
        guard database.changesCount == 1 else { return }
        try log.append(
            AuditEvent(
                .usedFromNewNetwork, at: time, by: actor.auditText, from: address, delegate: credential.delegate,
                detail: network.description), to: database)
    }

    private func apply(
        to database: Database, at time: Timestamp, sequence: ChangeSequence, log: inout AuditLog
    ) throws -> Result<Void, StorageError> {
        switch self {
        case .enrol(let credential): return try Self.enrol(credential, at: time, in: database)
        case .publish(let value, let name):
            return try Self.withDelegate(name, in: database) { id in
                try Self.publish(value, at: id, time: time, sequence: sequence, in: database)
                return .success(())
            }
        case .withdraw(let name):
            return try Self.withDelegate(name, in: database) { id in
                try Self.removeValues(of: id, in: database)
                return .success(())
            }
        case .delete(let name):
            return try Self.withDelegate(name, in: database) { id in
                try Self.delete(id, at: time, in: database)
                return .success(())
            }
        case .addCredential(let credential, let maximum):
            return try Self.withDelegate(credential.delegate, in: database) { id in
                let count = try database.cachedStatement(sql: "SELECT count(*) FROM credential WHERE delegate_id = ?")
                guard try Int.fetchOne(count, arguments: [id]) ?? 0 < maximum else { return .failure(.tooManyCredentials) }
                try Self.insert(credential, of: id, in: database)
                return .success(())
            }
        case .revokeCredential(let username): return try Self.revoke(username, at: time, in: database)
        case .editCredential(let username, let edit): return try Self.edit(username, edit, in: database)
        case .forgetAudit(let oldest, let maximum):
            try log.forget(before: oldest, maximum: maximum, at: time, in: database)
            return .success(())
        case .note, .probe: return .success(())
        }
    }

    private static func withDelegate(
        _ name: DomainName, in database: Database, _ body: (Int64) throws -> Result<Void, StorageError>
    ) throws -> Result<Void, StorageError> {
        let find = try database.cachedStatement(sql: "SELECT id FROM delegate WHERE name = ? AND deleted_at IS NULL")
        guard let id = try Int64.fetchOne(find, arguments: [name.storedText]) else { return .failure(.noSuchDelegate) }
        return try body(id)
    }

    // MARK: Delegates

    private static func enrol(
        _ credential: Credential, at time: Timestamp, in database: Database
    ) throws -> Result<Void, StorageError> {
        let insert = try database.cachedStatement(
            sql: "INSERT INTO delegate (name, enrolled_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING")
        try insert.execute(arguments: [credential.delegate.storedText, time.secondsSinceEpoch])
        guard database.changesCount == 1 else { return .failure(.nameTaken) }
        try Self.insert(credential, of: database.lastInsertedRowID, in: database)
        return .success(())
    }

    /// The row stays, so that the name is not given out again.
    private static func delete(_ id: Int64, at time: Timestamp, in database: Database) throws {
        try removeValues(of: id, in: database)
        try database.cachedStatement(sql: "DELETE FROM credential WHERE delegate_id = ?").execute(arguments: [id])
        try database.cachedStatement(sql: "UPDATE delegate SET deleted_at = ? WHERE id = ?")
            .execute(arguments: [time.secondsSinceEpoch, id])
    }

    // MARK: Values

    private static func publish(
        _ value: ChallengeValue, at delegateID: Int64, time: Timestamp, sequence: ChangeSequence, in database: Database
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO challenge_value (delegate_id, value, sequence, published_at) VALUES (?, ?, ?, ?)
                ON CONFLICT (delegate_id, value) DO UPDATE
                SET sequence = excluded.sequence, published_at = excluded.published_at
                """
        ).execute(arguments: [delegateID, value.text, Int64(clamping: sequence.number), time.secondsSinceEpoch])
        try removeExpired(of: delegateID, now: time, in: database)
    }

    private static func removeExpired(of delegateID: Int64, now: Timestamp, in database: Database) throws {
        let select = try database.cachedStatement(
            sql: "SELECT sequence, published_at FROM challenge_value WHERE delegate_id = ? ORDER BY sequence")
        let rows = try Row.fetchAll(select, arguments: [delegateID])
        let kept = ValueRetention.kept(
            of: rows.map { Timestamp(secondsSinceEpoch: min($0[1], now.secondsSinceEpoch)) }, now: now)
        guard kept.lowerBound > 0 else { return }
        let firstKept: Int64 = rows[kept.lowerBound][0]
        try database.cachedStatement(
            sql: "DELETE FROM challenge_value WHERE delegate_id = ? AND sequence < ?"
        ).execute(arguments: [delegateID, firstKept])
    }

    private static func removeValues(of delegateID: Int64, in database: Database) throws {
        try database.cachedStatement(sql: "DELETE FROM challenge_value WHERE delegate_id = ?")
            .execute(arguments: [delegateID])
    }

    // MARK: Credentials

    private static func insert(_ credential: Credential, of delegateID: Int64, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO credential (username, delegate_id, key_sha256, label, allowed_networks, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            credential.username.description, delegateID, credential.keyDigest.data, credential.label,
            credential.allowedNetworks.stored, credential.created.secondsSinceEpoch, credential.expires?.secondsSinceEpoch,
        ])
    }

    private static func revoke(
        _ username: UniqueID, at time: Timestamp, in database: Database
    ) throws -> Result<Void, StorageError> {
        let find = try database.cachedStatement(sql: "SELECT delegate_id FROM credential WHERE username = ?")
        guard let delegateID = try Int64.fetchOne(find, arguments: [username.description]) else {
            return .failure(.noSuchCredential)
        }
        let others = try database.cachedStatement(
            sql: """
                SELECT count(*) FROM credential
                WHERE delegate_id = ? AND username <> ? AND (expires_at IS NULL OR expires_at > ?)
                """)
        let count = try Int.fetchOne(others, arguments: [delegateID, username.description, time.secondsSinceEpoch])
        guard let count, count > 0 else { return .failure(.lastCredential) }
        try database.cachedStatement(sql: "DELETE FROM credential WHERE username = ?")
            .execute(arguments: [username.description])
        return .success(())
    }

    private static func edit(
        _ username: UniqueID, _ edit: CredentialEdit, in database: Database
    ) throws -> Result<Void, StorageError> {
        let find = try database.cachedStatement(
            sql: "SELECT label, allowed_networks, expires_at FROM credential WHERE username = ?")
        guard let row = try Row.fetchOne(find, arguments: [username.description]) else { return .failure(.noSuchCredential) }
        let expires: Int64? = row[2]
        try database.cachedStatement(
            sql: "UPDATE credential SET label = ?, allowed_networks = ?, expires_at = ? WHERE username = ?"
        ).execute(arguments: [
            edit.label ?? row[0], edit.allowedNetworks?.stored ?? row[1],
            edit.expires.map { $0?.secondsSinceEpoch } ?? expires, username.description,
        ])
        return .success(())
    }
}

extension DomainName {
    /// How names stand in the database: lower case, no final dot.
    var storedText: String { lowercased.withoutFinalDot }
}

extension AllowedNetworks {
    fileprivate var stored: String { texts.joined(separator: " ") }
}
