import DNS
import Delegates
import StorageParts
import TestSupport
import Testing

@testable import PostgreSQL
@testable import PostgreSQLStorage

/// Programs of different age over one database.
@Suite(.timeLimit(.minutes(10)))
struct SchemaTests: StorageContract {
    private func later(keepsOlderPrograms: Bool) -> Schema {
        let next = Schema.Migration(
            title: "something new", statements: ["ALTER TABLE delegate ADD COLUMN colour text NOT NULL DEFAULT 'blue'"],
            keepsOlderPrograms: keepsOlderPrograms)
        return Schema(migrations: Schema.current.migrations + [next])
    }

    private func open(_ database: String, _ schema: Schema) async throws -> PostgreSQLDelegateStorage {
        try await PostgreSQLDelegateStorage.open(
            PostgreSQLDelegateStorage.Settings(connection: try ConnectionString(database)), schema: schema,
            logger: CapturedLog().logger)
    }

    @Test func `a newer program changes the tables under an older one, which goes on`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withPostgreSQL(database) { older in
            try await enrol(older, "a")
            let newer = try await open(database, later(keepsOlderPrograms: true))
            try await withService(newer) {
                try await enrol(newer, "b")
                try await enrol(older, "c")
                _ = try await older.publish(Samples.value(1), at: try name("b"), at: Samples.start)
                #expect(try await newer.delegates(DelegateFilter(), after: nil, maximum: 9).records.count == 3)
            }
        }
        // Another older one can begin.
        try await withPostgreSQL(database) { try await enrol($0, "d") }
    }

    @Test func `an older program refuses tables that it would not understand`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        _ = try await open(database, later(keepsOlderPrograms: false))
        await #expect {
            _ = try await open(database, .current)
        } throws: { "\($0)".contains("use a newer version of nuncio") }
    }

    @Test func `an older program that runs makes no more changes then`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withPostgreSQL(database) { older in
            try await enrol(older, "a")
            _ = try await open(database, later(keepsOlderPrograms: false))
            await #expect { try await enrol(older, "b") } throws: { "\($0)".contains("use a newer version of nuncio") }
        }
    }

    @Test func `programs that begin at the same time make the tables once`() async throws {
        let database = try PostgreSQLServer.shared.makeDatabase()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { _ = try await open(database, later(keepsOlderPrograms: true)) } }
            try await group.waitForAll()
        }
    }

    @Test func `what a database cannot be used for is told`() async throws {
        let server = try PostgreSQLServer.shared
        for (connection, expected) in [
            ("host=\(server.folder) user=nuncio dbname=absent", "does not exist"),
            ("host=/nowhere dbname=nuncio", "cannot be reached"),
            ("host=127.0.0.1 port=1 dbname=nuncio password=secret", "refused"),
        ] {
            await #expect {
                _ = try await open(connection, .current)
            } throws: { "\($0)".contains(expected) && !"\($0)".contains("secret") }
        }
    }

    @Test func `a server elsewhere must show a certificate unless the connection string says otherwise`() throws {
        let verified = ("sslmode", "verify-full")
        func defaults(_ text: String) throws -> [(String, String)] { try ConnectionString(text).defaults(name: "n") }
        for text in ["host=db.example dbname=n", "postgresql://a@192.0.2.1/n", "host=/run,db2 dbname=n"] {
            #expect(try defaults(text).contains { $0 == verified }, "\(text)")
        }
        for text in ["dbname=n", "host=/run/postgresql", "host=localhost", "postgresql://a@127.0.0.1/n"] {
            #expect(try !defaults(text).contains { $0 == verified }, "\(text)")
        }
        #expect(throws: PostgreSQLError.self) { try ConnectionString("host=db1 nonsense=1") }
    }
}
