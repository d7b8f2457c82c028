import DNS
import Delegates
import GRDB

/// Changes of delegates and their values, inside a transaction.
extension Database {
    /// A delegate that was not deleted.
    struct LivingDelegate {
        var id: Int64
        var enrolled: Timestamp
        var isUnused: Bool
        var isDisabled: Bool
    }

    func withDelegate(
        _ name: DomainName, _ body: (LivingDelegate) throws -> Result<Void, StorageError>
    ) throws -> Result<Void, StorageError> {
        let find = try cachedStatement(
            sql: """
                SELECT id, enrolled_at, first_published_at IS NULL, disabled_at IS NOT NULL FROM delegate
                WHERE name = ? AND deleted_at IS NULL
                """)
        guard let row = try Row.fetchOne(find, arguments: [name.storedText]) else { return .failure(.noSuchDelegate) }
        return try body(
            LivingDelegate(
                id: row[0], enrolled: Timestamp(secondsSinceEpoch: row[1]), isUnused: row[2], isDisabled: row[3]))
    }

    func enrol(
        _ new: NewDelegate, at time: Timestamp, sequence: ChangeSequence
    ) throws -> Result<Void, StorageError> {
        let name = new.name.storedText
        // The rules come first: what is refused must leave nothing behind.
        let find = try cachedStatement(sql: "SELECT deleted_at IS NOT NULL FROM delegate WHERE name = ?")
        if let isDeleted = try Bool.fetchOne(find, arguments: [name]) {
            return .failure(isDeleted ? .nameDeleted : .nameTaken)
        }
        if let credential = new.credential, try Credential.find(credential.username, in: self) != nil {
            return .failure(.usernameTaken)
        }
        if let token = new.preparedFor {
            guard let found = try RegistrationToken.find(token, in: self), found.isGood(at: time), !found.isUsedUp else {
                return .failure(.noSuchToken)
            }
        }
        if let origin = new.origin {
            let count = try cachedStatement(
                sql: "SELECT count(*) FROM (SELECT 1 FROM delegate WHERE enrolled_from = ? LIMIT ?)")
            let network = origin.network.description
            guard try Int.fetchOne(count, arguments: [network, origin.maximum]) ?? 0 < origin.maximum else {
                return .failure(.networkFull(maximum: origin.maximum))
            }
        }
        try cachedStatement(
            sql: """
                INSERT INTO delegate (name, enrolled_at, first_published_at, prepared_for, enrolled_from) VALUES (?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            name, time.secondsSinceEpoch, new.imported?.first?.published.secondsSinceEpoch, new.preparedFor?.description,
            new.origin?.network.description,
        ])
        let id = lastInsertedRowID
        if let credential = new.credential {
            let outcome = try insert(credential, of: .delegate(id), sequence: sequence)
            guard case .success = outcome else { return outcome }
        }
        for (index, imported) in (new.imported ?? []).enumerated() {
            try insert(
                imported.value, at: id, time: imported.published, sequence: new.sequence(ofImported: index, enrolled: sequence))
        }
        return .success(())
    }

    func delegatePrepared(for token: OperatorLabel) throws -> DomainName? {
        let select = try cachedStatement(
            sql: "SELECT name FROM delegate WHERE prepared_for = ? AND disabled_at IS NULL ORDER BY id LIMIT 1")
        return try String.fetchOne(select, arguments: [token.description]).map { try DomainName($0) }
    }

    /// The row stays, so that the name is not given out again.
    func delete(_ id: Int64, at time: Timestamp) throws {
        try removeValues(of: id)
        try cachedStatement(sql: "DELETE FROM credential WHERE delegate_id = ?").execute(arguments: [id])
        try cachedStatement(sql: "DELETE FROM group_member WHERE delegate_id = ?").execute(arguments: [id])
        try cachedStatement(sql: "UPDATE delegate SET deleted_at = ?, prepared_for = NULL, enrolled_from = NULL WHERE id = ?")
            .execute(arguments: [time.secondsSinceEpoch, id])
    }

    func disable(_ id: Int64, at time: Timestamp) throws {
        try removeValues(of: id)
        try cachedStatement(sql: "UPDATE delegate SET disabled_at = coalesce(disabled_at, ?) WHERE id = ?")
            .execute(arguments: [time.secondsSinceEpoch, id])
    }

    func enable(_ id: Int64) throws {
        try cachedStatement(sql: "UPDATE delegate SET disabled_at = NULL WHERE id = ?").execute(arguments: [id])
    }

    // MARK: Values

    func publish(_ value: ChallengeValue, at delegateID: Int64, time: Timestamp, sequence: ChangeSequence) throws {
        try insert(value, at: delegateID, time: time, sequence: sequence)
        try cachedStatement(
            sql: "UPDATE delegate SET first_published_at = ? WHERE id = ? AND first_published_at IS NULL"
        ).execute(arguments: [time.secondsSinceEpoch, delegateID])
        try removeExpired(of: delegateID, now: time)
    }

    private func insert(_ value: ChallengeValue, at delegateID: Int64, time: Timestamp, sequence: ChangeSequence) throws {
        try cachedStatement(
            sql: """
                INSERT INTO challenge_value (delegate_id, value, sequence, published_at) VALUES (?, ?, ?, ?)
                ON CONFLICT (delegate_id, value) DO UPDATE
                SET sequence = excluded.sequence, published_at = excluded.published_at
                """
        ).execute(arguments: [delegateID, value.text, Int64(clamping: sequence.number), time.secondsSinceEpoch])
    }

    func removeExpired(of names: [DomainName], now: Timestamp) throws {
        let find = try cachedStatement(sql: "SELECT id FROM delegate WHERE name = ?")
        for name in names {
            guard let id = try Int64.fetchOne(find, arguments: [name.storedText]) else { continue }
            try removeExpired(of: id, now: now)
        }
    }

    private func removeExpired(of delegateID: Int64, now: Timestamp) throws {
        let select = try cachedStatement(
            sql: "SELECT sequence, published_at FROM challenge_value WHERE delegate_id = ? ORDER BY sequence")
        let rows = try Row.fetchAll(select, arguments: [delegateID])
        let kept = ValueRetention.kept(
            of: rows.map { Timestamp(secondsSinceEpoch: min($0[1], now.secondsSinceEpoch)) }, now: now)
        guard kept.lowerBound > 0 else { return }
        let firstKept: Int64 = rows[kept.lowerBound][0]
        try cachedStatement(
            sql: "DELETE FROM challenge_value WHERE delegate_id = ? AND sequence < ?"
        ).execute(arguments: [delegateID, firstKept])
    }

    func removeValues(of delegateID: Int64) throws {
        try cachedStatement(sql: "DELETE FROM challenge_value WHERE delegate_id = ?").execute(arguments: [delegateID])
    }
}
