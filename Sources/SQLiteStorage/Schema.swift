import Delegates
import GRDB

/// The tables, as a list of migrations. A released migration is never edited: a change is a new migration.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 delegates, credentials, challenge values") { database in
            // The number of the last change orders everything.
            try database.execute(
                sql: """
                    CREATE TABLE change_sequence (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        number INTEGER NOT NULL
                    ) STRICT;
                    INSERT INTO change_sequence (id, number) VALUES (1, 0);

                    -- A row is never deleted: a name is given out once.
                    CREATE TABLE delegate (
                        id INTEGER PRIMARY KEY,
                        name TEXT NOT NULL UNIQUE,
                        enrolled_at INTEGER NOT NULL
                    ) STRICT;

                    CREATE TABLE credential (
                        username TEXT PRIMARY KEY NOT NULL,
                        delegate_id INTEGER NOT NULL REFERENCES delegate (id),
                        key_sha256 BLOB NOT NULL CHECK (length(key_sha256) = 32),
                        allowed_networks TEXT NOT NULL,
                        created_at INTEGER NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX credential_delegate ON credential (delegate_id);

                    CREATE TABLE challenge_value (
                        delegate_id INTEGER NOT NULL REFERENCES delegate (id),
                        value TEXT NOT NULL CHECK (length(value) = 43),
                        sequence INTEGER NOT NULL UNIQUE,
                        published_at INTEGER NOT NULL,
                        PRIMARY KEY (delegate_id, value)
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("2 credentials with a life cycle, delegates that end") { database in
            try database.execute(
                sql: """
                    ALTER TABLE delegate ADD COLUMN deleted_at INTEGER;

                    ALTER TABLE credential ADD COLUMN label TEXT NOT NULL DEFAULT '';
                    ALTER TABLE credential ADD COLUMN expires_at INTEGER;
                    ALTER TABLE credential ADD COLUMN last_used_at INTEGER;
                    ALTER TABLE credential ADD COLUMN last_used_from TEXT;

                    -- From which networks a credential was used.
                    CREATE TABLE credential_network (
                        username TEXT NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
                        network TEXT NOT NULL,
                        first_used_at INTEGER NOT NULL,
                        PRIMARY KEY (username, network)
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("3 audit log") { database in
            try database.execute(
                sql: """
                    CREATE TABLE audit_entry (
                        number INTEGER PRIMARY KEY,
                        time INTEGER NOT NULL,
                        kind TEXT NOT NULL,
                        actor TEXT NOT NULL,
                        address TEXT,
                        delegate TEXT,
                        detail TEXT,
                        digest BLOB NOT NULL CHECK (length(digest) = 32)
                    ) STRICT;
                    CREATE INDEX audit_entry_delegate ON audit_entry (delegate, number);

                    -- What the first entry follows.
                    CREATE TABLE audit_beginning (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        number INTEGER NOT NULL,
                        digest BLOB NOT NULL CHECK (length(digest) = 32)
                    ) STRICT;
                    INSERT INTO audit_beginning (id, number, digest) VALUES (1, 0, zeroblob(32));
                    """)
        }
        migrator.registerMigration("4 groups, registration tokens, delegates that are disabled or prepared") { database in
            try database.execute(
                sql: """
                    CREATE TABLE registration_token (
                        label TEXT PRIMARY KEY NOT NULL,
                        key_sha256 BLOB NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
                        created_at INTEGER NOT NULL,
                        expires_at INTEGER,
                        revoked_at INTEGER,
                        quota INTEGER,
                        used INTEGER NOT NULL DEFAULT 0
                    ) STRICT, WITHOUT ROWID;

                    ALTER TABLE delegate ADD COLUMN first_published_at INTEGER;
                    ALTER TABLE delegate ADD COLUMN disabled_at INTEGER;
                    ALTER TABLE delegate ADD COLUMN prepared_for TEXT REFERENCES registration_token (label);
                    CREATE INDEX delegate_prepared ON delegate (prepared_for, id) WHERE prepared_for IS NOT NULL;
                    CREATE INDEX delegate_unused ON delegate (enrolled_at, id)
                        WHERE first_published_at IS NULL AND deleted_at IS NULL AND disabled_at IS NULL;

                    CREATE TABLE delegate_group (
                        label TEXT PRIMARY KEY NOT NULL,
                        created_at INTEGER NOT NULL
                    ) STRICT, WITHOUT ROWID;

                    CREATE TABLE group_member (
                        group_label TEXT NOT NULL REFERENCES delegate_group (label) ON DELETE CASCADE,
                        delegate_id INTEGER NOT NULL REFERENCES delegate (id),
                        PRIMARY KEY (group_label, delegate_id)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX group_member_delegate ON group_member (delegate_id);

                    -- A credential of a delegate or of a group, checked by a digest or, if it came from acme-dns, by bcrypt.
                    CREATE TABLE new_credential (
                        username TEXT PRIMARY KEY NOT NULL,
                        delegate_id INTEGER REFERENCES delegate (id),
                        group_label TEXT REFERENCES delegate_group (label) ON DELETE CASCADE,
                        key_sha256 BLOB CHECK (length(key_sha256) = 32),
                        key_bcrypt TEXT,
                        label TEXT NOT NULL,
                        allowed_networks TEXT NOT NULL,
                        created_at INTEGER NOT NULL,
                        expires_at INTEGER,
                        last_used_at INTEGER,
                        last_used_from TEXT,
                        -- Of the change with which it was made: the order among several.
                        sequence INTEGER NOT NULL,
                        CHECK ((delegate_id IS NULL) <> (group_label IS NULL)),
                        CHECK ((key_sha256 IS NULL) <> (key_bcrypt IS NULL))
                    ) STRICT, WITHOUT ROWID;
                    INSERT INTO new_credential
                    SELECT username, delegate_id, NULL, key_sha256, NULL, label, allowed_networks, created_at, expires_at,
                        last_used_at, last_used_from, 0
                    FROM credential;
                    DROP TABLE credential;
                    ALTER TABLE new_credential RENAME TO credential;
                    CREATE INDEX credential_delegate ON credential (delegate_id) WHERE delegate_id IS NOT NULL;
                    CREATE INDEX credential_group ON credential (group_label) WHERE group_label IS NOT NULL;

                    -- Of those that were there before, whatever was used at all counts as used.
                    UPDATE delegate SET first_published_at = enrolled_at
                    WHERE id IN (SELECT delegate_id FROM challenge_value)
                        OR id IN (SELECT delegate_id FROM credential WHERE last_used_at IS NOT NULL);
                    """)
        }
        migrator.registerMigration("5 networks from which strangers enrol") { database in
            try database.execute(
                sql: """
                    -- Only of delegates that are alive, and only where it is counted.
                    ALTER TABLE delegate ADD COLUMN enrolled_from TEXT;
                    CREATE INDEX delegate_enrolled_from ON delegate (enrolled_from) WHERE enrolled_from IS NOT NULL;
                    """)
        }
        migrator.registerMigration("6 serials of zones") { database in
            try database.execute(
                sql: """
                    -- The serial, or its difference to the number of the last change, and what of the zone it stands for.
                    CREATE TABLE zone_serial (
                        zone TEXT PRIMARY KEY NOT NULL,
                        serial_offset INTEGER NOT NULL CHECK (serial_offset BETWEEN 0 AND 4294967295),
                        counts_changes INTEGER NOT NULL CHECK (counts_changes IN (0, 1)),
                        content_sha256 BLOB NOT NULL,
                        -- The serial that the zone's file had, and the one that this had to be above: each counts once.
                        file_serial INTEGER,
                        floor INTEGER,
                        -- Each one that takes the place of another has a higher number.
                        revision INTEGER NOT NULL
                    ) STRICT, WITHOUT ROWID;

                    -- The number of the last change that DNS shows: with it serials go on.
                    ALTER TABLE change_sequence ADD COLUMN shown_number INTEGER NOT NULL DEFAULT 0;
                    UPDATE change_sequence SET shown_number = number;
                    """)
        }
        migrator.registerMigration("7 feed of changes") { database in
            try database.execute(
                sql: """
                    -- What the last changes did, for those who follow: a row for each effect, or one without a kind.
                    CREATE TABLE change_feed (
                        -- The first place of the change, and the number of its places.
                        number INTEGER NOT NULL,
                        part INTEGER NOT NULL,
                        places INTEGER NOT NULL CHECK (places > 0),
                        time INTEGER NOT NULL,
                        kind TEXT,
                        -- Of the delegate, group or token, or a user name.
                        name TEXT,
                        detail TEXT,
                        PRIMARY KEY (number, part)
                    ) STRICT, WITHOUT ROWID;

                    -- Tells this feed from that of another state of the storage.
                    CREATE TABLE feed (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        name TEXT NOT NULL
                    ) STRICT;
                    """)
            try database.execute(
                sql: "INSERT INTO feed (id, name) VALUES (1, ?)", arguments: [UniqueID.random().description])
        }
        migrator.registerMigration("8 search for delegates") { database in
            try database.execute(
                sql: """
                    -- The delegates of each state of which there can be few among many, in the order of their names.
                    CREATE INDEX delegate_deleted ON delegate (name) WHERE deleted_at IS NOT NULL;
                    CREATE INDEX delegate_disabled ON delegate (name) WHERE deleted_at IS NULL AND disabled_at IS NOT NULL;
                    CREATE INDEX delegate_unpublished ON delegate (name)
                        WHERE deleted_at IS NULL AND disabled_at IS NULL AND first_published_at IS NULL;

                    -- The labels, without the rest of the credentials.
                    CREATE INDEX credential_label ON credential (delegate_id, label)
                        WHERE delegate_id IS NOT NULL AND label <> '';
                    """)
        }
        migrator.registerMigration("9 declared domains") { database in
            try database.execute(
                sql: """
                    CREATE TABLE delegate_domain (
                        domain TEXT NOT NULL,
                        delegate_id INTEGER NOT NULL REFERENCES delegate (id),
                        declared_at INTEGER NOT NULL,
                        checked_at INTEGER,
                        verdict TEXT NOT NULL,
                        -- Since when the domain's CNAME leads to the delegate.
                        verified_since INTEGER,
                        -- Like “cname:error caa-wildcard:warning”.
                        findings TEXT NOT NULL,
                        PRIMARY KEY (domain, delegate_id),
                        CHECK ((checked_at IS NULL) = (verdict = 'unchecked'))
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX delegate_domain_delegate ON delegate_domain (delegate_id, domain);
                    CREATE INDEX delegate_domain_verdict ON delegate_domain (verdict, domain);

                    -- Those that wait for a look: it is the turn of the oldest of both.
                    CREATE INDEX delegate_domain_checked ON delegate_domain (checked_at) WHERE checked_at IS NOT NULL;
                    CREATE INDEX delegate_domain_unchecked ON delegate_domain (declared_at) WHERE checked_at IS NULL;
                    """)
        }
        return migrator
    }
}
