import Delegates
import Foundation
import PostgreSQL
import StorageParts

/// Runs the rules inside transactions of the database.
struct Transactions: Sendable {
    let connections: ConnectionPool
    let following: Following
    /// The nodes that share the database; `nil` for a command, which is none of them.
    let nodes: Nodes?
    let deadlines: StorageDeadlines

    /// A change may need rows that only other rows name: a delegate by its credential, say. There are no long chains of those.
    private static let maximumRounds = 12

    /// Makes changes in one transaction, and tells the follower of them.
    ///
    /// - Parameters:
    ///   - needs: the rows that are read ahead.
    ///   - patience: how long each step may take; `nil` for that of changes, for which clients wait.
    ///   - body: makes the changes. It runs again, from the beginning, when it throws ``MissingRow`` or ``MissingRows``: those rows are there
    ///     then.
    @discardableResult
    func write<Value: Sendable>(
        needs: Set<Need>, patience: Duration? = nil, _ body: @Sendable (inout PostgreSQLTables) throws -> Value
    ) async throws -> Value {
        let written = try await within { connection in
            let began = ContinuousClock.now
            let deadline = began.advanced(by: patience ?? deadlines.stall)
            let feed = Following.entries(after: following.place.sequence, maximum: Following.pageSize)
            let (outcome, others, members) = try await settle(
                needs, on: connection, beginning: beginning(patience ?? deadlines.lock), and: [feed, Members.Row.select],
                until: deadline, body)
            try nodes?.note(members.map { try Members.Row(row: $0) }, began: began, end: outcome.tables.sequence)
            _ = try await connection.run(try outcome.tables.writes() + end(outcome.tables), until: deadline)
            if let lost = outcome.lost { nodes?.noteLoss(from: lost.from, to: lost.to) }
            return Written(
                value: outcome.value, others: try Following.entries(others), entries: outcome.tables.newFeedEntries)
        }
        try await following.take(written.others, written.entries)
        return written.value
    }

    private struct Written<Value: Sendable>: Sendable {
        var value: Value
        /// The changes of other nodes that this one had not seen.
        var others: [FeedEntry]
        var entries: [FeedEntry]
    }

