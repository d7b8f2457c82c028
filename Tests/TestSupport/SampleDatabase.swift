package import Foundation
package import GRDB

/// An SQLite file as acme-dns makes and fills it, with the statements of acme-dns's source.
package struct SampleDatabase {
    package let path: String
    private let queue: DatabaseQueue

    /// `db.go` of acme-dns 0.1.
    package static let schema0 = """
        CREATE TABLE IF NOT EXISTS records(
            Username TEXT UNIQUE NOT NULL PRIMARY KEY,
            Password TEXT UNIQUE NOT NULL,
            Subdomain TEXT UNIQUE NOT NULL,
            Value   TEXT,
            LastActive INT,
            AllowFrom TEXT
        );
        """

    package static let acmednsTable = """
        CREATE TABLE IF NOT EXISTS acmedns(
            Name TEXT,
            Value TEXT
        );
        """

    package static let txtTable = """
        CREATE TABLE IF NOT EXISTS txt(
            Subdomain TEXT NOT NULL,
            Value   TEXT NOT NULL DEFAULT '',
            LastUpdate INT
        );
        """

    /// `pkg/database/db.go` of acme-dns 2.0.2.
    package static let schema1 = """
        \(acmednsTable)
        CREATE TABLE IF NOT EXISTS records(
            Username TEXT UNIQUE NOT NULL PRIMARY KEY,
            Password TEXT UNIQUE NOT NULL,
            Subdomain TEXT UNIQUE NOT NULL,
            AllowFrom TEXT
        );
        \(txtTable)
        INSERT INTO acmedns (Name, Value) values('db_version', '1');
        """

    package init(in folder: URL, tables: String, journalMode: String = "DELETE") throws {
        path = folder.appending(path: "acme-dns.db").path
        queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA journal_mode = \(journalMode)")
            try $0.execute(sql: tables)
        }
    }

    package func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try queue.write { try $0.execute(sql: sql, arguments: arguments) }
    }

    /// The user name, subdomain and hash of a sample account; only its number matters.
    package static func username(_ number: Int) -> String { "c36f50e8-4632-44f0-83fe-\(String(format: "%012d", number))" }
    package static func subdomain(_ number: Int) -> String { "8e5700ea-a4bf-41c7-8a77-\(String(format: "%012d", number))" }
    package static func hash(_ number: Int) -> String { "$2a$10$Iufb8BkPwTT4PyVcVHNBtuf\(String(format: "%030d", number))" }

    /// Go passes the hash as octets: SQLite keeps it as a BLOB.
    package func register(_ number: Int, allowFrom: String? = "[]") throws {
        try execute(
            "INSERT INTO records(Username, Password, Subdomain, AllowFrom) values(?, ?, ?, ?)",
            [Self.username(number), Data(Self.hash(number).utf8), Self.subdomain(number), allowFrom])
        for _ in 0..<2 { try execute("INSERT INTO txt (Subdomain, LastUpdate) values('\(Self.subdomain(number))', 0)") }
    }

    package func update(_ number: Int, value: String, at time: Int) throws {
        try execute(
            """
            UPDATE txt SET Value=?, LastUpdate=?
            WHERE rowid=(
                SELECT rowid FROM txt WHERE Subdomain=? ORDER BY LastUpdate LIMIT 1)
            """, [value, time, Self.subdomain(number)])
    }

    package func close() throws { try queue.close() }
}

extension URL {
    /// The files in a folder with their contents; for SQLite's shared memory, only that it is there.
    package func contents() throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        return try Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, name.hasSuffix("-shm") ? Data() : try Data(contentsOf: appending(path: name)))
            })
    }
}
