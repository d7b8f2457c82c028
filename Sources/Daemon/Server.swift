import Authority
import DNS
import Delegates
import Glibc
package import Logging
import Nameserver
import SQLiteStorage
import ServiceLifecycle
package import Sockets
import UnixSignals
import Webserver

/// A server made of its configuration: everything is open and bound, and ``run(stopsOnSignals:)`` sets it going.
package struct Server: Sendable {
    private let configuration: Configuration
    private let logger: Logger
    private let storage: SQLiteDelegateStorage
    private let table: DelegateTable
    private let clock: SteadyClock
    private let tap: QueryTap
    private let tlsIdentity: TLSIdentity?
    private let dns: NameserverBinding.Listeners
    private let http: [HTTPListener]

    /// Opens the storage, reads it, and binds every socket.
    ///
    /// - Throws: ``StartError``.
    package init(_ configuration: Configuration, logger: Logger) async throws(StartError) {
        self.configuration = configuration
        self.logger = logger
        clock = SteadyClock(startingAt: Self.systemTime())
        table = DelegateTable()
        do {
            storage = try SQLiteDelegateStorage(path: configuration.storage.sqlitePath, logger: logger)
            try await storage.load(into: table, now: clock.now)
        } catch {
            throw .storage(error)
        }

        let budget = ConnectionBudget.claim(nameserver: configuration.nameserver.maximumConnections, logger: logger)
        let settings = configuration.nameserver
        do throws(TLSIdentity.Failure) {
            tlsIdentity = try settings.tls.map { tls throws(TLSIdentity.Failure) in
                try TLSIdentity(certificatePath: tls.certificatePath, keyPath: tls.keyPath, logger: logger)
            }
        } catch {
            throw .certificate(error.description)
        }
        tap = QueryTap(logging: configuration.logging.queries, logger: logger)
        let responder = Responder(
            zones: configuration.zones, table: table,
            cookies: ServerCookies(secrets: settings.cookieSecrets, systemTime: Self.systemTime),
            identity: settings.identity, connectionTimeout: settings.connectionTimeout,
            transferNetworks: settings.transferNetworks)
        let binding = NameserverBinding(
            settings: settings, identity: tlsIdentity,
            parts: TCPListener.Parts(
                responder: responder, clock: clock, tap: tap, connections: Connections(maximumCount: budget.nameserver),
                timeout: settings.connectionTimeout),
            logger: logger)
        do {
            dns = try await binding.bind()
        } catch {
            throw .listen(error)
        }
        do {
            http = try await Self.bindHTTP(configuration.webserver.listen, maximumConnections: budget.webserver, logger: logger)
        } catch {
            for listener in dns.tcp + dns.tls { await listener.close() }
            throw .listen(error)
        }
    }

    @Sendable
    private static func systemTime() -> Timestamp {
        Timestamp(secondsSinceEpoch: Int64(time(nil)))
    }

    private static func bindHTTP(
        _ endpoints: [Endpoint], maximumConnections: Int, logger: Logger
    ) async throws(ListenError) -> [HTTPListener] {
        let connections = Connections(maximumCount: maximumConnections)
        var listeners: [HTTPListener] = []
        for endpoint in endpoints {
            do {
                listeners.append(
                    try await HTTPListener.bind(
                        endpoint: endpoint, connections: connections, timeouts: HTTPTimeouts(), logger: logger))
            } catch {
                for listener in listeners { await listener.close() }
                throw error
            }
        }
        return listeners
    }

    /// Where the server can be reached.
    package struct Addresses: Sendable {
        package var nameserver: [Endpoint]
        package var nameserverTLS: [Endpoint]
        package var webserver: [Endpoint]
    }

    package var addresses: Addresses {
        Addresses(nameserver: dns.udp.map(\.endpoint), nameserverTLS: dns.tls.map(\.endpoint), webserver: http.map(\.endpoint))
    }

    /// Runs until the surrounding service group shuts down or, if so wanted, SIGTERM or SIGINT comes. The API stops first and
    /// finishes what it has begun; DNS is answered to the last; then the storage is closed.
    package func run(stopsOnSignals: Bool = false) async throws {
        let services = webServices()
        // Started in this order and stopped in its reverse.
        let trace = TraceListener(path: configuration.tracePath, tap: tap, logger: logger)
        let parts: [any Service] =
            [storage, trace] + dns.udp + dns.tcp + dns.tls + (tlsIdentity.map { [$0] } ?? [])
            + http.map { $0.serving(services, logger: logger) } + [Announcement(announce: logReady)]
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var settings = ServiceGroupConfiguration(
            services: parts.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
            gracefulShutdownSignals: stopsOnSignals ? [.sigterm, .sigint] : [], logger: quiet)
        settings.maximumGracefulShutdownDuration = .seconds(30)
        try await ServiceGroup(configuration: settings).run()
    }

    /// All sockets are bound, and the parts run.
    @Sendable
    private func logReady() {
        func list(_ endpoints: [Endpoint]) -> String { endpoints.map(\.description).joined(separator: " ") }
        logger.notice(
            "ready",
            metadata: [
                "dns.addresses": "\(list(addresses.nameserver))",
                "dns.tls.addresses": "\(list(addresses.nameserverTLS))",
                "http.addresses": "\(list(addresses.webserver))",
                "dns.zones": "\(configuration.zones.all.map(\.apex.description).joined(separator: " "))",
            ])
    }

    private func webServices() -> Services {
        let publicURL = configuration.webserver.publicURL ?? "http://\(http[0].endpoint)"
        return Services(
            storage: storage,
            authentication: Authentication(storage: storage),
            publishing: Publishing(storage: storage, table: table, clock: clock),
            enrolment: Enrolment(
                storage: storage, table: table, clock: clock, zone: configuration.enrolmentZone,
                mode: configuration.registration.mode,
                limit: RegistrationLimit(maximum: configuration.registration.limitPerHour)),
            trustedProxies: TrustedProxies(configuration.webserver.trustedProxies),
            publicURL: publicURL)
    }
}

/// Says something when the services before it have been started and signals are caught.
private struct Announcement: Service {
    let announce: @Sendable () -> Void

    func run() async throws {
        announce()
        try await gracefulShutdown()
    }
}