    /// Runs rules that change nothing.
    func look<Value: Sendable>(
        needs: Set<Need>, _ body: @Sendable (inout PostgreSQLTables) throws -> Value
    ) async throws -> Value {
        try await within { connection in
            let beginning = [
                Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), Statement("SELECT 1"), Self.state, Self.auditEnd,
            ]
            let deadline = ContinuousClock.now.advanced(by: .seconds(600))
            let nothing = Statement("SELECT 1")
            let (outcome, _, _) = try await settle(
                needs, on: connection, beginning: beginning, and: [nothing, nothing], until: deadline, body)
            _ = try await connection.run([Statement("COMMIT")], until: deadline)
            return outcome.value
        }
    }

    /// Gives a function a connection, and ends what it leaves behind.
    private func within<Value: Sendable>(
        _ body: @Sendable (PostgreSQLConnection) async throws -> Value
    ) async throws -> Value {
        try await connections.with { connection throws(PostgreSQLError) -> Result<Value, any Error> in
            do {
                return .success(try await body(connection))
            } catch let error as PostgreSQLError {
                await rollBack(connection)
                throw error
            } catch {
                await rollBack(connection)
                return .failure(error)
            }
        }.get()
    }

    /// Begins a transaction, and runs rules until they have all rows that they need.
    ///
    /// - Parameters:
    ///   - beginning: four statements: the third reads the sequence, and the fourth the end of the audit log.
    ///   - others: two statements whose results are returned.
    private func settle<Value: Sendable>(
        _ needs: Set<Need>, on connection: PostgreSQLConnection, beginning: [Statement], and others: [Statement],
        until deadline: ContinuousClock.Instant, _ body: (inout PostgreSQLTables) throws -> Value
    ) async throws -> (Settled<Value>, ResultRows, ResultRows) {
        var reading = TableReading(needs)
        let results = try await connection.run(beginning + others + reading.statements, until: deadline)
        var known = try PostgreSQLTables(state: results[2], audit: results[3])
        let lost = try raise(&known, feed: results[2].first?.text(5))
        try reading.take(results[(beginning.count + 2)...], into: &known)
        var missing: Set<Need> = []
        for _ in 0..<Self.maximumRounds {
            do {
                var tables = known
                let value = try body(&tables)
                return (
                    Settled(value: value, tables: tables, lost: lost), results[beginning.count], results[beginning.count + 1]
                )
            } catch let row as MissingRow {
                missing = [row.need]
            } catch let rows as MissingRows {
                missing = rows.needs
            }
            reading = TableReading(missing)
            try reading.take(try await connection.run(reading.statements, until: deadline)[...], into: &known)
        }
        throw StorageError.unavailable("a change needs rows again and again: \(missing.count) of them")
    }

    private struct Settled<Value: Sendable>: Sendable {
        var value: Value
        var tables: PostgreSQLTables
        /// The changes that a failover has lost: those after the first number, up to the second.
        var lost: Lost?
    }

    private typealias Lost = (from: ChangeSequence, to: ChangeSequence)

    /// Raises the sequence above all that nodes have shown, if the database has lost some of it: a number is given to one change only.
    ///
    /// - Parameter feed: the name of the feed that the database has.
    private func raise(_ tables: inout PostgreSQLTables, feed: String?) throws -> Lost? {
        guard let nodes else { return nil }
        guard feed.flatMap({ UniqueID($0) }) == following.place.feed else { throw Following.Failure.otherFeed }
        let (former, highest) = (tables.sequence, nodes.highestShown)
        guard former < highest else { return nil }
        let now = Timestamp(secondsSinceEpoch: Int64(Date().timeIntervalSince1970))
        // The numbers between stand for nothing.
        try tables.insert(
            FeedEntry(
                sequence: ChangeSequence(former.number + 1), placeCount: highest.number - former.number, time: now, effects: [])
        )
        (tables.sequence, tables.shownSequence) = (highest, highest)
        return (former, highest)
    }

    private static let state = Statement(
        """
        SELECT number, shown_number, last_delegate_id, (SELECT version FROM schema_state), (SELECT oldest_program FROM schema_state),
            (SELECT name FROM feed)
        FROM change_sequence
        """)
    private static let auditEnd = Statement(
        """
        (SELECT number, time, digest FROM audit_entry ORDER BY number DESC LIMIT 1)
        UNION ALL SELECT number, 0, digest FROM audit_beginning
        ORDER BY number DESC LIMIT 1
        """)

    /// Each statement finds its rows by an index. A table that was small when a statement was planned is read as a whole otherwise, for as
    /// long as the connection lasts. Without that, plans for tables of one row look dear, and PostgreSQL would compile each of them.
    ///
    /// The lock on the sequence makes all others wait until the end. A node that falls silent in between must not hold them up for long, so
    /// the server ends its transaction.
    private func beginning(_ patience: Duration) -> [Statement] {
        [
            Statement("BEGIN"),
            Statement(
                """
                SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true),
                    set_config('idle_in_transaction_session_timeout', $1, true), set_config('enable_seqscan', 'off', true),
                    set_config('jit', 'off', true)
                """, [.text("\(Int(patience / .milliseconds(1)))")]),
            Statement(Self.state.text + " FOR UPDATE"), Self.auditEnd,
        ]
    }

    private func end(_ tables: PostgreSQLTables) -> [Statement] {
        let notice = Statement("SELECT pg_notify($1, $2)", [.text(Following.channel), .text("\(tables.sequence.number)")])
        return (tables.newFeedEntries.isEmpty ? [] : [notice]) + [Statement("COMMIT")]
    }

    private func rollBack(_ connection: PostgreSQLConnection) async {
        guard connection.failure == nil else { return }
        let deadline = ContinuousClock.now.advanced(by: deadlines.lock)
        if (try? await connection.run([Statement("ROLLBACK")], until: deadline)) == nil { connection.close() }
    }
}

/// Rows that a transaction has to read before the rules can go on.
struct MissingRows: Error {
    var needs: Set<Need>
}

extension PostgreSQLTables {
    fileprivate init(state: ResultRows, audit: ResultRows) throws {
        guard let row = state.first, let audit = audit.first else {
            throw StorageError.damaged("the sequence of changes or the beginning of the audit log is not there")
        }
        // A newer node can have changed the tables meanwhile.
        try Schema.State(version: row.integer(3), oldestProgram: row.integer(4)).check(program: .current)
        self.init(
            sequence: try ChangeSequence(stored: row.integer(0)), shown: try ChangeSequence(stored: row.integer(1)),
            lastDelegateID: try row.integer(2), auditEnd: try AuditPlace(row: audit))
    }
}
