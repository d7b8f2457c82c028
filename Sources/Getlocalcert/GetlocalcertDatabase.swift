package import Importing
package import PostgreSQL

/// A PostgreSQL database of getlocalcert. Its zones are read as accounts, as they are at one moment, and nothing is written to it.
///
/// The tables are those of Django's models in `localcert/domains/models.py` of robalexdev/getlocalcert-webapp, with migrations 0001 to 0005:
/// - `domains_zone` has a row for each name (`something.localhostcert.net.`, with its final dot). `is_delegate` says that it was registered
///   through the acme-dns API, and that values are answered at the name itself.
/// - `domains_zoneapikey` has the keys of a zone. `id` is what a client sends as X-Api-User, and `hash` the SHA-256 of what it sends as
///   X-Api-Key: 64 hexadecimal digits, as text. There are at most two for a zone (`API_KEY_PER_ZONE_LIMIT`).
/// - `domains_manageddomainname` (migration 0005) has the two values of a name. Before, they were in PowerDNS alone: then none are read.
package final class GetlocalcertDatabase: Sendable {
    private let snapshot: DatabaseSnapshot
    private let hasValues: Bool

    /// - Throws: ``GetlocalcertDatabaseError`` if it is not getlocalcert's; ``SnapshotError``.
    package static func open(_ string: ConnectionString) async throws -> GetlocalcertDatabase {
        let snapshot = try await DatabaseSnapshot.open(string)
        try await require(["id", "name", "created", "is_delegate"], in: "domains_zone", snapshot)
        try await require(["id", "zone_id", "hash", "created", "last_used"], in: "domains_zoneapikey", snapshot)
        let hasValues = try await !snapshot.columns(of: valueTable).isEmpty
        if hasValues {
            let columns = ["name", "old_challenge_response", "new_challenge_response", "created", "updated"]
            try await require(columns, in: valueTable, snapshot)
        }
        try await snapshot.open("SELECT id::text, name::text, is_delegate FROM domains_zone ORDER BY created, id")
        return GetlocalcertDatabase(snapshot, hasValues: hasValues)
    }

    private init(_ snapshot: DatabaseSnapshot, hasValues: Bool) {
        self.snapshot = snapshot
        self.hasValues = hasValues
    }

    private static let valueTable = "domains_manageddomainname"

    private static func require(_ columns: [String], in table: String, _ snapshot: DatabaseSnapshot) async throws {
        let found = try await snapshot.columns(of: table)
        guard !found.isEmpty else {
            throw GetlocalcertDatabaseError(name: snapshot.name, missing: "it has no table “\(table)”")
        }
        for column in columns where !found.contains(column) {
            throw GetlocalcertDatabaseError(
                name: snapshot.name, missing: "its table “\(table)” has no column “\(column)”")
        }
    }

    /// Reads the next zones in the order of their registration.
    ///
    /// - Parameter row: the number of the last row of the batch before; 0 for the first batch.
    func zones(after row: Int64, maximum: Int) async throws -> [GetlocalcertZone] {
        let rows = try await snapshot.next(maximum)
        var zones: [GetlocalcertZone] = []
        let ids: [String] = try snapshot.reading {
            try (0..<rows.count).map { index in
                zones.append(
                    GetlocalcertZone(
                        row: row + Int64(index) + 1, name: try rows[index].text(1), isDelegate: try rows[index].boolean(2)))
                return try rows[index].text(0)
            }
        }
        try await addKeys(ids, to: &zones)
        if hasValues { try await addValues(to: &zones) }
        return zones
    }

    private func addKeys(_ ids: [String], to zones: inout [GetlocalcertZone]) async throws {
        let select = """
            SELECT wanted.number, key.id::text, key.hash, \(Self.seconds("key.created")), \(Self.seconds("key.last_used"))
            FROM unnest($1) WITH ORDINALITY AS wanted(id, number)
            JOIN domains_zoneapikey AS key ON key.zone_id = wanted.id::uuid
            ORDER BY wanted.number, key.created, key.id
            """
        let keys = try await snapshot.rows(Statement(select, [.texts(ids)]))
        try snapshot.reading {
            for index in 0..<keys.count {
                let key = keys[index]
                // The first one has the number 1.
                let zone = Int(try key.integer(0)) - 1
                guard zones.indices.contains(zone) else { continue }
                zones[zone].keys.append(
                    GetlocalcertZone.Key(
                        id: try key.text(1), hash: try key.octets(2), created: try key.integerIfAny(3),
                        lastUsed: try key.integerIfAny(4)))
            }
        }
    }

    private func addValues(to zones: inout [GetlocalcertZone]) async throws {
        let select = """
            SELECT wanted.number, value.old_challenge_response, value.new_challenge_response, \(Self.seconds("value.created")),
                \(Self.seconds("value.updated"))
            FROM unnest($1) WITH ORDINALITY AS wanted(name, number)
            JOIN \(Self.valueTable) AS value ON value.name = wanted.name
            """
        let values = try await snapshot.rows(Statement(select, [.texts(zones.map(\.name))]))
        try snapshot.reading {
            for index in 0..<values.count {
                let row = values[index]
                let zone = Int(try row.integer(0)) - 1
                guard zones.indices.contains(zone) else { continue }
                // Only the time of the newer one is known. The older one came between the row's creation and then.
                for (text, time) in [(1, 3), (2, 4)] {
                    guard let text = try row.textIfAny(text), !text.isEmpty else { continue }
                    zones[zone].values.append(
                        GetlocalcertZone.Value(text: text, time: try row.integerIfAny(time) ?? 0))
                }
            }
        }
    }

    /// A time in seconds since 1970; null for one that is null or infinite.
    private static func seconds(_ column: String) -> String {
        "CASE WHEN isfinite(\(column)) THEN floor(extract(epoch FROM \(column)))::bigint END"
    }
}

extension GetlocalcertDatabase: AccountSource {
    package func accountCount() async throws -> Int {
        let rows = try await snapshot.rows(Statement("SELECT count(*) FROM domains_zone"))
        return try snapshot.reading { Int(try rows.first?.integer(0) ?? 0) }
    }

    package func batch(after row: Int64?, maximum: Int) async throws -> AccountBatch? {
        let zones = try await zones(after: row ?? 0, maximum: maximum)
        guard let last = zones.last else { return nil }
        return AccountBatch(accounts: zones.map { $0.checked() }, lastRow: last.row)
    }
}

/// A database that is not getlocalcert's, or too old. The description is for the operator that named it.
package struct GetlocalcertDatabaseError: AccountSourceError, Hashable {
    package let name: SourceName
    /// What it lacks, in words.
    package let missing: String

    package var description: String {
        "the \(name) is not one of getlocalcert with its migrations up to 0004 (zone_is_delegate): \(missing)"
    }
}
