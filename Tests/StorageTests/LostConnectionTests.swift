import PostgreSQL
import TestSupport
import Testing

/// Connections to PostgreSQL that the server ends.
@Suite(.timeLimit(.minutes(5)))
struct LostConnectionTests {
    /// The end can come before the statements, between them or after them.
    @Test func `a run on a connection that the server ends is told so at once, whenever that happens`() async throws {
        let string = try ConnectionString(try PostgreSQLServer.shared.makeDatabase())
        let other = try await PostgreSQLConnection.open(string, name: "other")
        defer { other.close() }
        for _ in 0..<100 {
            let connection = try await PostgreSQLConnection.open(string, name: "test")
            defer { connection.close() }
            let end = Statement("SELECT pg_terminate_backend($1::integer)", [.integer(connection.processID)])
            async let ending = other.run([end], until: .now.advanced(by: .seconds(60)))
            let began = ContinuousClock.now
            let error = await #expect(throws: PostgreSQLError.self) {
                while began.duration(to: .now) < .seconds(20) {
                    _ = try await connection.run([Statement("SELECT 1")], until: began.advanced(by: .seconds(20)))
                }
            }
            #expect(error?.isDisconnected == true && began.duration(to: .now) < .seconds(15), "\(String(describing: error))")
            _ = try await ending
        }
    }
}
