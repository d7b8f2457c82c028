import DNS
import Delegates
import Foundation
import GRDB
import StorageParts

/// Credentials, groups and registration tokens.
extension SQLiteTables {
    func credential(_ username: UniqueID) throws -> Credential? { try Credential.find(username, in: database) }

    func credentials(of scope: Credential.Scope) throws -> [Credential] { try Credential.all(of: scope, in: database) }

    mutating func insert(_ credential: Credential, of delegate: Int64?, sequence: ChangeSequence) throws {
        let (digest, hash) = credential.check.storedData
        try execute(
            """
            INSERT INTO credential (
                username, delegate_id, group_label, key_sha256, key_bcrypt, label, allowed_networks, created_at, expires_at,
                last_used_at, last_used_from, sequence
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                credential.username.description, delegate, credential.group?.description, digest, hash, credential.label,
                credential.allowedNetworks.storedText, credential.created.secondsSinceEpoch,
                credential.expires?.secondsSinceEpoch, credential.lastUse?.time.secondsSinceEpoch, credential.lastUse?.address,
                Int64(clamping: sequence.number),
            ])
    }

    mutating func update(_ credential: Credential) throws {
        let (digest, hash) = credential.check.storedData
        try execute(
            """
            UPDATE credential SET key_sha256 = ?, key_bcrypt = ?, label = ?, allowed_networks = ?, expires_at = ?,
                last_used_at = ?, last_used_from = ?
            WHERE username = ?
            """,
            [
                digest, hash, credential.label, credential.allowedNetworks.storedText, credential.expires?.secondsSinceEpoch,
                credential.lastUse?.time.secondsSinceEpoch, credential.lastUse?.address, credential.username.description,
            ])
    }

    mutating func deleteCredential(_ username: UniqueID) throws {
        try execute("DELETE FROM credential WHERE username = ?", [username.description])
    }

    mutating func deleteCredentials(of scope: Credential.Scope) throws {
        switch scope {
        case .delegate(let name):
            try execute(
                "DELETE FROM credential WHERE delegate_id = (SELECT id FROM delegate WHERE name = ?)", [name.storedText])
        case .group(let label): try execute("DELETE FROM credential WHERE group_label = ?", [label.description])
        }
    }

    func networkUse(_ network: IPNetwork, of username: UniqueID) throws -> (isKnown: Bool, count: Int) {
        try database.firstRow(
            "SELECT count(*), coalesce(sum(network = ?), 0) FROM credential_network WHERE username = ?",
            [network.description, username.description]
        ) { ($0[1] > 0, $0[0]) } ?? (false, 0)
    }

    mutating func insert(_ network: IPNetwork, of username: UniqueID, at time: Timestamp) throws {
        try execute(
            "INSERT INTO credential_network (username, network, first_used_at) VALUES (?, ?, ?)",
            [username.description, network.description, time.secondsSinceEpoch])
    }

    // MARK: Groups

    func hasGroup(_ label: OperatorLabel) throws -> Bool { try database.hasGroup(label) }

    mutating func insertGroup(_ label: OperatorLabel, at time: Timestamp) throws {
        try execute(
            "INSERT INTO delegate_group (label, created_at) VALUES (?, ?)", [label.description, time.secondsSinceEpoch])
    }

    mutating func deleteGroup(_ label: OperatorLabel) throws {
        // Its memberships go with it.
        try execute("DELETE FROM delegate_group WHERE label = ?", [label.description])
    }

    func memberCount(of group: OperatorLabel) throws -> Int {
        try count("SELECT count(*) FROM group_member WHERE group_label = ?", [group.description])
    }

    func isMember(_ delegate: DomainName, of group: OperatorLabel) throws -> Bool {
        try isFound(
            """
            SELECT 1 FROM delegate JOIN group_member ON group_member.delegate_id = delegate.id
            WHERE delegate.name = ? AND group_label = ?
            """, [delegate.storedText, group.description])
    }

    func hasTwin(of delegate: DomainName, in group: OperatorLabel) throws -> Bool {
        try isFound(
            """
            SELECT 1 FROM delegate JOIN group_member ON group_member.delegate_id = delegate.id
            WHERE group_label = ?1 AND name <> ?2 AND substr(name, 1, instr(name, '.')) = substr(?2, 1, instr(?2, '.'))
            LIMIT 1
            """, [group.description, delegate.storedText])
    }

    mutating func insertMember(_ delegate: DelegateRow, of group: OperatorLabel) throws {
        try execute(
            "INSERT INTO group_member (group_label, delegate_id) VALUES (?, ?)", [group.description, delegate.id])
    }

    mutating func deleteMember(_ delegate: DelegateRow, of group: OperatorLabel) throws {
        try execute(
            "DELETE FROM group_member WHERE group_label = ? AND delegate_id = ?", [group.description, delegate.id])
    }

    mutating func deleteMemberships(of delegate: DelegateRow) throws {
        try execute("DELETE FROM group_member WHERE delegate_id = ?", [delegate.id])
    }

    // MARK: Tokens

    func token(_ label: OperatorLabel) throws -> RegistrationToken? { try RegistrationToken.find(label, in: database) }

    mutating func insert(_ token: RegistrationToken) throws {
        try execute(
            "INSERT INTO registration_token (label, key_sha256, created_at, expires_at, quota) VALUES (?, ?, ?, ?, ?)",
            [
                token.label.description, Data(token.digest.octets), token.created.secondsSinceEpoch,
                token.expires?.secondsSinceEpoch,
                token.quota,
            ])
    }

    mutating func update(_ token: RegistrationToken) throws {
        try execute(
            "UPDATE registration_token SET revoked_at = ?, used = ? WHERE label = ?",
            [token.revoked?.secondsSinceEpoch, token.used, token.label.description])
    }
}

extension KeyCheck {
    fileprivate var storedData: (digest: Data?, hash: String?) { (stored.digest.map { Data($0) }, stored.hash) }
}
