package import Importing
package import PostgreSQL

/// A PostgreSQL database of acme-dns, of schema 0 or 1. Accounts are read from it as they are at one moment, and nothing is written to it.
package final class AcmeDNSServerDatabase: Sendable {
    private let snapshot: DatabaseSnapshot
    private let schema: AcmeDNSSchema

    /// - Throws: ``AcmeDNSDatabaseError`` if it is not acme-dns's; ``SnapshotError``.
    package static func open(_ string: ConnectionString) async throws -> AcmeDNSServerDatabase {
        let snapshot = try await DatabaseSnapshot.open(string)
        let schema = try AcmeDNSSchema(try await .init(of: snapshot), of: snapshot.name)
        try await snapshot.open(schema.selectServerAccounts)
        return AcmeDNSServerDatabase(snapshot, schema)
    }

    private init(_ snapshot: DatabaseSnapshot, _ schema: AcmeDNSSchema) {
        self.snapshot = snapshot
        self.schema = schema
    }

    /// Reads the next accounts in the order in which they are in the table: as a rule, the order of their registration.
    ///
    /// - Parameter row: the number of the last row of the batch before; 0 for the first batch.
    func accounts(after row: Int64, maximum: Int) async throws -> [AcmeDNSAccount] {
        let rows = try await snapshot.next(maximum)
        var accounts = try snapshot.reading {
            try (0..<rows.count).map { index in
                func text(_ column: Int) throws -> AcmeDNSAccount.Field { .init(try rows[index].octetsIfAny(column)) }
                return AcmeDNSAccount(
                    row: row + Int64(index) + 1, username: try text(0), passwordHash: try text(1), subdomain: try text(2),
                    allowFrom: try text(3))
            }
        }
        let values = try await snapshot.rows(Statement(schema.selectServerValues, [.texts(accounts.map(\.subdomain))]))
        try snapshot.reading {
            for index in 0..<values.count {
                // The first one has the number 1.
                let account = Int(try values[index].integer(0)) - 1
                guard accounts.indices.contains(account), !accounts[account].subdomain.isEmpty else { continue }
                accounts[account].addValue(try values[index].octets(1), at: try values[index].integer(2))
            }
        }
        return accounts
    }
}

extension AcmeDNSServerDatabase: AccountSource {
    package func accountCount() async throws -> Int {
        let rows = try await snapshot.rows(Statement("SELECT count(*) FROM records"))
        return try snapshot.reading { Int(try rows.first?.integer(0) ?? 0) }
    }

    package func batch(after row: Int64?, maximum: Int) async throws -> AccountBatch? {
        AccountBatch(try await accounts(after: row ?? 0, maximum: maximum))
    }
}
