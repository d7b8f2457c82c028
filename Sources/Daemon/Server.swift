import Authority
import DNS
import Delegates
import Doctor
package import Logging
import Nameserver
import SQLiteStorage
import ServiceLifecycle
import Signing
package import Sockets
package import Supervision
import UnixSignals
import Webserver

/// A server that is built from its configuration: everything is open and bound, and ``run(stopsOnSignals:)`` starts it.
package struct Server: Sendable {
    private let configuration: Configuration
    private let logger: Logger
    private let assembly: Assembly
    private let doors: Doors
    private let certificates: DoorCertificates
    private let ownCertificate: OwnCertificate?
    private let routes: Routes
    private let operatorRoutes: OperatorRoutes
    private let domainCounting: DomainCounting
    private let metricsPage: MetricsPage
    private let readiness: Readiness
    private let auditWriting: AuditWriting
    private let credentialLoading: CredentialLoading
    private let auditRetention: AuditRetention
    private let unusedExpiry: UnusedExpiry
    private let domainCare: DomainCare
    private let supervisor: Supervisor?
    let reloading: Reloading
    private let sharedSerials: SharedSerials
    /// `nil` if nodes share nothing.
    let sharedSecrets: SharedSecretKeeping?
    let signingUpkeep: SigningUpkeep

    /// Opens the storage, reads it, and binds every socket.
    ///
    /// - Parameters:
    ///   - version: the version that metrics show.
    ///   - reader: reads the configuration again for a reload.
    ///   - logLevel: the logger's level, which a reload changes.
    ///   - given: sockets that a service manager has bound; all of them must be configured ones.
    ///   - supervisor: the service manager that wants to know how the server is; `nil` if there is none.
    ///   - clocks: other clocks than those of the machine, or of the database that nodes share, for tests.
    /// - Throws: ``StartError``. Then no socket is bound, and no key was made.
    package init(
        _ configuration: Configuration, version: String, reader: @escaping Reloading.Reader, logger: Logger,
        logLevel: SharedLogLevel, given: GivenSockets = .none, supervisor: Supervisor? = nil, clocks: Clocks? = nil
    ) async throws(StartError) {
        self.configuration = configuration
        self.logger = logger
        self.supervisor = supervisor
        let clocks =
            if let clocks { clocks } else { try await Clocks.agreed(configuration, logger: logger) }
        let clock = clocks.steady
        assembly = try await Assembly(opening: configuration, version: version, clocks: clocks, logger: logger)
        do {
            ownCertificate = try await Self.ownCertificate(
                configuration, assembly, version: version, now: clocks.system, logger: logger)
        } catch {
            throw .certificate(error.description)
        }
        do {
            certificates = try DoorCertificates(configuration, own: ownCertificate?.initial, logger: logger)
        } catch {
            await ownCertificate?.close()
            throw .certificate(error.description)
        }
        ownCertificate?.show(at: certificates)
        let tap = QueryTap(logging: configuration.logging.queries, logger: logger)
        let bounds = ConnectionBounds(configuration, logger: logger)
        let statistics = QueryStatistics()
        // This responder answers no query: not all zones have their keys yet.
        let responder = CurrentResponder(assembly.responder(configuration, zones: assembly.signedZones.zones))
        let parts = ListenerParts(
            responder: responder, statistics: statistics, clock: clock, tap: tap, connections: bounds.nameserver,
            logger: logger)
        let nameserver = NameserverBinding(
            settings: configuration.nameserver, identity: certificates.identity(of: .dns), given: given, parts: parts)
        do {
            doors = try await Doors(
                configuration, certificates: certificates, nameserver: nameserver, given: given, api: bounds.webserver,
                logger: logger)
        } catch {
            await ownCertificate?.close()
            throw .listen(error)
        }
        do {
            try given.checkAllTaken()
        } catch {
            await doors.close()
            await ownCertificate?.close()
            throw .givenSockets(error)
        }
        do {
            sharedSecrets = SharedSecretKeeping(
                assembly.storage, assembly.secrets, zones: assembly.signedZones, clock: clock, logger: logger)
            try await Self.makeKeys(assembly, sharedSecrets, configuration, now: clock.now)
        } catch {
            await doors.close()
            await ownCertificate?.close()
            throw .keys("\(error)")
        }
        responder.replace(by: assembly.responder(configuration))
        await assembly.serials.keepInitially()

        credentialLoading = CredentialLoading(
            storage: assembly.storage, credentials: assembly.credentials, logger: logger)
        auditWriting = AuditWriting(notes: assembly.notes)
        auditRetention = AuditRetention(
            storage: assembly.storage, clock: clock, lifetime: configuration.audit.retention,
            maximumCount: configuration.audit.maximumEntries, logger: logger)
        unusedExpiry = UnusedExpiry(
            storage: assembly.storage, clock: clock, lifetime: configuration.registration.unusedLifetime,
            own: configuration.ownDelegateNames, logger: logger)
        domainCounting = DomainCounting(storage: assembly.storage, logger: logger)
        await domainCounting.count()
        metricsPage = MetricsPage(
            version: version, queries: statistics, requests: assembly.requestStatistics, storage: assembly.storage,
            table: assembly.table, domains: domainCounting, nameserverConnections: bounds.nameserver,
            webserverConnections: bounds.webserver, certificates: certificates, ownCertificate: ownCertificate,
            signedZones: assembly.signedZones,
            limits: assembly.limits)
        readiness = Readiness(
            storage: assembly.storage, signedZones: assembly.signedZones,
            ownCertificate: configuration.certificate(of: .http) == .acme ? ownCertificate : nil, clock: clock)
        let api = doors.addresses.webserver.first ?? configuration.webserver.listen[0]
        let (assembly, own) = (assembly, ownCertificate)
        let doctor = DomainDoctor(configuration) { configuration, isForOperator in
            ServerView(of: assembly, configuration, certificate: isForOperator ? own?.view : nil)
        }
        domainCare = DomainCare(
            storage: assembly.storage, clock: clock, logger: logger, isOn: { doctor.isOn },
            diagnose: { await doctor.diagnosis(of: $0) })
        routes = Routes(assembly.services(configuration, api: api, own: ownCertificate, doctor: doctor), logger: logger)
        let reloading = Reloading(
            from: configuration, read: reader,
            parts: Reloading.Parts(
                assembly: assembly, doctor: doctor, responder: responder, routes: routes, unusedExpiry: unusedExpiry, api: api,
                bounds: bounds, certificates: certificates, ownCertificate: ownCertificate, tap: tap, logLevel: logLevel,
                supervisor: supervisor),
            logger: logger)
        self.reloading = reloading
        signingUpkeep = SigningUpkeep(
            zones: assembly.signedZones, clock: clock, systemTime: clocks.system,
            zonesChanged: { reloading.renewResponder() })
        assembly.secrets?.onChange { reloading.renewResponder() }
        // What has come meanwhile.
        if assembly.secrets != nil { reloading.renewResponder() }
        sharedSerials = SharedSerials(
            storage: assembly.storage, serials: assembly.serials, changed: { reloading.renewResponder() }, logger: logger)
        operatorRoutes = OperatorRoutes(
            assembly: assembly, api: api, reloading: reloading,
            actions: OperatorActions(
                version: version, addresses: doors.addresses, started: clock.now, assembly: assembly, reloading: reloading,
                tap: tap, ownCertificate: ownCertificate, doctor: doctor, sharedSecrets: sharedSecrets),
            logger: logger)
    }

    /// - Returns: `nil` if the server obtains no certificate for itself.
    private static func ownCertificate(
        _ configuration: Configuration, _ assembly: Assembly, version: String, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) async throws(CertificateFiles.Failure) -> OwnCertificate? {
        guard let settings = configuration.acme else { return nil }
        return try await OwnCertificate(
            settings, delegates: assembly.ownDelegates(configuration),
            elsewhere: Set(configuration.challengesElsewhere.map(\.delegate)), resolvers: configuration.signing.resolvers,
            propagation: configuration.challengePropagation, version: version, now: now, logger: logger)
    }

    /// Makes the keys of new zones. It runs when nothing else can keep the server from starting: a start that fails leaves no keys.
    ///
    /// - Throws: ``KeyFolder/Failure``, ``SharedSecrets/Failure`` or a ``StorageError``.
    private static func makeKeys(
        _ assembly: Assembly, _ shared: SharedSecretKeeping?, _ configuration: Configuration, now: Timestamp
    ) async throws {
        try await shared?.keepCookies(waits: false)
        let zones = assembly.signedZones
        guard zones.lacksKeys else { return }
        try await LostKeys(configuration: configuration, shared: assembly.secrets?.keys.known ?? []).check()
        try zones.adopt(configuration, now: now)
        try await shared?.keepInitially()
    }

    var signedZones: SignedZones { assembly.signedZones }
    var serials: ZoneSerials { assembly.serials }
    var table: DelegateTable { assembly.table }

    /// The addresses at which the server can be reached.
    package struct Addresses: Sendable {
        package var nameserver: [Endpoint]
        package var nameserverTLS: [Endpoint]
        package var webserver: [Endpoint]
        package var metrics: [Endpoint]
        package var operators: [Endpoint]
    }

    package var addresses: Addresses { doors.addresses }

    /// Runs until the surrounding service group shuts down or, with `stopsOnSignals`, SIGTERM or SIGINT arrives. The API stops first
    /// and finishes the requests that it has begun; DNS is answered to the last; then the storage is closed.
    package func run(stopsOnSignals: Bool = false) async throws {
        defer { assembly.stateLock?.release() }
        let operatorSocket = OperatorSocket(
            path: configuration.state.socket, routes: operatorRoutes.local, logger: logger)
        // The services start in this order and stop in the reverse order.
        var parts: [any Service] = [
            assembly.storage, credentialLoading, auditWriting, serials, sharedSerials, auditRetention, unusedExpiry,
            domainCounting,
            domainCare,
            signingUpkeep, operatorSocket,
        ]
        if let sharedSecrets { parts.append(sharedSecrets) }
        parts += doors.dns.udp as [any Service]
        parts += doors.dns.tcp as [any Service]
        parts += doors.dns.tls as [any Service]
        parts += certificates.services
        parts += doors.http.map { $0.serving(routes) }
        let observing = Routes(metrics: metricsPage.write, readiness: readiness.report, logger: logger)
        parts += doors.metrics.map { $0.serving(observing) }
        parts += doors.operators.map { $0.serving(operatorRoutes.remote) }
        if let ownCertificate { parts.append(ownCertificate) }
        if stopsOnSignals { parts.append(HangupSignal(reloading: reloading)) }
        parts.append(Announcement(announce: logReady))
        if let supervisor { parts.append(signsOfLife(for: supervisor)) }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var settings = ServiceGroupConfiguration(
            services: parts.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
            gracefulShutdownSignals: stopsOnSignals ? [.sigterm, .sigint] : [], logger: quiet)
        settings.maximumGracefulShutdownDuration = .seconds(30)
        try await ServiceGroup(configuration: settings).run()
    }

    private func signsOfLife(for supervisor: Supervisor) -> SignsOfLife {
        let zones = configuration.zones.all
        let doors = OwnDoors(
            nameservers: addresses.nameserver, apis: addresses.webserver,
            areEncrypted: certificates.identity(of: .http) != nil, zone: configuration.enrolmentZone)
        return SignsOfLife(
            supervisor: supervisor, doors: doors,
            status: "answers for \(zones.count == 1 ? "\(zones[0].apex)" : "\(zones.count) zones")", logger: logger)
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
