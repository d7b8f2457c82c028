import AcmeDNS
import Authority
import DNS
package import Delegates
package import Logging
import Nameserver
import SQLiteStorage
import ServiceLifecycle
import Signing
package import Sockets
import UnixSignals
import Webserver

/// A server that is built from its configuration: everything is open and bound, and ``run(stopsOnSignals:)`` starts it.
package struct Server: Sendable {
    private let configuration: Configuration
    private let logger: Logger
    private let storage: SQLiteDelegateStorage
    private let tap: QueryTap
    private let tlsIdentity: TLSIdentity?
    private let routes: Routes
    private let operatorRoutes: OperatorRoutes
    let reloading: Reloading
    let signedZones: SignedZones
    let serials: ZoneSerials
    private let dns: NameserverBinding.Listeners
    private let http: [HTTPListener]
    private let metrics: [HTTPListener]
    private let remoteOperators: [HTTPListener]
    private let metricsPage: MetricsPage
    private let readiness: Readiness
    private let auditWriting: AuditWriting
    private let credentialLoading: CredentialLoading
    private let auditRetention: AuditRetention
    private let unusedExpiry: UnusedExpiry
    let signingUpkeep: SigningUpkeep

    /// The maximum number of connections for metrics, and of those for the operator's API over TCP, over all addresses together.
    private static let maximumSideConnections = 16

    /// Opens the storage, reads it, and binds every socket.
    ///
    /// - Parameters:
    ///   - version: the version that metrics show.
    ///   - reader: reads the configuration again for a reload.
    ///   - logLevel: the logger's level, which a reload changes.
    ///   - clocks: other clocks than the system's, for tests.
    /// - Throws: ``StartError``.
    package init(
        _ configuration: Configuration, version: String, reader: @escaping Reloading.Reader, logger: Logger,
        logLevel: SharedLogLevel, clocks: Clocks = .system
    ) async throws(StartError) {
        self.configuration = configuration
        self.logger = logger
        let clock = clocks.steady
        let table = DelegateTable()
        let credentials = CredentialTable(delegates: table)
        do {
            storage = try SQLiteDelegateStorage(
                path: configuration.storage.sqlitePath, auditedAddresses: configuration.audit.addresses,
                reserve: configuration.storage.reserve, logger: logger)
            if configuration.signing.isOn { table.reserveSignatures() }
            storage.follow(with: table, credentials, clock: clock)
            try await storage.load(into: table, now: clock.now)
        } catch {
            throw .storage(error)
        }
        serials = ZoneSerials(storage: storage, table: table, clock: clock, logger: logger)
        do {
            try await serials.load()
        } catch {
            throw .storage(error)
        }
        signedZones = SignedZones(table: table, report: SigningLog(logger: logger).log)
        do {
            try signedZones.adopt(configuration, beginsZones: false, now: clock.now)
        } catch {
            throw .keys(error.description)
        }
        let notes = AuditNotes(storage: storage, clock: clock)
        auditWriting = AuditWriting(notes: notes)
        credentialLoading = CredentialLoading(storage: storage, credentials: credentials, logger: logger)
        let assembly = Assembly(
            storage: storage, table: table, credentials: credentials, clock: clock, limits: Limits(configuration.limits),
            notes: notes,
            slowKeys: SlowKeyQueue { $1.matches($0) }, signedZones: signedZones, serials: serials)

        unusedExpiry = UnusedExpiry(
            storage: storage, clock: clock, lifetime: configuration.registration.unusedLifetime, logger: logger)
        auditRetention = AuditRetention(
            storage: storage, clock: clock, lifetime: configuration.audit.retention,
            maximumCount: configuration.audit.maximumEntries, logger: logger)

        let settings = configuration.nameserver
        do throws(TLSIdentity.Failure) {
            tlsIdentity = try configuration.certificate().map { TLSIdentity($0, logger: logger) }
        } catch {
            throw .certificate(error.description)
        }
        tap = QueryTap(logging: configuration.logging.queries, logger: logger)
        let queryStatistics = QueryStatistics()
        // This responder answers no query: not all zones have their keys yet.
        let responder = CurrentResponder(assembly.responder(configuration, zones: signedZones.zones))
        let budget = ConnectionBudget.claim(nameserver: settings.maximumConnections, logger: logger)
        let connections = Connections(
            Connections.Limits(count: budget.nameserver, countPerNetwork: settings.maximumConnectionsPerNetwork))
        let webserverConnections = Connections(
            Connections.Limits(
                count: budget.webserver, countPerNetwork: configuration.webserver.maximumConnectionsPerNetwork),
            exempting: TrustedProxies(configuration.webserver.trustedProxies).contain)
        let binding = NameserverBinding(
            settings: settings, identity: tlsIdentity,
            parts: ListenerParts(
                responder: responder, statistics: queryStatistics, clock: clock, tap: tap, connections: connections,
                logger: logger))
        do {
            dns = try await binding.bind()
        } catch {
            throw .listen(error)
        }
        do {
            http = try await Self.bindHTTP(configuration.webserver.listen, webserverConnections, logger: logger)
        } catch {
            await dns.close()
            throw .listen(error)
        }
        do {
            let few = Connections(Connections.Limits(count: Self.maximumSideConnections))
            metrics = try await Self.bindHTTP(configuration.metricsListen, few, logger: logger)
        } catch {
            await dns.close()
            for listener in http { await listener.close() }
            throw .listen(error)
        }
        do {
            let few = Connections(Connections.Limits(count: Self.maximumSideConnections))
            remoteOperators = try await Self.bindHTTP(configuration.operatorAccess.listen, few, logger: logger)
        } catch {
            await dns.close()
            for listener in http + metrics { await listener.close() }
            throw .listen(error)
        }

        do {
            try await Self.makeKeys(signedZones, configuration, now: clock.now)
        } catch {
            await dns.close()
            for listener in http + metrics + remoteOperators { await listener.close() }
            throw .keys(error.description)
        }
        responder.replace(by: assembly.responder(configuration))
        await serials.keepInitially()

        metricsPage = MetricsPage(
            version: version, queries: queryStatistics, requests: assembly.requestStatistics, storage: storage, table: table,
            nameserverConnections: connections, webserverConnections: webserverConnections, tlsIdentity: tlsIdentity,
            signedZones: signedZones, limits: assembly.limits)
        readiness = Readiness(storage: storage, signedZones: signedZones, clock: clock)
        let api = http.first?.endpoint ?? configuration.webserver.listen[0]
        routes = Routes(assembly.services(configuration, api: api), logger: logger)
        let reloading = Reloading(from: configuration, read: reader, logger: logger)
        self.reloading = reloading
        signingUpkeep = SigningUpkeep(
            zones: signedZones, clock: clock, systemTime: clocks.system, zonesChanged: { reloading.renewResponder() })
        let actions = OperatorActions(
            version: version, addresses: Self.addresses(dns, http, metrics, remoteOperators), started: clock.now,
            assembly: assembly,
            reloading: reloading, tap: tap)
        operatorRoutes = OperatorRoutes(configuration, assembly: assembly, api: api, actions: actions, logger: logger)
        reloading.begin(
            with: Reloading.Parts(
                assembly: assembly, responder: responder, routes: routes, operatorRoutes: operatorRoutes,
                unusedExpiry: unusedExpiry, api: api, nameserverConnections: connections,
                webserverConnections: webserverConnections,
                tlsIdentity: tlsIdentity, tap: tap, logLevel: logLevel))
    }

    /// Makes the keys of new zones. It runs when nothing else can keep the server from starting: a start that fails leaves no keys.
    private static func makeKeys(
        _ zones: SignedZones, _ configuration: Configuration, now: Timestamp
    ) async throws(KeyFolder.Failure) {
        guard zones.lacksKeys else { return }
        try await LostKeys(configuration: configuration).check()
        try zones.adopt(configuration, now: now)
    }

    private static func bindHTTP(
        _ endpoints: [Endpoint], _ connections: Connections, logger: Logger
    ) async throws(ListenError) -> [HTTPListener] {
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

    /// The sources of the time.
    package struct Clocks: Sendable {
        /// Moves with the time that the machine is on.
        package var steady: SteadyClock
        /// Can be set. Others judge signatures by it.
        package var system: @Sendable () -> Timestamp

        package init(steady: SteadyClock, system: @escaping @Sendable () -> Timestamp) {
            self.steady = steady
            self.system = system
        }

        package static var system: Clocks {
            Clocks(steady: SteadyClock(startingAt: Assembly.systemTime()), system: Assembly.systemTime)
        }
    }

    /// The addresses at which the server can be reached.
    package struct Addresses: Sendable {
        package var nameserver: [Endpoint]
        package var nameserverTLS: [Endpoint]
        package var webserver: [Endpoint]
        package var metrics: [Endpoint]
        package var operators: [Endpoint]
    }

    package var addresses: Addresses { Self.addresses(dns, http, metrics, remoteOperators) }

    private static func addresses(
        _ dns: NameserverBinding.Listeners, _ http: [HTTPListener], _ metrics: [HTTPListener],
        _ operators: [HTTPListener]
    ) -> Addresses {
        Addresses(
            nameserver: dns.udp.map(\.endpoint), nameserverTLS: dns.tls.map(\.endpoint), webserver: http.compactMap(\.endpoint),
            metrics: metrics.compactMap(\.endpoint), operators: operators.compactMap(\.endpoint))
    }

    /// Runs until the surrounding service group shuts down or, with `stopsOnSignals`, SIGTERM or SIGINT arrives. The API stops first
    /// and finishes the requests that it has begun; DNS is answered to the last; then the storage is closed.
    package func run(stopsOnSignals: Bool = false) async throws {
        let operatorSocket = OperatorSocket(
            path: configuration.operatorSocketPath, routes: operatorRoutes.local, logger: logger)
        // The services start in this order and stop in the reverse order.
        var parts: [any Service] = [
            storage, credentialLoading, auditWriting, serials, auditRetention, unusedExpiry, signingUpkeep, operatorSocket,
        ]
        parts += dns.udp as [any Service]
        parts += dns.tcp as [any Service]
        parts += dns.tls as [any Service]
        if let tlsIdentity { parts.append(tlsIdentity) }
        parts += http.map { $0.serving(routes) }
        let observing = Routes(metrics: metricsPage.write, readiness: readiness.report, logger: logger)
        parts += metrics.map { $0.serving(observing) }
        parts += remoteOperators.map { $0.serving(operatorRoutes.remote) }
        if stopsOnSignals { parts.append(HangupSignal(reloading: reloading)) }
        parts.append(Announcement(announce: logReady))
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var settings = ServiceGroupConfiguration(
            services: parts.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
            gracefulShutdownSignals: stopsOnSignals ? [.sigterm, .sigint] : [], logger: quiet)
        settings.maximumGracefulShutdownDuration = .seconds(30)
        try await ServiceGroup(configuration: settings).run()
    }

    /// Logs that all sockets are bound and the parts run.
    @Sendable
    private func logReady() {
        func list(_ endpoints: [Endpoint]) -> String { endpoints.map(\.description).joined(separator: " ") }
        logger.notice(
            "ready",
            metadata: [
                "dns.addresses": "\(list(addresses.nameserver))",
                "dns.tls.addresses": "\(list(addresses.nameserverTLS))",
                "http.addresses": "\(list(addresses.webserver))",
                "metrics.addresses": "\(list(addresses.metrics))",
                "operator.addresses": "\(list(addresses.operators))",
                "dns.zones": "\(configuration.zones.all.map(\.apex.description).joined(separator: " "))",
            ])
    }
}

/// Announces that the services before it have started and signals are caught.
private struct Announcement: Service {
    let announce: @Sendable () -> Void

    func run() async throws {
        announce()
        try await gracefulShutdown()
    }
}
