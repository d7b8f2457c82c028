import Authority
import DNS
package import Delegates
import Glibc
package import Logging
import Nameserver
import SQLiteStorage
import ServiceLifecycle
import UnixSignals
import Webserver

/// A server made of its configuration: everything is open and bound, and ``run(stopsOnSignals:onReady:)`` sets it going.
package struct Server: Sendable {
    private let configuration: Configuration
    private let logger: Logger
    private let storage: SQLiteDelegateStorage
    private let table: DelegateTable
    private let clock: SteadyClock
    private let udp: [UDPListener]
    private let tcp: [TCPListener]

    /// Opens the storage, reads it, and binds the name server's sockets.
    ///
    /// - Throws: ``StartError``.
    package init(_ configuration: Configuration, logger: Logger) async throws(StartError) {
        self.configuration = configuration
        self.logger = logger
        clock = SteadyClock(startingAt: Timestamp(secondsSinceEpoch: Int64(time(nil))))
        table = DelegateTable()
        do {
            storage = try SQLiteDelegateStorage(path: configuration.storage.sqlitePath, logger: logger)
            try await storage.load(into: table, now: clock.now)
        } catch {
            throw .storage(error)
        }

        let binding = NameserverBinding(
            settings: configuration.nameserver, responder: Responder(zones: configuration.zones, table: table), clock: clock,
            logger: logger)
        do {
            (udp, tcp) = try await binding.bind()
        } catch {
            throw .listen(error)
        }
    }

    /// Where a running server can be reached.
    package struct Addresses: Sendable {
        package var nameserver: [Endpoint]
        package var webserver: [Endpoint]
    }

    /// Runs until the surrounding service group shuts down or, if so wanted, SIGTERM or SIGINT comes. The API stops first and finishes what it
    /// has begun; DNS is answered to the last; then the storage is closed.
    ///
    /// - Parameter onReady: called once, when every address is listened on.
    /// - Throws: ``StartError`` if the API's address cannot be had, or what made a part fail.
    package func run(
        stopsOnSignals: Bool = false, onReady: @escaping @Sendable (Addresses) async -> Void = { _ in }
    ) async throws {
        let arrivals = Arrivals(expected: configuration.webserver.listen.count)
        let services = webServices()
        let http = configuration.webserver.listen.map { endpoint in
            HTTPListener(endpoint: endpoint, services: services, limits: HTTPLimits(), logger: logger) { bound in
                guard let all = await arrivals.add(bound) else { return }
                let addresses = Addresses(nameserver: udp.map(\.endpoint), webserver: all)
                logReady(addresses)
                await onReady(addresses)
            }
        }
        // Started in this order and stopped in its reverse.
        let parts: [any Service] = [storage] + udp + tcp + http
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var settings = ServiceGroupConfiguration(
            services: parts.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
            gracefulShutdownSignals: stopsOnSignals ? [.sigterm, .sigint] : [], logger: quiet)
        settings.maximumGracefulShutdownDuration = .seconds(30)
        do {
            try await ServiceGroup(configuration: settings).run()
        } catch let error as ListenError {
            throw StartError.listen(error)
        }
    }

    private func logReady(_ addresses: Addresses) {
        func list(_ endpoints: [Endpoint]) -> String { endpoints.map(\.description).joined(separator: " ") }
        logger.notice(
            "ready",
            metadata: [
                "dns.addresses": "\(list(addresses.nameserver))",
                "http.addresses": "\(list(addresses.webserver))",
                "dns.zones": "\(configuration.zones.all.map(\.apex.description).joined(separator: " "))",
            ])
    }

    private func webServices() -> Services {
        let publicURL = configuration.webserver.publicURL ?? "http://\(configuration.webserver.listen[0])"
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

/// Counts the addresses on which the API has begun to listen.
private actor Arrivals {
    private let expected: Int
    private var endpoints: [Endpoint] = []

    init(expected: Int) {
        self.expected = expected
    }

    /// - Returns: all of them, when this was the last.
    func add(_ endpoint: Endpoint) -> [Endpoint]? {
        endpoints.append(endpoint)
        return endpoints.count == expected ? endpoints : nil
    }
}
