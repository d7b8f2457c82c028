import Delegates
import GRDB

/// Writes what must not be forgotten of the replaced storage into a copy of the backup.
struct TakeOver {
    /// The time at which tokens that the backup lacks are revoked.
    let now: Timestamp

    private typealias Part = (Database, inout StorageRestore) throws -> Void

    /// - Parameters:
    ///   - path: the path of the replaced storage.
    ///   - failed: called with the error of a part that failed. If it throws, everything ends; otherwise the other parts still run.
    func run(
        from path: String, into copy: DatabaseQueue, failed: (any Error) throws -> Void
    ) throws -> StorageRestore {
        let parts: [Part] = [deleted, delegates, keys, values, domains, groups, tokens, sequence, serials]
        // SQLite requires both outside a transaction.
        return try copy.writeWithoutTransaction { database in
            try database.execute(sql: "ATTACH DATABASE ? AS current", arguments: [StorageFiles.plain(path)])
            defer { try? database.execute(sql: "DETACH DATABASE current") }
            var outcome = StorageRestore()
            for part in parts {
                var next = outcome
                do {
                    try database.inTransaction {
                        try part(database, &next)
                        return .commit
                    }
                    outcome = next
                } catch {
                    try failed(error)
                }
            }
            return outcome
        }
    }

    private func change(
        _ database: Database, _ sql: String, _ arguments: StatementArguments = []
    ) throws -> Int {
        try database.execute(sql: sql, arguments: arguments)
        return database.changesCount
    }

    private func deleted(_ database: Database, outcome: inout StorageRestore) throws {
        outcome.deletedSince = try change(
            database,
            """
            UPDATE main.delegate SET deleted_at = now.deleted_at, prepared_for = NULL, enrolled_from = NULL
            FROM current.delegate AS now
            WHERE now.name = main.delegate.name AND main.delegate.deleted_at IS NULL AND now.deleted_at IS NOT NULL
            """)
        let deleted = "(SELECT id FROM main.delegate WHERE deleted_at IS NOT NULL)"
        outcome.keysEndedSince += try change(
            database, "DELETE FROM main.credential WHERE delegate_id IN \(deleted)")
        outcome.membershipsEndedSince += try change(
            database, "DELETE FROM main.group_member WHERE delegate_id IN \(deleted)")
        _ = try change(database, "DELETE FROM main.challenge_value WHERE delegate_id IN \(deleted)")
        _ = try change(database, "DELETE FROM main.delegate_domain WHERE delegate_id IN \(deleted)")
    }

    private func delegates(_ database: Database, outcome: inout StorageRestore) throws {
        outcome.disabledSince = try change(
            database,
            """
            UPDATE main.delegate SET disabled_at = now.disabled_at FROM current.delegate AS now
            WHERE now.name = main.delegate.name AND main.delegate.disabled_at IS NULL AND now.disabled_at IS NOT NULL
                AND now.deleted_at IS NULL
            """)
        _ = try change(
            database,
            """
            UPDATE main.delegate SET first_published_at = now.first_published_at FROM current.delegate AS now
            WHERE now.name = main.delegate.name AND main.delegate.first_published_at IS NULL
            """)
        // A delegate that is no longer prepared was claimed, by a holder whose key the backup may lack.
        _ = try change(
            database,
            """
            UPDATE main.delegate SET prepared_for = NULL FROM current.delegate AS now
            WHERE now.name = main.delegate.name AND now.prepared_for IS NOT main.delegate.prepared_for
            """)
        outcome.enrolledSince = try change(
            database,
            """
            INSERT INTO main.delegate (name, enrolled_at, deleted_at, first_published_at, disabled_at)
            SELECT name, enrolled_at, deleted_at, first_published_at, disabled_at FROM current.delegate
            WHERE name NOT IN (SELECT name FROM main.delegate) ORDER BY id
            """)
    }

    private func keys(_ database: Database, outcome: inout StorageRestore) throws {
        // Keys that are in both are as they are now.
        outcome.keysEndedSince += try change(
            database,
            "DELETE FROM main.credential WHERE username NOT IN (SELECT username FROM current.credential)")
        _ = try change(
            database,
            """
            UPDATE main.credential SET key_sha256 = now.key_sha256, key_bcrypt = now.key_bcrypt,
                allowed_networks = now.allowed_networks, expires_at = now.expires_at, last_used_at = now.last_used_at,
                last_used_from = now.last_used_from
            FROM current.credential AS now WHERE now.username = main.credential.username
            """)
    }

