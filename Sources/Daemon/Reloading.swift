import Authority
import DelegateAPI
import Delegates
package import Logging
import Nameserver
import Signing
import Sockets
import Synchronization
import Webserver

/// Takes up a changed configuration while the server runs: all of it, or, with the reason, none of it.
package final class Reloading: Sendable {
    private let read: Reader
    private let parts = Mutex<Parts?>(nil)
    private let current: Mutex<Configuration>
    private let logger: Logger

    /// Reads the configuration from where it was read at the start.
    package typealias Reader = @Sendable () -> Result<Configuration, ConfigurationProblems>

    /// The parts of a running server that a reload replaces.
    struct Parts: Sendable {
        var assembly: Assembly
        var responder: CurrentResponder
        var routes: Routes
        var operatorRoutes: OperatorRoutes
        var unusedExpiry: UnusedExpiry
        /// The API's first address.
        var api: Endpoint
        var nameserverConnections: Connections
        var webserverConnections: Connections
        var tlsIdentity: TLSIdentity?
        var tap: QueryTap
        var logLevel: SharedLogLevel
    }

    /// Why the current configuration stays in force.
    package enum Refusal: Error, Sendable {
        /// The server has not started up completely.
        case starting
        case problems(ConfigurationProblems)
        /// The certificate or key of DNS over TLS cannot be used; the reason in words.
        case certificate(String)
        /// The keys that sign the zones cannot be used; the reason in words.
        case keys(String)
        /// These keys have changed and need a restart of the server.
        case needsRestart([String])

        /// One text for each obstacle.
        package var reasons: [String] {
            switch self {
            case .starting: ["the server is starting"]
            case .problems(let problems): problems.all.map(\.description)
            case .certificate(let reason), .keys(let reason): [reason]
            case .needsRestart(let keys): keys.map { "“\($0)” has changed: restart the server to apply it" }
            }
        }
    }

    init(from configuration: Configuration, read: @escaping Reader, logger: Logger) {
        current = Mutex(configuration)
        self.read = read
        self.logger = logger
    }

    /// Sets the parts that reloads replace from now on.
    func begin(with parts: Parts) {
        self.parts.withLock { $0 = parts }
    }

    /// The configuration that is in force.
    var configuration: Configuration { current.withLock(\.self) }

    /// Reads the configuration and puts it in force from the next query and the next request on. A configuration that is refused
    /// changes nothing.
    ///
    /// Returns when the storage has the serials that rose, or has refused them; they are then kept later.
    ///
    /// - Returns: what is not well although the configuration is in force, in words.
    func reload() async -> Result<[String], Refusal> {
        guard let parts = parts.withLock(\.self) else { return .failure(.starting) }
        var outcome = await checkForLostKeys()
        if case .success = outcome {
            outcome = current.withLock { current in
                do throws(Refusal) {
                    current = try takeUp(over: current, parts)
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
        }
        switch outcome {
        case .success:
            logger.notice("configuration reloaded", metadata: configuration.file.map { ["configuration.file": "\($0)"] })
            configuration.logWarnings(to: logger)
            parts.assembly.notes.configurationReloaded()
            return .success(await keepSerials(parts))
        case .failure(let refusal):
            for reason in refusal.reasons { logger.error("configuration not reloaded", metadata: ["problem": "\(reason)"]) }
            return .failure(refusal)
        }
    }

    /// A reload gives keys to new zones, and a zone that has lost its keys must not get others. Other problems are reported later.
    private func checkForLostKeys() async -> Result<Void, Refusal> {
        guard case .success(let new) = read() else { return .success(()) }
        do {
            try await LostKeys(configuration: new).check()
            return .success(())
        } catch {
            return .failure(.keys(error.description))
        }
    }

    private func keepSerials(_ parts: Parts) async -> [String] {
        do {
            try await parts.assembly.serials.keep()
            return []
        } catch {
            return ["the storage has not stored the zones’ serials, and until it has, no zone can be transferred: \(error)"]
        }
    }

    /// Lets the responder answer from the zones as they are signed now.
    func renewResponder() {
        guard let parts = parts.withLock(\.self) else { return }
        current.withLock { parts.responder.replace(by: parts.assembly.responder($0)) }
    }

    private func takeUp(over old: Configuration, _ parts: Parts) throws(Refusal) -> Configuration {
        let new: Configuration
        switch read() {
        case .success(let configuration): new = configuration
        case .failure(let problems): throw .problems(problems)
        }
        let fixed = new.keysFixed(since: old)
        guard fixed.isEmpty else { throw .needsRestart(fixed) }
        let certificate = try loadCertificate(new)
        do {
            try parts.assembly.signedZones.adopt(new, now: parts.assembly.clock.now)
        } catch {
            throw .keys(error.description)
        }

        // Nothing fails from here on.
        if let certificate { parts.tlsIdentity?.replace(by: certificate) }
        let budget = ConnectionBudget.claim(nameserver: new.nameserver.maximumConnections, logger: logger)
        parts.nameserverConnections.setLimits(
            Connections.Limits(count: budget.nameserver, countPerNetwork: new.nameserver.maximumConnectionsPerNetwork))
        parts.webserverConnections.setLimits(
            Connections.Limits(count: budget.webserver, countPerNetwork: new.webserver.maximumConnectionsPerNetwork),
            exempting: TrustedProxies(new.webserver.trustedProxies).contain)
        parts.assembly.limits.set(new.limits)
        parts.tap.setLogging(new.logging.queries)
        parts.logLevel.level = new.logging.level
        parts.unusedExpiry.setLifetime(new.registration.unusedLifetime)
        parts.routes.replace(by: parts.assembly.services(new, api: parts.api))
        parts.operatorRoutes.replace(by: new, assembly: parts.assembly, api: parts.api)
        parts.responder.replace(by: parts.assembly.responder(new))
        return new
    }

    private func loadCertificate(_ new: Configuration) throws(Refusal) -> TLSIdentity.Loaded? {
        do {
            return try new.certificate()
        } catch {
            throw .certificate(error.description)
        }
    }
}

extension Configuration {
    /// Logs what is odd in the configuration that is in force from now on.
    package func logWarnings(to logger: Logger) {
        for warning in warnings { logger.warning("odd configuration", metadata: ["problem": "\(warning)"]) }
    }

    /// The keys that differ and cannot change while the server runs.
    fileprivate func keysFixed(since old: Configuration) -> [String] {
        let all: [(ConfigurationKey, Bool)] = [
            (.nameserverListen, nameserver.listen == old.nameserver.listen),
            (.nameserverThreads, nameserver.threads == old.nameserver.threads),
            (.tlsListen, nameserver.tls?.listen == old.nameserver.tls?.listen),
            (.webserverListen, webserver.listen == old.webserver.listen),
            (.auditAddresses, audit.addresses == old.audit.addresses),
            (.auditRetentionDays, audit.retention == old.audit.retention),
            (.auditMaximumEntries, audit.maximumEntries == old.audit.maximumEntries),
            (.storageReserve, storage.reserve == old.storage.reserve),
            (.operatorListen, operatorAccess.listen == old.operatorAccess.listen),
            (.sqlitePath, storage.sqlitePath == old.storage.sqlitePath),
            (.keyFolder, signing.keyFolder == old.signing.keyFolder),
            (.privateKeys, signing.credentialsPath == old.signing.credentialsPath),
            (.metricsListen, metricsListen == old.metricsListen),
            (.loggingFormat, logging.format == old.logging.format),
        ]
        return all.filter { !$1 }.map(\.0.name)
    }
}

extension ReloadResponse {
    /// - Parameter file: the file that was read; `nil` if there is none.
    init(_ outcome: Result<[String], Reloading.Refusal>, file: String?) {
        switch outcome {
        case .success(let problems): self.init(reloaded: true, file: file, problems: problems)
        case .failure(let refusal): self.init(reloaded: false, file: file, problems: refusal.reasons)
        }
    }
}
