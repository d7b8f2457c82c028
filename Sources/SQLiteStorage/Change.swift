import DNS
import Delegates
import GRDB

/// A change that waits to be committed.
enum Change: Sendable {
    case enrol(Credential, at: Timestamp)
    case publish(ChallengeValue, delegate: DomainName, at: Timestamp)
    /// Changes nothing, but has to be written: shows whether a commit is possible.
    case probe

    /// Makes the change inside a transaction that others share.
    ///
    /// - Parameter sequence: the number that the change gets.
    /// - Returns: whether it was made, or which rule was against it. A rule's no leaves the others in the transaction alone.
    /// - Throws: what makes the whole transaction fail.
    func apply(to database: Database, sequence: ChangeSequence) throws -> Result<Void, StorageError> {
        switch self {
        case .enrol(let credential, let time):
            return try enrol(credential, at: time, in: database)
        case .publish(let value, let delegate, let time):
            return try publish(value, delegate: delegate, at: time, sequence: sequence, in: database)
        case .probe:
            return .success(())
        }
    }

    private func enrol(
        _ credential: Credential, at time: Timestamp, in database: Database
    ) throws -> Result<Void, StorageError> {
        let insert = try database.cachedStatement(
            sql: "INSERT INTO delegate (name, enrolled_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING")
        try insert.execute(arguments: [credential.delegate.storedText, time.secondsSinceEpoch])
        guard database.changesCount == 1 else { return .failure(.nameTaken) }
        let delegateID = database.lastInsertedRowID
        try database.cachedStatement(
            sql: """
                INSERT INTO credential (username, delegate_id, key_sha256, allowed_networks, created_at)
                VALUES (?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            credential.username.description, delegateID, credential.keyDigest.data,
            credential.allowedNetworks.texts.joined(separator: " "), time.secondsSinceEpoch,
        ])
        return .success(())
    }

    private func publish(
        _ value: ChallengeValue, delegate: DomainName, at time: Timestamp, sequence: ChangeSequence, in database: Database
    ) throws -> Result<Void, StorageError> {
        let find = try database.cachedStatement(sql: "SELECT id FROM delegate WHERE name = ?")
        guard let delegateID = try Int64.fetchOne(find, arguments: [delegate.storedText]) else {
            return .failure(.noSuchDelegate)
        }
        try database.cachedStatement(
            sql: """
                INSERT INTO challenge_value (delegate_id, value, sequence, published_at) VALUES (?, ?, ?, ?)
                ON CONFLICT (delegate_id, value) DO UPDATE
                SET sequence = excluded.sequence, published_at = excluded.published_at
                """
        ).execute(arguments: [delegateID, value.text, Int64(clamping: sequence.number), time.secondsSinceEpoch])
        try removeExpired(of: delegateID, now: time, in: database)
        return .success(())
    }

    private func removeExpired(of delegateID: Int64, now: Timestamp, in database: Database) throws {
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
}

extension DomainName {
    /// How names stand in the database: lower case, no final dot.
    var storedText: String { lowercased.withoutFinalDot }
}