    private func values(_ database: Database, outcome: inout StorageRestore) throws {
        // Values that were withdrawn, or whose delegate is now deleted or disabled. Values that only aged go as well.
        _ = try change(
            database,
            """
            DELETE FROM main.challenge_value WHERE NOT EXISTS (
                SELECT 1 FROM current.challenge_value AS now
                JOIN current.delegate AS there ON there.id = now.delegate_id
                JOIN main.delegate AS here ON here.name = there.name
                WHERE here.id = main.challenge_value.delegate_id AND now.value = main.challenge_value.value)
            """)
    }

    private func domains(_ database: Database, outcome: inout StorageRestore) throws {
        // Domains that were removed stay so, and what later looks have shown of the others is not forgotten.
        let there = """
            FROM current.delegate_domain AS now
            JOIN current.delegate AS there ON there.id = now.delegate_id
            JOIN main.delegate AS here ON here.name = there.name
            WHERE here.id = main.delegate_domain.delegate_id AND now.domain = main.delegate_domain.domain
            """
        _ = try change(database, "DELETE FROM main.delegate_domain WHERE NOT EXISTS (SELECT 1 \(there))")
        _ = try change(
            database,
            """
            UPDATE main.delegate_domain SET declared_at = now.declared_at, checked_at = now.checked_at, verdict = now.verdict,
                verified_since = now.verified_since, findings = now.findings
            \(there)
            """)
    }

    private func groups(_ database: Database, outcome: inout StorageRestore) throws {
        outcome.membershipsEndedSince += try change(
            database,
            """
            DELETE FROM main.group_member WHERE NOT EXISTS (
                SELECT 1 FROM current.group_member AS now
                JOIN current.delegate AS there ON there.id = now.delegate_id
                JOIN main.delegate AS here ON here.name = there.name
                WHERE now.group_label = main.group_member.group_label AND here.id = main.group_member.delegate_id)
            """)
        _ = try change(
            database, "DELETE FROM main.delegate_group WHERE label NOT IN (SELECT label FROM current.delegate_group)")
    }

    private func tokens(_ database: Database, outcome: inout StorageRestore) throws {
        outcome.tokensRevokedSince = try change(
            database,
            """
            UPDATE main.registration_token SET revoked_at = now.revoked_at FROM current.registration_token AS now
            WHERE now.label = main.registration_token.label AND main.registration_token.revoked_at IS NULL
                AND now.revoked_at IS NOT NULL
            """)
        outcome.tokensRevokedSince += try change(
            database,
            """
            INSERT INTO main.registration_token (label, key_sha256, created_at, expires_at, revoked_at, quota, used)
            SELECT label, key_sha256, created_at, expires_at, coalesce(revoked_at, ?), quota, used
            FROM current.registration_token WHERE label NOT IN (SELECT label FROM main.registration_token)
            """, [now.secondsSinceEpoch])
        _ = try change(
            database,
            """
            UPDATE main.registration_token SET used = max(main.registration_token.used, now.used)
            FROM current.registration_token AS now WHERE now.label = main.registration_token.label
            """)
    }

    private func sequence(_ database: Database, outcome: inout StorageRestore) throws {
        // The zones' serials must not go back.
        _ = try change(
            database,
            "UPDATE main.change_sequence SET number = max(number, (SELECT number FROM current.change_sequence)) + 1")
        _ = try change(database, "UPDATE main.change_sequence SET shown_number = number")
    }

    private func serials(_ database: Database, outcome: inout StorageRestore) throws {
        // The later serial of both.
        _ = try change(
            database,
            """
            UPDATE main.zone_serial SET serial_offset = now.serial_offset, counts_changes = now.counts_changes,
                file_serial = now.file_serial, floor = now.floor
            FROM current.zone_serial AS now
            WHERE now.zone = main.zone_serial.zone AND (now.counts_changes <> main.zone_serial.counts_changes
                OR ((now.serial_offset - main.zone_serial.serial_offset) & 4294967295) < 2147483648)
            """)
        _ = try change(
            database,
            """
            INSERT INTO main.zone_serial (zone, serial_offset, counts_changes, content_sha256, file_serial, floor, revision)
            SELECT zone, serial_offset, counts_changes, content_sha256, file_serial, floor, revision FROM current.zone_serial
            WHERE zone NOT IN (SELECT zone FROM main.zone_serial)
            """)
    }
}
