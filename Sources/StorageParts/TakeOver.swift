package import Delegates

/// What must not be forgotten of a storage that a restore replaces, as SQL over both: what was revoked since the backup stays so.
///
/// Whatever is allowed afterwards is allowed by both storages.
package struct TakeOver {
    /// How a database names the tables of both storages, and what its SQL calls things.
    package enum Dialect: Sendable {
        /// The replaced storage is attached as `current`.
        case sqlite
        /// The tables of the replaced storage are beside the others, and their names begin with `former_`.
        case postgresql
    }

    /// What is counted.
    package enum Count: Hashable, Sendable {
        case deletedSince, enrolledSince, keysEndedSince, membershipsEndedSince, disabledSince, tokensRevokedSince
    }

    /// A statement, and what the number of rows that it changes is counted as.
    package struct Step: Sendable {
        package var sql: String
        package var count: Count?
    }

    /// Steps that are one transaction.
    package typealias Part = [Step]

    private let dialect: Dialect
    /// The time at which tokens that the backup lacks are revoked.
    private let now: Timestamp

    package init(_ dialect: Dialect, now: Timestamp) {
        self.dialect = dialect
        self.now = now
    }

    package var parts: [Part] {
        [deleted, delegates, keys, values, domains, groups, tokens, sequence, serials]
    }

    /// The tables of the replaced storage that the statements read.
    package static let tables: Set<String> = [
        "delegate", "credential", "challenge_value", "delegate_domain", "group_member", "delegate_group", "registration_token",
        "change_sequence", "zone_serial",
    ]

    // MARK: What the dialects call things

    private func here(_ table: String) -> String {
        switch dialect {
        case .sqlite: "main.\(table)"
        case .postgresql: table
        }
    }

    private func there(_ table: String) -> String {
        switch dialect {
        case .sqlite: "current.\(table)"
        case .postgresql: "former_\(table)"
        }
    }

    private func differ(_ left: String, _ right: String) -> String {
        switch dialect {
        case .sqlite: "\(left) IS NOT \(right)"
        case .postgresql: "\(left) IS DISTINCT FROM \(right)"
        }
    }

    private func greatest(_ left: String, _ right: String) -> String {
        switch dialect {
        case .sqlite: "max(\(left), \(right))"
        case .postgresql: "greatest(\(left), \(right))"
        }
    }

    // MARK: The parts

    private var deleted: Part {
        let deleted = "(SELECT id FROM \(here("delegate")) WHERE deleted_at IS NOT NULL)"
        return [
            Step(
                sql: """
                    UPDATE \(here("delegate")) SET deleted_at = now.deleted_at, prepared_for = NULL, enrolled_from = NULL
                    FROM \(there("delegate")) AS now
                    WHERE now.name = \(here("delegate")).name AND \(here("delegate")).deleted_at IS NULL
                        AND now.deleted_at IS NOT NULL
                    """, count: .deletedSince),
            Step(sql: "DELETE FROM \(here("credential")) WHERE delegate_id IN \(deleted)", count: .keysEndedSince),
            Step(sql: "DELETE FROM \(here("group_member")) WHERE delegate_id IN \(deleted)", count: .membershipsEndedSince),
            Step(sql: "DELETE FROM \(here("challenge_value")) WHERE delegate_id IN \(deleted)"),
            Step(sql: "DELETE FROM \(here("delegate_domain")) WHERE delegate_id IN \(deleted)"),
        ]
    }

    private var delegates: Part {
        let delegate = here("delegate")
        let columns = "name, enrolled_at, deleted_at, first_published_at, disabled_at"
        let enrolled =
            switch dialect {
            case .sqlite:
                """
                INSERT INTO \(delegate) (\(columns)) SELECT \(columns) FROM \(there("delegate"))
                WHERE name NOT IN (SELECT name FROM \(delegate)) ORDER BY id
                """
            case .postgresql:
                """
                INSERT INTO \(delegate) (id, \(columns))
                SELECT (SELECT last_delegate_id FROM change_sequence) + row_number() OVER (ORDER BY id), \(columns)
                FROM \(there("delegate")) WHERE name NOT IN (SELECT name FROM \(delegate))
                """
            }
        var part = [
            Step(
                sql: """
                    UPDATE \(delegate) SET disabled_at = now.disabled_at FROM \(there("delegate")) AS now
                    WHERE now.name = \(delegate).name AND \(delegate).disabled_at IS NULL AND now.disabled_at IS NOT NULL
                        AND now.deleted_at IS NULL
                    """, count: .disabledSince),
            Step(
                sql: """
                    UPDATE \(delegate) SET first_published_at = now.first_published_at FROM \(there("delegate")) AS now
                    WHERE now.name = \(delegate).name AND \(delegate).first_published_at IS NULL
                    """),
            // A delegate that is no longer prepared was claimed, by a holder whose key the backup may lack.
            Step(
                sql: """
                    UPDATE \(delegate) SET prepared_for = NULL FROM \(there("delegate")) AS now
                    WHERE now.name = \(delegate).name AND \(differ("now.prepared_for", "\(delegate).prepared_for"))
                    """),
            Step(sql: enrolled, count: .enrolledSince),
        ]
        if dialect == .postgresql {
            part.append(
                Step(sql: "UPDATE change_sequence SET last_delegate_id = coalesce((SELECT max(id) FROM delegate), 0)"))
        }
        return part
    }

    private var keys: Part {
        let credential = here("credential")
        // Keys that are in both are as they are now.
        return [
            Step(
                sql: "DELETE FROM \(credential) WHERE username NOT IN (SELECT username FROM \(there("credential")))",
                count: .keysEndedSince),
            Step(
                sql: """
                    UPDATE \(credential) SET key_sha256 = now.key_sha256, key_bcrypt = now.key_bcrypt,
                        allowed_networks = now.allowed_networks, expires_at = now.expires_at, last_used_at = now.last_used_at,
                        last_used_from = now.last_used_from
                    FROM \(there("credential")) AS now WHERE now.username = \(credential).username
                    """),
        ]
    }

    /// Values that were withdrawn, or whose delegate is now deleted or disabled. Values that only aged go as well.
    private var values: Part {
        [
            Step(
                sql: """
                    DELETE FROM \(here("challenge_value")) WHERE NOT EXISTS (
                        SELECT 1 FROM \(there("challenge_value")) AS now
                        JOIN \(there("delegate")) AS there ON there.id = now.delegate_id
                        JOIN \(here("delegate")) AS here ON here.name = there.name
                        WHERE here.id = \(here("challenge_value")).delegate_id AND now.value = \(here("challenge_value")).value)
                    """)
        ]
    }

    private var domains: Part {
        let domain = here("delegate_domain")
        // Domains that were removed stay so, and what later looks have shown of the others is not forgotten.
        let there = """
            FROM \(there("delegate_domain")) AS now
            JOIN \(there("delegate")) AS there ON there.id = now.delegate_id
            JOIN \(here("delegate")) AS here ON here.name = there.name
            WHERE here.id = \(domain).delegate_id AND now.domain = \(domain).domain
            """
        return [
            Step(sql: "DELETE FROM \(domain) WHERE NOT EXISTS (SELECT 1 \(there))"),
            Step(
                sql: """
                    UPDATE \(domain) SET declared_at = now.declared_at, checked_at = now.checked_at, verdict = now.verdict,
                        verified_since = now.verified_since, findings = now.findings
                    \(there)
                    """),
        ]
    }

    private var groups: Part {
        let member = here("group_member")
        return [
            Step(
                sql: """
                    DELETE FROM \(member) WHERE NOT EXISTS (
                        SELECT 1 FROM \(there("group_member")) AS now
                        JOIN \(there("delegate")) AS there ON there.id = now.delegate_id
                        JOIN \(here("delegate")) AS here ON here.name = there.name
                        WHERE now.group_label = \(member).group_label AND here.id = \(member).delegate_id)
                    """, count: .membershipsEndedSince),
            Step(
                sql: "DELETE FROM \(here("delegate_group")) WHERE label NOT IN (SELECT label FROM \(there("delegate_group")))"),
        ]
    }

    private var tokens: Part {
        let token = here("registration_token")
        return [
            Step(
                sql: """
                    UPDATE \(token) SET revoked_at = now.revoked_at FROM \(there("registration_token")) AS now
                    WHERE now.label = \(token).label AND \(token).revoked_at IS NULL AND now.revoked_at IS NOT NULL
                    """, count: .tokensRevokedSince),
            Step(
                sql: """
                    INSERT INTO \(token) (label, key_sha256, created_at, expires_at, revoked_at, quota, used)
                    SELECT label, key_sha256, created_at, expires_at, coalesce(revoked_at, \(now.secondsSinceEpoch)), quota, used
                    FROM \(there("registration_token")) WHERE label NOT IN (SELECT label FROM \(token))
                    """, count: .tokensRevokedSince),
            Step(
                sql: """
                    UPDATE \(token) SET used = \(greatest("\(token).used", "now.used"))
                    FROM \(there("registration_token")) AS now WHERE now.label = \(token).label
                    """),
        ]
    }

    /// The zones' serials must not go back.
    private var sequence: Part {
        let former = "(SELECT number FROM \(there("change_sequence")))"
        return [
            Step(sql: "UPDATE \(here("change_sequence")) SET number = \(greatest("number", former)) + 1"),
            Step(sql: "UPDATE \(here("change_sequence")) SET shown_number = number"),
        ]
    }

    /// The later serial of both.
    private var serials: Part {
        let serial = here("zone_serial")
        let columns = "zone, serial_offset, counts_changes, content_sha256, file_serial, floor, revision"
        return [
            Step(
                sql: """
                    UPDATE \(serial) SET serial_offset = now.serial_offset, counts_changes = now.counts_changes,
                        file_serial = now.file_serial, floor = now.floor
                    FROM \(there("zone_serial")) AS now
                    WHERE now.zone = \(serial).zone AND (now.counts_changes <> \(serial).counts_changes
                        OR ((now.serial_offset - \(serial).serial_offset) & 4294967295) < 2147483648)
                    """),
            Step(
                sql: """
                    INSERT INTO \(serial) (\(columns)) SELECT \(columns) FROM \(there("zone_serial"))
                    WHERE zone NOT IN (SELECT zone FROM \(serial))
                    """),
        ]
    }
}
