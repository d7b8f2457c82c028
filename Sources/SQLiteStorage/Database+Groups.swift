import DNS
import Delegates
import Foundation
import GRDB

/// Changes of groups and registration tokens, inside a transaction.
extension Database {
    func hasGroup(_ label: OperatorLabel) throws -> Bool {
        let find = try cachedStatement(sql: "SELECT 1 FROM delegate_group WHERE label = ?")
        return try Bool.fetchOne(find, arguments: [label.description]) ?? false
    }

    func makeGroup(_ label: OperatorLabel, at time: Timestamp) throws -> Result<Void, StorageError> {
        try execute(
            sql: "INSERT INTO delegate_group (label, created_at) VALUES (?, ?) ON CONFLICT (label) DO NOTHING",
            arguments: [label.description, time.secondsSinceEpoch])
        return changesCount == 1 ? .success(()) : .failure(.groupTaken)
    }

    func deleteGroup(_ label: OperatorLabel) throws -> Result<Void, StorageError> {
        // Its members' rows and its credentials go with it.
        try execute(sql: "DELETE FROM delegate_group WHERE label = ?", arguments: [label.description])
        return changesCount == 1 ? .success(()) : .failure(.noSuchGroup)
    }

    func add(_ delegateID: Int64, to group: OperatorLabel) throws -> Result<Void, StorageError> {
        guard try hasGroup(group) else { return .failure(.noSuchGroup) }
        let count = try Int.fetchOne(
            self, sql: "SELECT count(*) FROM group_member WHERE group_label = ? AND delegate_id <> ?",
            arguments: [group.description, delegateID])
        guard count ?? 0 < GroupRecord.maximumMembers else { return .failure(.groupFull) }
        let twins = try Int.fetchOne(
            self,
            sql: """
                SELECT count(*) FROM delegate JOIN group_member ON group_member.delegate_id = delegate.id
                WHERE group_label = ?1 AND delegate.id <> ?2 AND substr(name, 1, instr(name, '.')) =
                    (SELECT substr(name, 1, instr(name, '.')) FROM delegate WHERE id = ?2)
                """, arguments: [group.description, delegateID])
        guard twins == 0 else { return .failure(.memberLabelTaken) }
        try execute(
            sql: "INSERT INTO group_member (group_label, delegate_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            arguments: [group.description, delegateID])
        return .success(())
    }

    func remove(_ name: DomainName, from group: OperatorLabel) throws -> Result<Void, StorageError> {
        guard try hasGroup(group) else { return .failure(.noSuchGroup) }
        try execute(
            sql: """
                DELETE FROM group_member
                WHERE group_label = ? AND delegate_id = (SELECT id FROM delegate WHERE name = ?)
                """,
            arguments: [group.description, name.storedText])
        return changesCount == 1 ? .success(()) : .failure(.noSuchDelegate)
    }

    func make(_ token: RegistrationToken) throws -> Result<Void, StorageError> {
        try execute(
            sql: """
                INSERT INTO registration_token (label, key_sha256, created_at, expires_at, quota) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (label) DO NOTHING
                """,
            arguments: [
                token.label.description, token.digest.data, token.created.secondsSinceEpoch, token.expires?.secondsSinceEpoch,
                token.quota,
            ])
        return changesCount == 1 ? .success(()) : .failure(.tokenTaken)
    }

    func revokeToken(_ label: OperatorLabel, at time: Timestamp) throws -> Result<Void, StorageError> {
        try execute(
            sql: "UPDATE registration_token SET revoked_at = coalesce(revoked_at, ?) WHERE label = ?",
            arguments: [time.secondsSinceEpoch, label.description])
        return changesCount == 1 ? .success(()) : .failure(.noSuchToken)
    }
}

extension RegistrationToken {
    private static let select =
        "SELECT label, key_sha256, created_at, expires_at, revoked_at, quota, used FROM registration_token "

    static func find(_ label: OperatorLabel, in database: Database) throws -> RegistrationToken? {
        let find = try database.cachedStatement(sql: select + "WHERE label = ?")
        return try Row.fetchOne(find, arguments: [label.description]).map { try RegistrationToken(row: $0) }
    }

    static func find(_ digest: KeyDigest, in database: Database) throws -> RegistrationToken? {
        let find = try database.cachedStatement(sql: select + "WHERE key_sha256 = ?")
        return try Row.fetchOne(find, arguments: [digest.data]).map { try RegistrationToken(row: $0) }
    }

    static func all(in database: Database) throws -> [RegistrationToken] {
        try Row.fetchAll(database, sql: select + "ORDER BY label").map { try RegistrationToken(row: $0) }
    }

    private init(row: Row) throws {
        let digest: Data = row[1]
        let expires: Int64? = row[3]
        let revoked: Int64? = row[4]
        self.init(
            label: try OperatorLabel(row[0] as String), digest: KeyDigest(octets: Array(digest)),
            created: Timestamp(secondsSinceEpoch: row[2]), expires: expires.map { Timestamp(secondsSinceEpoch: $0) },
            revoked: revoked.map { Timestamp(secondsSinceEpoch: $0) }, quota: row[5], used: row[6])
    }
}
