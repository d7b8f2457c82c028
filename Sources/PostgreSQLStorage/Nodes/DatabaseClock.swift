package import Delegates
package import PostgreSQL
import StorageParts
import Synchronization

/// The time by the clock of the database that nodes share.
///
/// Nodes go by it, so that they agree on the age of a value: a machine whose clock is an hour wrong would take fresh values for old ones, and
/// remove them for all. It is read with each renewal of the lease, and moves with the time that passes in between.
package final class DatabaseClock: Sendable {
    private let heard: Mutex<Reading>

    private struct Reading {
        /// Since 1970.
        var time: Duration
        var at: ContinuousClock.Instant

        func time(at moment: ContinuousClock.Instant) -> Duration { time + at.duration(to: moment) }
    }

    static let statement = Statement("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")

    private init(_ reading: Reading) { heard = Mutex(reading) }

    package var now: Timestamp {
        let time = heard.withLock { $0.time(at: .now) }
        return Timestamp(secondsSinceEpoch: time.components.seconds)
    }

    /// Asks a database for its time.
    ///
    /// - Throws: ``StorageError/unavailable(_:)`` with the database and the reason.
    package static func read(
        from database: ConnectionString, name: String
    ) async throws(StorageError) -> DatabaseClock {
        do {
            let connection = try await PostgreSQLConnection.open(
                database, name: name, preparesStatements: false, refusesPgpool: true)
            defer { connection.close() }
            let rows = try await connection.run([statement], until: .now.advanced(by: .seconds(10)))[0]
            return DatabaseClock(Reading(time: try time(rows), at: .now))
        } catch {
            throw .unavailable("the PostgreSQL database (\(database)) cannot be used: \(StorageError.database(error))")
        }
    }

    /// Takes what the database has said after `began`. It stays as it was if that can be true: an answer takes its time, and need not make
    /// this clock jump.
    func take(_ rows: ResultRows, began: ContinuousClock.Instant) throws {
        let reading = Reading(time: try Self.time(rows), at: .now)
        heard.withLock { heard in
            let (earliest, latest) = (reading.time - began.duration(to: reading.at), reading.time)
            // In whole milliseconds, as the database says it.
            let expected = heard.time(at: began) - .milliseconds(1)...heard.time(at: began) + .milliseconds(1)
            guard !expected.overlaps(earliest...latest) else { return }
            heard = reading
        }
    }

    private static func time(_ rows: ResultRows) throws -> Duration { .milliseconds(try rows.first?.integer(0) ?? 0) }
}
