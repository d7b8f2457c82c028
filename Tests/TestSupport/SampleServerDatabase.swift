import Foundation

/// A PostgreSQL database as acme-dns or getlocalcert makes and fills it, on the server that all tests share.
package struct SampleServerDatabase {
    /// The connection string.
    package let connection: String
    private let server: PostgreSQLServer
    private let name: String

    package init(tables: String = "") throws {
        server = try PostgreSQLServer.shared
        connection = try server.makeDatabase()
        name = connection.split(separator: "dbname=").last.map(String.init) ?? ""
        if !tables.isEmpty { try execute(tables) }
    }

    package func execute(_ sql: String) throws { try server.execute(sql, in: name) }

    /// The same as a URL.
    package var url: String {
        let folder = server.folder.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return "postgresql://nuncio@/\(name)?host=\(folder)"
    }
}

/// What acme-dns's source does with PostgreSQL.
extension SampleServerDatabase {
    /// `db.go` of acme-dns 0.1, which is the same for both databases.
    package static let acmeDNS0 = SampleDatabase.schema0

    package static let acmeDNSTXT = """
        CREATE TABLE IF NOT EXISTS txt(
            rowid SERIAL,
            Subdomain TEXT NOT NULL,
            Value   TEXT NOT NULL DEFAULT '',
            LastUpdate INT
        );
        """

    /// `pkg/database/db.go` of acme-dns 2.0.2.
    package static let acmeDNS1 = """
        \(SampleDatabase.acmednsTable)
        CREATE TABLE IF NOT EXISTS records(
            Username TEXT UNIQUE NOT NULL PRIMARY KEY,
            Password TEXT UNIQUE NOT NULL,
            Subdomain TEXT UNIQUE NOT NULL,
            AllowFrom TEXT
        );
        \(acmeDNSTXT)
        INSERT INTO acmedns (Name, Value) values('db_version', '1');
        """

    package func register(_ numbers: ClosedRange<Int>, allowFrom: String = "[]") throws {
        try execute(
            numbers.map { number in
                """
                INSERT INTO records(Username, Password, Subdomain, AllowFrom) values('\(SampleDatabase.username(number))',
                    '\(SampleDatabase.hash(number))', '\(SampleDatabase.subdomain(number))', '\(allowFrom)');
                INSERT INTO txt (Subdomain, LastUpdate) values('\(SampleDatabase.subdomain(number))', 0);
                INSERT INTO txt (Subdomain, LastUpdate) values('\(SampleDatabase.subdomain(number))', 0);
                """
            }.joined(separator: "\n"))
    }

    package func update(_ number: Int, value: String, at time: Int) throws {
        try execute(
            """
            UPDATE txt SET Value='\(value)', LastUpdate=\(time)
            WHERE rowid=(
                SELECT rowid FROM txt WHERE Subdomain='\(SampleDatabase.subdomain(number))' ORDER BY LastUpdate LIMIT 1)
            """)
    }
}

/// What getlocalcert's models do with PostgreSQL.
extension SampleServerDatabase {
    /// As Django makes them of the migrations 0001 to 0004 of robalexdev/getlocalcert-webapp.
    package static let getlocalcert4 = """
        CREATE TABLE domains_zone(
            id uuid NOT NULL PRIMARY KEY, name varchar(253) NOT NULL UNIQUE, created timestamptz NOT NULL,
            updated timestamptz NOT NULL, owner_id bigint, is_delegate boolean NOT NULL);
        CREATE TABLE domains_zoneapikey(
            id uuid NOT NULL PRIMARY KEY, hash bytea NOT NULL, created timestamptz NOT NULL, last_used timestamptz,
            zone_id uuid NOT NULL REFERENCES domains_zone (id) DEFERRABLE INITIALLY DEFERRED);
        CREATE INDEX ON domains_zoneapikey (zone_id);
        """

    /// With migration 0005.
    package static let getlocalcert5 = """
        \(getlocalcert4)
        ALTER TABLE domains_zoneapikey ADD COLUMN name varchar(253) NOT NULL DEFAULT '';
        CREATE TABLE domains_manageddomainname(
            name varchar(253) NOT NULL PRIMARY KEY, old_challenge_response varchar(64) NOT NULL,
            new_challenge_response varchar(64) NOT NULL, created timestamptz NOT NULL, updated timestamptz NOT NULL,
            zone_id uuid NOT NULL REFERENCES domains_zone (id) DEFERRABLE INITIALLY DEFERRED);
        """

    /// Registers a zone by its number, which is also the second since 1970 at which it was created.
    package func makeZone(_ number: Int, name: String, isDelegate: Bool = true) throws {
        try execute(
            """
            INSERT INTO domains_zone VALUES (
                '\(SampleDatabase.username(number))', '\(name)', to_timestamp(\(number)), to_timestamp(\(number)), NULL, \(isDelegate))
            """)
    }

    /// Makes a key of a zone, of which the database has the SHA-256.
    ///
    /// - Parameter username: the number of the sample user name.
    package func makeKey(
        _ key: String, username: Int, zone: Int, created: String = "2023-06-01T00:00:00Z", lastUsed: String? = nil
    ) throws {
        try execute(
            """
            INSERT INTO domains_zoneapikey (id, hash, created, last_used, zone_id) VALUES (
                '\(SampleDatabase.username(username))', sha256(convert_to('\(key)', 'UTF8')), '\(created)',
                \(lastUsed.map { "'\($0)'" } ?? "NULL"), '\(SampleDatabase.username(zone))')
            """)
    }

    package func setValues(_ old: String, _ new: String, of name: String, zone: Int, created: Int, updated: Int) throws {
        try execute(
            """
            INSERT INTO domains_manageddomainname VALUES ('\(name)', '\(old)', '\(new)', to_timestamp(\(created)),
                to_timestamp(\(updated)), '\(SampleDatabase.username(zone))')
            """)
    }
}
