import Delegates
import PostgreSQL
import StorageParts

/// The tables, as a list of migrations. A released migration is never edited: a change is a new migration.
struct Schema: Sendable {
    struct Migration: Sendable {
        var title: String
        var statements: [String]
        /// Whether programs that do not know the migration go on working with the tables as they are after it. If they do, nodes are
        /// replaced one after the other; if they do not, they refuse to go on.
        var keepsOlderPrograms = false
    }

    var migrations: [Migration]

    static let current = Schema(migrations: [first])

    /// What a database has.
    struct State: Hashable, Sendable {
        /// The number of migrations that were made; 0 for a database without tables.
        var version: Int64
        /// The version that a program must know at least.
        var oldestProgram: Int64

        /// - Throws: ``StorageError/unavailable(_:)`` if this program is too old for the database.
        func check(program: Schema) throws(StorageError) {
            guard oldestProgram <= program.migrations.count else {
                throw .unavailable(
                    "its tables are of version \(version), and this program knows those up to \(program.migrations.count): "
                        + "use a newer version of nuncio")
            }
        }
    }

    /// The number that nodes lock while one of them changes the tables: “nuncio” in ASCII.
    private static let lock: Int64 = 0x6E75_6E63_696F

    private static let readState = Statement("SELECT version, oldest_program FROM schema_state")

    /// Brings the tables up to date, in one transaction, while other nodes wait.
    func migrate(_ connection: PostgreSQLConnection, until deadline: ContinuousClock.Instant) async throws {
        let locked = try await connection.run(
            [
                Statement("BEGIN"), Statement("SELECT pg_advisory_xact_lock($1)", [.integer(Self.lock)]),
                Statement("SELECT to_regclass('schema_state') IS NOT NULL"),
            ], until: deadline)
        var state = State(version: 0, oldestProgram: 0)
        do {
            if try locked[2].first?.boolean(0) == true {
                state = try await Self.state(connection, until: deadline)
                try state.check(program: self)
            }
            var statements: [Statement] = []
            if state.version == 0 {
                statements.append(
                    Statement("CREATE TABLE schema_state (version bigint NOT NULL, oldest_program bigint NOT NULL)"))
                statements.append(Statement("INSERT INTO schema_state (version, oldest_program) VALUES (0, 0)"))
            }
            for (index, migration) in migrations.enumerated() where index >= state.version {
                statements += migration.statements.map { Statement($0) }
                state.version = Int64(index) + 1
                if !migration.keepsOlderPrograms { state.oldestProgram = state.version }
            }
            statements.append(
                Statement(
                    "UPDATE schema_state SET version = $1, oldest_program = $2",
                    [.integer(state.version), .integer(state.oldestProgram)]))
            statements.append(Statement("COMMIT"))
            _ = try await connection.run(statements, until: deadline)
        } catch {
            _ = try? await connection.run([Statement("ROLLBACK")], until: deadline)
            throw error
        }
    }

    static func state(_ connection: PostgreSQLConnection, until deadline: ContinuousClock.Instant) async throws -> State {
        let rows = try await connection.run([readState], until: deadline)[0]
        guard let row = rows.first else { throw StorageError.damaged("the tables have no version") }
        return State(version: try row.integer(0), oldestProgram: try row.integer(1))
    }
}

