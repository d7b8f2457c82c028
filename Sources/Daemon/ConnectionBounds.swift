import Logging
import Sockets
import Webserver

/// The bounds on the TCP connections of the two doors.
struct ConnectionBounds: Sendable {
    let nameserver: Connections
    let webserver: Connections

    init(_ configuration: Configuration, logger: Logger) {
        let budget = ConnectionBudget.claim(nameserver: configuration.nameserver.maximumConnections, logger: logger)
        nameserver = Connections(Self.limits(configuration.nameserver, budget))
        webserver = Connections(
            Self.limits(configuration.webserver, budget),
            exempting: TrustedProxies(configuration.webserver.trustedProxies).contain)
    }

    /// Sets what holds from now on.
    func set(by configuration: Configuration, logger: Logger) {
        let budget = ConnectionBudget.claim(nameserver: configuration.nameserver.maximumConnections, logger: logger)
        nameserver.setLimits(Self.limits(configuration.nameserver, budget))
        webserver.setLimits(
            Self.limits(configuration.webserver, budget),
            exempting: TrustedProxies(configuration.webserver.trustedProxies).contain)
    }

    private static func limits(_ settings: Configuration.Nameserver, _ budget: ConnectionBudget) -> Connections.Limits {
        Connections.Limits(count: budget.nameserver, countPerNetwork: settings.maximumConnectionsPerNetwork)
    }

    private static func limits(_ settings: Configuration.Webserver, _ budget: ConnectionBudget) -> Connections.Limits {
        Connections.Limits(count: budget.webserver, countPerNetwork: settings.maximumConnectionsPerNetwork)
    }
}
