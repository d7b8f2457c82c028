import DNS
import Delegates
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

/// Files of earlier versions.
struct MigrationTests {
    /// The tables of the first version, and a delegate with a key and a value.
    private static let first = """
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('1 delegates, credentials, challenge values');
        CREATE TABLE change_sequence (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL) STRICT;
        INSERT INTO change_sequence (id, number) VALUES (1, 3);
        CREATE TABLE delegate (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, enrolled_at INTEGER NOT NULL
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
        INSERT INTO delegate VALUES (1, 'used.d.example', 1800000000), (2, 'unused.d.example', 1800000000);
        """

    @Test func `a file of the first version is read, and what was used then counts as used`() async throws {
        try await withTemporaryFolder { folder in
            let (username, other) = (UniqueID.random(), UniqueID.random())
            let key = APIKey.random()
            let database = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path)
            try await database.write { database in
                try database.execute(sql: Self.first)
                for (delegate, username) in [(1, username), (2, other)] {
                    try database.execute(
                        sql: "INSERT INTO credential VALUES (?, ?, ?, '192.0.2.0/24', 1800000000)",
                        arguments: [username.description, delegate, Data(key.digest.octets)])
                }
                try database.execute(
                    sql: "INSERT INTO challenge_value VALUES (1, ?, 3, 1800000000)", arguments: [Samples.value(1).text])
            }
            try database.close()
            try await withSQLite(in: folder) { storage in
                let credential = try #require(try await storage.credential(of: username))
                #expect(credential.check == .digest(key.digest))
                #expect(credential.name == (try DomainName("used.d.example")))
                #expect(credential.allowedNetworks.texts == ["192.0.2.0/24"] && credential.label.isEmpty)
                #expect(try await storage.delegate(try DomainName("used.d.example"))?.state == .active)
                #expect(try await storage.delegate(try DomainName("unused.d.example"))?.state == .unused)
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                #expect(table.sequence == ChangeSequence(3))
                let actor = Actor(.credential(username), from: IPAddress("192.0.2.1"))
                try await storage.commit(
                    .publish(Samples.value(2), delegate: try DomainName("used.d.example")), by: actor, at: Samples.start)
                let domain = try DeclaredDomain("example.com")
                try await storage.commit(
                    .declareDomain(domain, delegate: try DomainName("used.d.example")), by: actor, at: Samples.start)
                #expect(try await storage.domainCounts() == [.unchecked: 1])
                // The rows of a key go with the key.
                try await storage.commit(.delete(delegate: try DomainName("used.d.example")), at: Samples.start)
            }
            let migrated = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path)
            let (orphans, networks) = try await migrated.read { database in
                (
                    try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").count,
                    try Int.fetchOne(database, sql: "SELECT count(*) FROM credential_network")
                )
            }
            #expect(orphans == 0 && networks == 0)
        }
    }
}
