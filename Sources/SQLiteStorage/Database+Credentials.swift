import DNS
import Delegates
import Foundation
import GRDB

/// Changes of credentials, inside a transaction.
extension Database {
    /// Whose a credential is.
    enum Owner {
        case delegate(Int64)
        case group(OperatorLabel)

        /// The condition under which a row of `credential` is theirs, and its argument.
        fileprivate var condition: (sql: String, argument: DatabaseValue) {
            switch self {
            case .delegate(let id): ("delegate_id = ?", id.databaseValue)
            case .group(let label): ("group_label = ?", label.description.databaseValue)
            }
        }
    }

    func withOwner(
        of credential: Credential, _ body: (Owner) throws -> Result<Void, StorageError>
    ) throws -> Result<Void, StorageError> {
        switch credential.scope {
        case .delegate(let name): return try withDelegate(name) { try body(.delegate($0.id)) }
        case .group(let label): return try hasGroup(label) ? body(.group(label)) : .failure(.noSuchGroup)
        }
    }

    func credentialCount(of owner: Owner) throws -> Int {
        let (condition, argument) = owner.condition
        let count = try cachedStatement(sql: "SELECT count(*) FROM credential WHERE \(condition)")
        return try Int.fetchOne(count, arguments: [argument]) ?? 0
    }

    /// - Parameter sequence: of the change with which it is made.
    func insert(
        _ credential: Credential, of owner: Owner, sequence: ChangeSequence
    ) throws -> Result<Void, StorageError> {
        var digest: Data?
        var hash: String?
        switch credential.check {
        case .digest(let expected): digest = expected.data
        case .bcrypt(let text): hash = text.text
        }
        var delegateID: Int64?
        var group: String?
        switch owner {
        case .delegate(let id): delegateID = id
        case .group(let label): group = label.description
        }
        try cachedStatement(
            sql: """
                INSERT INTO credential (
                    username, delegate_id, group_label, key_sha256, key_bcrypt, label, allowed_networks, created_at, expires_at,
                    sequence
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (username) DO NOTHING
                """
        ).execute(arguments: [
            credential.username.description, delegateID, group, digest, hash, credential.label,
            credential.allowedNetworks.stored, credential.created.secondsSinceEpoch, credential.expires?.secondsSinceEpoch,
            Int64(clamping: sequence.number),
        ])
        guard changesCount == 1 else { return .failure(.usernameTaken) }
        // What has a key is not prepared for anybody any more.
        if let delegateID {
            try cachedStatement(sql: "UPDATE delegate SET prepared_for = NULL WHERE id = ? AND prepared_for IS NOT NULL")
                .execute(arguments: [delegateID])
        }
        return .success(())
    }

    /// - Parameter end: nothing for at once.
    func end(_ credential: Credential, at end: Timestamp?) throws {
        if let end {
            try cachedStatement(sql: "UPDATE credential SET expires_at = ? WHERE username = ?")
                .execute(arguments: [end.secondsSinceEpoch, credential.username.description])
        } else {
            try cachedStatement(sql: "DELETE FROM credential WHERE username = ?")
                .execute(arguments: [credential.username.description])
        }
    }

    func revoke(_ username: UniqueID, at time: Timestamp) throws -> Result<Void, StorageError> {
        let find = try cachedStatement(sql: "SELECT delegate_id, group_label, expires_at FROM credential WHERE username = ?")
        guard let row = try Row.fetchOne(find, arguments: [username.description]) else { return .failure(.noSuchCredential) }
        let others = try cachedStatement(
            sql: """
                SELECT count(*) FROM credential
                WHERE (delegate_id = ? OR group_label = ?) AND username <> ? AND (expires_at IS NULL OR expires_at > ?)
                """)
        let count = try Int.fetchOne(
            others,
            arguments: [row[0] as Int64?, row[1] as String?, username.description, time.secondsSinceEpoch])
        let expires: Int64? = row[2]
        let isGood = expires.map { $0 > time.secondsSinceEpoch } ?? true
        guard !isGood || count ?? 0 > 0 else { return .failure(.lastCredential) }
        try cachedStatement(sql: "DELETE FROM credential WHERE username = ?").execute(arguments: [username.description])
        return .success(())
    }

