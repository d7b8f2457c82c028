import Importing
import PostgreSQL

extension AcmeDNSSchema.Facts {
    init(of snapshot: DatabaseSnapshot) async throws(SnapshotError) {
        records = try await snapshot.columns(of: "records")
        txt = try await snapshot.columns(of: "txt")
        if try await snapshot.columns(of: "acmedns").isSuperset(of: ["name", "value"]) {
            // The text is truncated: it is repeated to the operator.
            let rows = try await snapshot.rows(
                Statement("SELECT left(value, 20)::text FROM acmedns WHERE name = 'db_version' LIMIT 1"))
            version = try snapshot.reading { try rows.first?.textIfAny(0) }
        }
    }
}

/// How PostgreSQL is asked.
extension AcmeDNSSchema {
    /// Selects all accounts in the order in which they are in the table, without a sort. acme-dns adds rows and never changes one.
    var selectServerAccounts: String {
        "SELECT username::text, password::text, subdomain::text, \(hasAllowFrom ? "allowfrom" : "'[]'")::text FROM records"
    }

    /// Selects the values of accounts as the accounts' number, octets and a time, given an array of subdomains.
    ///
    /// acme-dns 2.0.2 and older have no index on `txt.subdomain`. A look-up for each account would read the whole table each time; this
    /// reads it once for a batch of tens of thousands, beside a table of the batch's subdomains in memory.
    var selectServerValues: String {
        var sources: [String] = []
        if hasValueInRecords { sources.append(Self.values(of: "records", origin: 0, time: "lastactive", number: "0")) }
        if hasTXT {
            let number = hasRowNumbers ? "rowid" : "0"
            sources.append(Self.values(of: "txt", origin: 1, time: "lastupdate", number: number))
        }
        // The oldest first, as acme-dns overwrites them.
        return """
            SELECT wanted.number, published.value, published.time
            FROM unnest($1) WITH ORDINALITY AS wanted(subdomain, number)
            JOIN (\(sources.joined(separator: " UNION ALL "))) AS published ON published.subdomain = wanted.subdomain
            ORDER BY wanted.number, published.time, published.origin, published.number
            """
    }

    private static func values(of table: String, origin: Int, time: String, number: String) -> String {
        """
        SELECT subdomain::text, value::text, coalesce(\(time), 0)::bigint AS time, \(origin) AS origin, \(number)::bigint AS number
        FROM \(table) WHERE value <> ''
        """
    }
}
