package import Delegates
package import Logging
package import Sockets

/// What the name server's listeners have in common.
package struct ListenerParts: Sendable {
    package var responder: CurrentResponder
    package var statistics: QueryStatistics
    package var clock: SteadyClock
    package var tap: QueryTap
    /// Over TCP and TLS.
    package var connections: Connections
    package var logger: Logger

    package init(
        responder: CurrentResponder, statistics: QueryStatistics, clock: SteadyClock, tap: QueryTap, connections: Connections,
        logger: Logger
    ) {
        self.responder = responder
        self.statistics = statistics
        self.clock = clock
        self.tap = tap
        self.connections = connections
        self.logger = logger
    }
}
