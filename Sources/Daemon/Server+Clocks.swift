package import Delegates
import Logging
import PostgreSQLStorage

extension Server {
    /// The sources of the time.
    package struct Clocks: Sendable {
        /// Moves with the time that the machine is on.
        package var steady: SteadyClock
        /// Can be set. Others judge signatures by it.
        package var system: @Sendable () -> Timestamp
        /// What both come from, if this server is a node.
        var database: DatabaseClock?

        package init(steady: SteadyClock, system: @escaping @Sendable () -> Timestamp) {
            self.steady = steady
            self.system = system
        }

        /// A clock that differs from the database's by more than this is told of at the start.
        private static let tolerance: Int64 = 60

        /// The machine's clocks; for a node, the database's.
        static func agreed(_ configuration: Configuration, logger: Logger) async throws(StartError) -> Clocks {
            guard case .postgresql(let connection) = configuration.storage.database else {
                return Clocks(steady: SteadyClock(startingAt: Assembly.systemTime()), system: Assembly.systemTime)
            }
            let database: DatabaseClock
            do {
                database = try await .read(from: connection, name: "nuncio \(configuration.node.name)")
            } catch {
                throw .storage(error)
            }
            let difference = Assembly.systemTime().secondsSinceEpoch - database.now.secondsSinceEpoch
            if abs(difference) > tolerance {
                logger.warning(
                    "this machine's clock differs from the database's, which nodes go by: set both by NTP",
                    metadata: ["clock.ahead_seconds": "\(difference)"])
            }
            var clocks = Clocks(steady: SteadyClock(startingAt: database.now), system: { database.now })
            clocks.database = database
            return clocks
        }
    }
}
