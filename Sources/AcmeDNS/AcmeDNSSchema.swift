import Importing

/// Where an acme-dns database keeps its data. Names of tables and columns are acme-dns's own.
///
/// Schema 0 (acme-dns 0.1) has one value an account, in `records.Value` with `records.LastActive`; before its release it had no
/// `AllowFrom`. Schema 1 has its number in `acmedns` and its values in `txt`: two rows an account, or the number that `txtlimit`
/// says. An SQLite file that acme-dns brought from 0 to 1 still has the columns of 0, with values that are not served any more; in
/// PostgreSQL, acme-dns removes them.
struct AcmeDNSSchema: Hashable, Sendable {
    let hasAllowFrom: Bool
    /// Whether values in `records` count.
    let hasValueInRecords: Bool
    let hasTXT: Bool
    /// Whether `txt` has numbers of rows in a column: acme-dns makes one in PostgreSQL.
    let hasRowNumbers: Bool

    static let newestVersion = 1

    /// What tells the schemas apart.
    struct Facts: Hashable, Sendable {
        /// The columns of tables, in lower case; empty if there is no such table.
        var records: Set<String>
        var txt: Set<String>
        /// The beginning of the version's text; `nil` if there is none.
        var version: String?
    }

    /// - Throws: ``AcmeDNSDatabaseError`` if it is no acme-dns database.
    init(_ facts: Facts, of source: SourceName) throws(AcmeDNSDatabaseError) {
        let (records, txt) = (facts.records, facts.txt)
        try Self.require(["username", "password", "subdomain"], of: records, in: "records", source)
        let version = try Self.version(facts.version, of: source)

        hasAllowFrom = records.contains("allowfrom")
        hasValueInRecords = version == 0 && records.isSuperset(of: ["value", "lastactive"])
        hasTXT = !txt.isEmpty
        hasRowNumbers = txt.contains("rowid")
        if hasTXT || !hasValueInRecords {
            try Self.require(["subdomain", "value", "lastupdate"], of: txt, in: "txt", source)
        }
        if version > 0 { try Self.require(["allowfrom"], of: records, in: "records", source) }
    }

    /// The version as acme-dns reads it: 0 if there is no number.
    private static func version(_ text: String?, of source: SourceName) throws(AcmeDNSDatabaseError) -> Int {
        guard let text, !text.isEmpty else { return 0 }
        guard let version = Int(text), 0...newestVersion ~= version else {
            throw .unknownSchema(source, version: text)
        }
        return version
    }

    private static func require(
        _ columns: [String], of found: Set<String>, in table: String, _ source: SourceName
    ) throws(AcmeDNSDatabaseError) {
        guard !found.isEmpty else {
            throw .notAcmeDNS(source, missing: "it has no table “\(table)”")
        }
        for column in columns where !found.contains(column) {
            throw .notAcmeDNS(source, missing: "its table “\(table)” has no column “\(column)”")
        }
    }
}
