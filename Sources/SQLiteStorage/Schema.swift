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
        return migrator
    }
}
