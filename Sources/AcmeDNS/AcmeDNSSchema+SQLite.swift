import GRDB
import Importing

extension AcmeDNSSchema.Facts {
    /// - Throws: ``AcmeDNSDatabaseError`` if its text is not UTF-8, or an error of SQLite's.
    init(of database: Database, path: String) throws {
        let encoding = try String.fetchOne(database, sql: "PRAGMA encoding") ?? "UTF-8"
        guard encoding == "UTF-8" else {
            throw AcmeDNSDatabaseError.notAcmeDNS(.file(path), missing: "its text is \(encoding), not UTF-8")
        }
        records = try Self.columns(of: "records", in: database)
        txt = try Self.columns(of: "txt", in: database)
        if try Self.columns(of: "acmedns", in: database).isSuperset(of: ["name", "value"]) {
            // The text is truncated: it is repeated to the operator.
            let select = "SELECT CAST(substr(Value, 1, 20) AS TEXT) FROM acmedns WHERE Name = 'db_version' LIMIT 1"
            version = try String.fetchOne(database, sql: select)
        }
    }

    /// The names in lower case, as SQLite does not tell cases apart; empty if there is no such table.
    private static func columns(of table: String, in database: Database) throws -> Set<String> {
        Set(try String.fetchAll(database, sql: "SELECT lower(name) FROM pragma_table_info(?)", arguments: [table]))
    }
}

/// How SQLite is asked.
extension AcmeDNSSchema {
    /// Selects accounts after a row, in the order of rows, which is a walk along the table itself. Each text comes as its type and
    /// its octets: SQLite checks neither.
    var selectAccounts: String {
        let allowFrom = hasAllowFrom ? "AllowFrom" : "'[]'"
        let columns = ["Username", "Password", "Subdomain", allowFrom]
            .map { "typeof(\($0)), CAST(\($0) AS BLOB)" }.joined(separator: ", ")
        return "SELECT rowid, \(columns) FROM records WHERE rowid > ? ORDER BY rowid LIMIT ?"
    }

    /// Copies all values, so that they can be found by subdomain.
    ///
    /// acme-dns 2.0.2 and older have no index on `txt.Subdomain`. A look-up for each account would read the whole table each time,
    /// and a merge of both in order could neither stop after a batch nor go on later without sorting everything again. So the
    /// values are sorted once, which takes n log n, into a temporary table. SQLite keeps it in a file of its own and never in the
    /// one that is read: memory stays bounded, and no lock is held between batches. What is left out is mainly empty values.
    var copyValues: [String] {
        var statements = [
            """
            CREATE TEMPORARY TABLE published_value(
                subdomain TEXT, last_update INTEGER, origin INTEGER, number INTEGER, octets BLOB,
                PRIMARY KEY (subdomain, last_update, origin, number)) WITHOUT ROWID
            """
        ]
        if hasValueInRecords { statements.append(Self.copy(from: "records", origin: 0, time: "LastActive")) }
        if hasTXT { statements.append(Self.copy(from: "txt", origin: 1, time: "LastUpdate")) }
        return statements
    }

    /// A time that is no number counts as the oldest, as NULL does for acme-dns.
    private static func copy(from table: String, origin: Int, time: String) -> String {
        """
        INSERT INTO published_value
        SELECT Subdomain, CASE typeof(\(time)) WHEN 'integer' THEN \(time) ELSE 0 END, \(origin), rowid, CAST(Value AS BLOB)
        FROM main.\(table) WHERE typeof(Subdomain) = 'text' AND length(CAST(Value AS BLOB)) > 0 ORDER BY 1, 2, 4
        """
    }

    static let hasCopiedValues = "SELECT EXISTS (SELECT 1 FROM temp.sqlite_master WHERE name = 'published_value')"

    /// The oldest first, as acme-dns overwrites them.
    static let selectValues = """
        SELECT octets, last_update FROM temp.published_value WHERE subdomain = ? ORDER BY last_update, origin, number
        """
}