    func edit(_ username: UniqueID, _ edit: CredentialEdit) throws -> Result<Void, StorageError> {
        let find = try cachedStatement(
            sql: "SELECT label, allowed_networks, expires_at FROM credential WHERE username = ?")
        guard let row = try Row.fetchOne(find, arguments: [username.description]) else { return .failure(.noSuchCredential) }
        let expires: Int64? = row[2]
        try cachedStatement(
            sql: "UPDATE credential SET label = ?, allowed_networks = ?, expires_at = ? WHERE username = ?"
        ).execute(arguments: [
            edit.label ?? row[0], edit.allowedNetworks?.stored ?? row[1],
            edit.expires.map { $0?.secondsSinceEpoch } ?? expires, username.description,
        ])
        return .success(())
    }

    /// In the place of a slow hash.
    func keep(_ digest: KeyDigest, of username: UniqueID) throws -> Result<Void, StorageError> {
        try cachedStatement(
            sql: """
                UPDATE credential SET key_sha256 = ?, key_bcrypt = NULL WHERE username = ? AND key_bcrypt IS NOT NULL
                """
        ).execute(arguments: [digest.data, username.description])
        return .success(())
    }
}

extension Credential {
    /// The delegate that it reaches: its own, or a member of its group; nothing where that is disabled, gone, or another's.
    ///
    /// - Parameter name: of the delegate that a change names, if it does.
    func reached(naming name: DomainName?, in database: Database) throws -> DomainName? {
        switch scope {
        case .delegate(let own): return isDisabled ? nil : own
        case .group(let label):
            guard let name else { return nil }
            let find = try database.cachedStatement(
                sql: """
                    SELECT 1 FROM delegate JOIN group_member ON group_member.delegate_id = delegate.id
                    WHERE delegate.name = ? AND group_label = ? AND disabled_at IS NULL AND deleted_at IS NULL
                    """)
            return try Bool.fetchOne(find, arguments: [name.storedText, label.description]) == true ? name : nil
        }
    }

    /// So many networks are remembered of one credential.
    private static let maximumNetworks = 1_000

    func noteUse(
        by actor: Actor, of delegate: DomainName?, at time: Timestamp, in database: Database, log: inout AuditLog,
        addresses: AuditedAddresses
    ) throws {
        let address = addresses.text(of: actor.address)
        // A network that is new comes with another address than that of the last use.
        guard lastUse?.stands(for: Use(time: time, address: address)) != true else { return }
        // There is no row if the change has ended the credential.
        try database.cachedStatement(sql: "UPDATE credential SET last_used_at = ?, last_used_from = ? WHERE username = ?")
            .execute(arguments: [time.secondsSinceEpoch, address, username.description])
        guard database.changesCount == 1, addresses != .none, let network = actor.address.map({ IPNetwork(partyOf: $0) })
        else { return }
        try database.cachedStatement(
            sql: """
                INSERT INTO credential_network (username, network, first_used_at)
                SELECT ?1, ?2, ?3 WHERE (SELECT count(*) FROM credential_network WHERE username = ?1) < ?4
                ON CONFLICT (username, network) DO NOTHING
                """
        ).execute(
            arguments: [username.description, network.description, time.secondsSinceEpoch, Self.maximumNetworks])
        guard database.changesCount == 1 else { return }
        try log.append(
            AuditEvent(
                .usedFromNewNetwork, at: time, by: actor.auditText, from: address, delegate: delegate,
                detail: network.description), to: database)
    }
}

extension AllowedNetworks {
    fileprivate var stored: String { texts.joined(separator: " ") }
}
