import Logging
import Nameserver
import Sockets
import Webserver

/// The sockets of a server: all of them are bound before anything is answered, or none stays bound.
struct Doors: Sendable {
    private(set) var dns = NameserverBinding.Listeners()
    private(set) var http: [HTTPListener] = []
    private(set) var metrics: [HTTPListener] = []
    /// The operator's API over TCP.
    private(set) var operators: [HTTPListener] = []

    /// The maximum number of connections for metrics, and of those for the operator's API, over all addresses together.
    private static let maximumSideConnections = 16

    /// Binds DNS, the API, metrics and the operator's API, in this order. If a socket cannot be bound, those before it are closed.
    ///
    /// - Parameters:
    ///   - given: sockets that are bound already.
    ///   - api: the bound on the API's connections.
    init(
        _ configuration: Configuration, certificates: DoorCertificates, nameserver: NameserverBinding, given: GivenSockets,
        api: Connections, logger: Logger
    ) async throws(ListenError) {
        func bind(
            _ endpoint: Endpoint, _ connections: Connections, _ identity: TLSIdentity? = nil
        ) async throws(ListenError) -> HTTPListener {
            try await HTTPListener.bind(
                endpoint: endpoint, given: given.take(.tcp, endpoint), identity: identity, connections: connections,
                timeouts: HTTPTimeouts(), logger: logger)
        }
        do {
            dns = try await nameserver.bind()
            for endpoint in configuration.webserver.listen {
                http.append(try await bind(endpoint, api, certificates.identity(of: .http)))
            }
            let observers = Connections(Connections.Limits(count: Self.maximumSideConnections))
            for endpoint in configuration.metricsListen { metrics.append(try await bind(endpoint, observers)) }
            let few = Connections(Connections.Limits(count: Self.maximumSideConnections))
            for endpoint in configuration.operatorAccess.listen {
                operators.append(try await bind(endpoint, few, certificates.identity(of: .operator)))
            }
        } catch {
            await close()
            throw error
        }
    }

    /// Closes the sockets of doors that will not be opened.
    func close() async {
        await dns.close()
        for listener in http + metrics + operators { await listener.close() }
    }

    /// The addresses with the ports that were bound.
    var addresses: Server.Addresses {
        Server.Addresses(
            nameserver: dns.udp.map(\.endpoint), nameserverTLS: dns.tls.map(\.endpoint), webserver: http.compactMap(\.endpoint),
            metrics: metrics.compactMap(\.endpoint), operators: operators.compactMap(\.endpoint))
    }
}
