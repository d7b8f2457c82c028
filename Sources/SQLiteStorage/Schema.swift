import GRDB

/// The tables, as a list of migrations. A migration that was released is never edited: a change is a new one.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 delegates, credentials, challenge values") { database in
            // The number of the last change, the order of everything.
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
        return migrator
    }
}
