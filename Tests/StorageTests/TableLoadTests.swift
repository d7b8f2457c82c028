import DNS
import Delegates
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

/// The table that a start reads from the storage.
struct TableLoadTests {
    /// A storage with these delegates, each with the values of its index's last digit, and its table.
    private func load(_ names: [String], more: String = "") async throws -> DelegateTable {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { _ in }
            var configuration = GRDB.Configuration()
            configuration.foreignKeysEnabled = false
            let database = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path, configuration: configuration)
            try await database.write { database in
                for (index, name) in names.enumerated() {
                    try database.execute(
                        sql: "INSERT INTO delegate (id, name, enrolled_at) VALUES (?, ?, 0)", arguments: [index + 1, name])
                    for value in 0..<index % 4 {
                        // The order of the sequence is not that of the rows.
                        try database.execute(
                            sql: """
                                INSERT INTO challenge_value (delegate_id, value, sequence, published_at) VALUES (?, ?, ?, ?)
                                """,
                            arguments: [
                                index + 1, Samples.value(index * 10 + value).text, index * 10 + 9 - value,
                                Samples.start.secondsSinceEpoch,
                            ])
                    }
                }
                try database.execute(sql: "UPDATE change_sequence SET number = 100000; \(more)")
            }
            try database.close()
            return try await withSQLite(in: folder) { storage in
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                return table
            }
        }
    }

    @Test func `names of all forms in several zones have their own values`() async throws {
        let long = String(repeating: "l", count: 63)
        let longZone = (0..<3).map { String(repeating: "\($0)", count: 61) }.joined(separator: ".")
        let names = [
            "a.d.example", "b.d.example", "c.second.example", "d.d.example", "d.second.example", "\(long).d.example",
            "e.\(longZone)", "f\\.g.d.example", "h\\032i.d.example", "j.d.example", "k.example", "l.sub.d.example",
            "m.d.example", "_n.d.example", "top", "\(String(repeating: "o", count: 61)).\(longZone)", "p.d.example",
        ]
        let table = try await load(names)
        #expect(table.count == names.count)
        for (index, name) in names.enumerated() {
            let expected = (0..<index % 4).reversed().map { Samples.value(index * 10 + $0).recordData }
            #expect(table.values(at: try DomainName(name), now: Samples.start) == expected, "\(name)")
        }
        #expect(table.hasDelegates(below: try DomainName("sub.d.example")))
        #expect(!table.hasDelegates(below: try DomainName("other.example")))
    }

    @Test(arguments: [
        "x..d.example", ".d.example", "\(String(repeating: "x", count: 64)).d.example",
        "\(String(repeating: "x", count: 63)).\((0..<3).map { String(repeating: "\($0)", count: 63) }.joined(separator: "."))",
    ])
    func `a name that is none ends the load`(name: String) async throws {
        let zone = name.drop { $0 != "." }.dropFirst()
        await #expect(throws: (any Error).self) { try await load(["a.d.example", "a.\(zone)", name]) }
    }

    @Test(arguments: [
        "UPDATE challenge_value SET value = replace(value, 'v', '+')", "UPDATE challenge_value SET sequence = -sequence",
        "DELETE FROM delegate WHERE id = 4",
    ])
    func `damage ends the load`(change: String) async throws {
        await #expect(throws: (any Error).self) {
            try await load((0..<4).map { "n\($0).d.example" }, more: change)
        }
    }
}