extension Schema {
    private static let first = Migration(
        title: "delegates, credentials, values, groups, tokens, domains, serials, the feed, the audit log, nodes",
        statements: [
            // The number of the last change orders everything: each transaction locks this row first.
            """
            CREATE TABLE change_sequence (
                id bigint PRIMARY KEY CHECK (id = 1),
                number bigint NOT NULL CHECK (number >= 0),
                shown_number bigint NOT NULL CHECK (shown_number BETWEEN 0 AND number),
                last_delegate_id bigint NOT NULL
            ) WITH (fillfactor = 10)
            """,
            "INSERT INTO change_sequence VALUES (1, 0, 0, 0)",
            """
            CREATE TABLE registration_token (
                label text COLLATE "C" PRIMARY KEY,
                key_sha256 bytea NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
                created_at bigint NOT NULL,
                expires_at bigint,
                revoked_at bigint,
                quota bigint,
                used bigint NOT NULL
            )
            """,
            // A row is never deleted: a name is given out once.
            """
            CREATE TABLE delegate (
                id bigint PRIMARY KEY,
                name text COLLATE "C" NOT NULL UNIQUE,
                enrolled_at bigint NOT NULL,
                first_published_at bigint,
                disabled_at bigint,
                deleted_at bigint,
                prepared_for text COLLATE "C" REFERENCES registration_token (label),
                -- Only of delegates that are alive, and only where it is counted.
                enrolled_from text COLLATE "C"
            )
            """,
            "CREATE INDEX delegate_prepared ON delegate (prepared_for, id) WHERE prepared_for IS NOT NULL",
            """
            CREATE INDEX delegate_unused ON delegate (enrolled_at, id)
                WHERE first_published_at IS NULL AND deleted_at IS NULL AND disabled_at IS NULL
            """,
            "CREATE INDEX delegate_enrolled_from ON delegate (enrolled_from) WHERE enrolled_from IS NOT NULL",
            // The delegates of each state of which there can be few among many, in the order of their names.
            "CREATE INDEX delegate_deleted ON delegate (name) WHERE deleted_at IS NOT NULL",
            "CREATE INDEX delegate_disabled ON delegate (name) WHERE deleted_at IS NULL AND disabled_at IS NOT NULL",
            """
            CREATE INDEX delegate_unpublished ON delegate (name)
                WHERE deleted_at IS NULL AND disabled_at IS NULL AND first_published_at IS NULL
            """,
            """
            CREATE TABLE challenge_value (
                delegate_id bigint NOT NULL REFERENCES delegate (id),
                value text COLLATE "C" NOT NULL CHECK (length(value) = 43),
                sequence bigint NOT NULL UNIQUE,
                published_at bigint NOT NULL,
                PRIMARY KEY (delegate_id, value)
            )
            """,
            """
            CREATE TABLE delegate_group (
                label text COLLATE "C" PRIMARY KEY,
                created_at bigint NOT NULL
            )
            """,
            """
            CREATE TABLE group_member (
                group_label text COLLATE "C" NOT NULL REFERENCES delegate_group (label) ON DELETE CASCADE,
                delegate_id bigint NOT NULL REFERENCES delegate (id),
                PRIMARY KEY (group_label, delegate_id)
            )
            """,
            "CREATE INDEX group_member_delegate ON group_member (delegate_id)",
            // A credential of a delegate or of a group, checked by a digest or, if it came from acme-dns, by bcrypt.
            """
            CREATE TABLE credential (
                username text COLLATE "C" PRIMARY KEY,
                delegate_id bigint REFERENCES delegate (id),
                group_label text COLLATE "C" REFERENCES delegate_group (label) ON DELETE CASCADE,
                key_sha256 bytea CHECK (length(key_sha256) = 32),
                key_bcrypt text,
                label text NOT NULL,
                allowed_networks text NOT NULL,
                created_at bigint NOT NULL,
                expires_at bigint,
                last_used_at bigint,
                last_used_from text,
                -- Of the change with which it was made: the order among several.
                sequence bigint NOT NULL,
                CHECK ((delegate_id IS NULL) <> (group_label IS NULL)),
                CHECK ((key_sha256 IS NULL) <> (key_bcrypt IS NULL))
            )
            """,
            "CREATE INDEX credential_delegate ON credential (delegate_id) WHERE delegate_id IS NOT NULL",
            "CREATE INDEX credential_group ON credential (group_label) WHERE group_label IS NOT NULL",
            // From which networks a credential was used.
            """
            CREATE TABLE credential_network (
                username text COLLATE "C" NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
                network text COLLATE "C" NOT NULL,
                first_used_at bigint NOT NULL,
                PRIMARY KEY (username, network)
            )
            """,
            """
            CREATE TABLE delegate_domain (
                domain text COLLATE "C" NOT NULL,
                delegate_id bigint NOT NULL REFERENCES delegate (id),
                declared_at bigint NOT NULL,
                checked_at bigint,
                verdict text NOT NULL,
                -- Since when the domain's CNAME leads to the delegate.
                verified_since bigint,
                -- Like “cname:error caa-wildcard:warning”.
                findings text NOT NULL,
                PRIMARY KEY (domain, delegate_id),
                CHECK ((checked_at IS NULL) = (verdict = 'unchecked'))
            )
            """,
            "CREATE INDEX delegate_domain_delegate ON delegate_domain (delegate_id, domain)",
            "CREATE INDEX delegate_domain_verdict ON delegate_domain (verdict, domain)",
            // Those that wait for a look: it is the turn of the oldest of both.
            "CREATE INDEX delegate_domain_checked ON delegate_domain (checked_at) WHERE checked_at IS NOT NULL",
            "CREATE INDEX delegate_domain_unchecked ON delegate_domain (declared_at) WHERE checked_at IS NULL",
            // The serial, or its difference to the number of the last change, and what of the zone it stands for.
            """
            CREATE TABLE zone_serial (
                zone text COLLATE "C" PRIMARY KEY,
                serial_offset bigint NOT NULL CHECK (serial_offset BETWEEN 0 AND 4294967295),
                counts_changes boolean NOT NULL,
                content_sha256 bytea NOT NULL,
                -- The serial that the zone's file had, and the one that this had to be above: each counts once.
                file_serial bigint,
                floor bigint,
                -- Each one that takes the place of another has a higher number.
                revision bigint NOT NULL
            )
            """,
            // What nodes share, and the database cannot read: sealed, as text. The number is that of the change.
            """
            CREATE TABLE shared_secret (
                name text COLLATE "C" PRIMARY KEY,
                content text NOT NULL,
                sequence bigint NOT NULL
            )
            """,
            // What the last changes did, for those who follow: a row for each effect, or one without a kind.
            """
            CREATE TABLE change_feed (
                -- The first place of the change, and the number of its places.
                number bigint NOT NULL,
                part bigint NOT NULL,
                places bigint NOT NULL CHECK (places > 0),
                time bigint NOT NULL,
                kind text,
                -- Of the delegate, group or token, or a user name.
                name text,
                detail text,
                PRIMARY KEY (number, part)
            )
            """,
            // Tells this feed from that of another state of the storage.
            """
            CREATE TABLE feed (
                id bigint PRIMARY KEY CHECK (id = 1),
                name text NOT NULL
            )
            """,
            "INSERT INTO feed SELECT 1, gen_random_uuid()::text",
            """
            CREATE TABLE audit_entry (
                number bigint PRIMARY KEY,
                time bigint NOT NULL,
                kind text NOT NULL,
                actor text NOT NULL,
                address text,
                delegate text COLLATE "C",
                detail text,
                digest bytea NOT NULL CHECK (length(digest) = 32)
            )
            """,
            "CREATE INDEX audit_entry_delegate ON audit_entry (delegate, number)",
            // What the first entry follows.
            """
            CREATE TABLE audit_beginning (
                id bigint PRIMARY KEY CHECK (id = 1),
                number bigint NOT NULL,
                digest bytea NOT NULL CHECK (length(digest) = 32)
            )
            """,
            "INSERT INTO audit_beginning VALUES (1, 0, decode(repeat('00', 32), 'hex'))",
            // The servers that answer. Each one renews its row; one whose row stays as it is for the time of its lease is out.
            """
            CREATE TABLE node (
                name text PRIMARY KEY,
                -- A number of the process, so that a second one of the same name is noticed.
                instance text NOT NULL,
                version text NOT NULL,
                -- Where others ask it for the serials of its zones, separated by blanks.
                addresses text NOT NULL,
                -- Rises with each renewal.
                beat bigint NOT NULL,
                lease_milliseconds bigint NOT NULL,
                -- The last change that the node answers with.
                place bigint NOT NULL,
                started_at bigint NOT NULL
            ) WITH (fillfactor = 10)
            """,
        ])
}
