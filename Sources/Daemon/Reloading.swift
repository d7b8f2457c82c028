import Authority
import DelegateAPI
import Delegates
package import Logging
import Nameserver
import Signing
import Sockets
import Supervision
import Synchronization
import Webserver

/// Takes up a changed configuration while the server runs: all of it, or, with the reason, none of it.
///
/// It replaces what answers queries and requests. What else depends on the configuration reads ``configuration``.
package final class Reloading: Sendable {
    private let read: Reader
    private let parts: Parts
    /// Held while a configuration is taken up or the responder is renewed, so that the later one wins.
    private let turn = Mutex(())
    private let inForce: Mutex<InForce>
    private let logger: Logger

    /// Reads the configuration from where it was read at the start.
    package typealias Reader = @Sendable () -> Result<Configuration, ConfigurationProblems>

    /// The parts of a running server that a reload changes.
    struct Parts: Sendable {
        var assembly: Assembly
        var doctor: DomainDoctor
        var responder: CurrentResponder
        var routes: Routes
        var unusedExpiry: UnusedExpiry
        /// The API's first address.
        var api: Endpoint
        var bounds: ConnectionBounds
        var certificates: DoorCertificates
        var ownCertificate: OwnCertificate?
        var tap: QueryTap
        var logLevel: SharedLogLevel
        /// `nil` if no service manager wants to know of reloads.
        var supervisor: Supervisor?
    }

    private struct InForce {
        var configuration: Configuration
        /// The number of configurations that were in force before.
        var number: UInt64 = 0
    }

    /// Why the current configuration stays in force.
    package enum Refusal: Error, Sendable {
        case problems(ConfigurationProblems)
        /// A door's certificate or key cannot be used; the reason in words.
        case certificate(String)
        /// The keys that sign the zones cannot be used; the reason in words.
        case keys(String)
        /// These keys have changed and need a restart of the server.
        case needsRestart([String])

        /// One text for each obstacle.
        package var reasons: [String] {
            switch self {
            case .problems(let problems): problems.all.map(\.description)
            case .certificate(let reason), .keys(let reason): [reason]
            case .needsRestart(let keys): keys.map { "“\($0)” has changed: restart the server to apply it" }
            }
        }
    }

    init(from configuration: Configuration, read: @escaping Reader, parts: Parts, logger: Logger) {
        inForce = Mutex(InForce(configuration: configuration))
        self.read = read
        self.parts = parts
        self.logger = logger
    }

    /// The configuration that is in force.
    var configuration: Configuration { inForce.withLock(\.configuration) }

    /// A number that differs after each reload.
    var number: UInt64 { inForce.withLock(\.number) }

    /// Reads the configuration and puts it in force from the next query and the next request on. A configuration that is refused
    /// changes nothing.
    ///
    /// Returns when the storage has the serials that rose, or has refused them; they are then kept later.
    ///
    /// - Returns: what is not well although the configuration is in force, in words.
    func reload() async -> Result<[String], Refusal> {
        guard let supervisor = parts.supervisor else { return await readAndTakeUp() }
        await supervisor.tell(.reloading, .status("reads the configuration again"))
        let outcome = await readAndTakeUp()
        await supervisor.tell(.ready, .status(outcome.inWords))
        return outcome
    }

    private func readAndTakeUp() async -> Result<[String], Refusal> {
        do throws(Refusal) {
            try await checkForLostKeys()
            try turn.withLock { _ throws(Refusal) in try takeUp() }
        } catch {
            for reason in error.reasons { logger.error("configuration not reloaded", metadata: ["problem": "\(reason)"]) }
            return .failure(error)
        }
        logger.notice("configuration reloaded", metadata: configuration.file.map { ["configuration.file": "\($0)"] })
        configuration.logWarnings(to: logger)
        parts.assembly.notes.configurationReloaded()
        return .success(await keepSerials())
    }

    /// A reload gives keys to new zones, and a zone that has lost its keys must not get others. Other problems are reported later.
    private func checkForLostKeys() async throws(Refusal) {
        guard case .success(let new) = read() else { return }
        do {
            try await LostKeys(configuration: new, shared: parts.assembly.secrets?.keys.known ?? []).check()
        } catch {
            throw .keys(error.description)
        }
    }

    private func keepSerials() async -> [String] {
        do {
            try await parts.assembly.serials.keep()
            return []
        } catch {
            return ["the storage has not stored the zones’ serials, and until it has, no zone can be transferred: \(error)"]
        }
    }

    /// Lets the responder answer from the zones as they are signed now.
    func renewResponder() {
        turn.withLock { _ in parts.responder.replace(by: parts.assembly.responder(configuration)) }
    }

    private func takeUp() throws(Refusal) {
        let new: Configuration
        switch read() {
        case .success(let configuration): new = configuration
        case .failure(let problems): throw .problems(problems)
        }
        let fixed = new.keysFixed(since: configuration)
        guard fixed.isEmpty else { throw .needsRestart(fixed) }
        if let problem = new.misplacedKeysProblem { throw .keys(problem) }
        let certificates = try loadCertificates(new)
        do {
            try parts.assembly.signedZones.adopt(new, now: parts.assembly.clock.now)
        } catch {
            throw .keys(error.description)
        }

        // Nothing fails from here on.
        parts.certificates.replace(by: certificates)
        parts.bounds.set(by: new, logger: logger)
        parts.assembly.limits.set(new.limits)
        parts.tap.setLogging(new.logging.queries)
        parts.logLevel.level = new.logging.level
        parts.unusedExpiry.setLifetime(new.registration.unusedLifetime)
        parts.doctor.use(new)
        parts.routes.replace(by: parts.assembly.services(new, api: parts.api, own: parts.ownCertificate, doctor: parts.doctor))
        parts.responder.replace(by: parts.assembly.responder(new))
        inForce.withLock { $0 = InForce(configuration: new, number: $0.number + 1) }
    }

    private func loadCertificates(_ new: Configuration) throws(Refusal) -> [TLSDoor: CertificateFiles.Loaded] {
        do {
            return try new.certificates()
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
            (ConfigurationKey.webserverTLS.mode, certificate(of: .http)?.mode == old.certificate(of: .http)?.mode),
            (ConfigurationKey.operatorTLS.mode, certificate(of: .operator)?.mode == old.certificate(of: .operator)?.mode),
            (.tlsCertificate, certificate(of: .dns)?.mode == old.certificate(of: .dns)?.mode),
            (.acmeTerms, acme?.acceptsTerms == old.acme?.acceptsTerms),
            (.acmeDirectory, acme?.directory == old.acme?.directory),
            (.acmeRoots, acme?.directoryRoots == old.acme?.directoryRoots),
            (.acmeContact, acme?.contact == old.acme?.contact),
            (.acmeNames, acme?.delegates == old.acme?.delegates),
            (.acmeKeyID, acme?.externalAccount == old.acme?.externalAccount),
            (.acmeProfile, acme?.profile == old.acme?.profile),
            (.auditAddresses, audit.addresses == old.audit.addresses),
            (.auditRetentionDays, audit.retention == old.audit.retention),
            (.auditMaximumEntries, audit.maximumEntries == old.audit.maximumEntries),
            (.sealingKeyFile, signing.sealingKey == old.signing.sealingKey),
            (.stateFolder, state.folder == old.state.folder),
            (.storageReserve, storage.reserve == old.storage.reserve),
            (.operatorListen, operatorAccess.listen == old.operatorAccess.listen),
            (.sqlitePath, storage.sqlitePath == old.storage.sqlitePath),
            (.postgresqlConnection, storage.database == old.storage.database || storage.sqlitePath != old.storage.sqlitePath),
            (.nodeName, node.name == old.node.name), (.nodeAddress, node.address == old.node.address),
            (.nodeLease, node.lease == old.node.lease),
            (.keyFolder, signing.keyFolder == old.signing.keyFolder),
            (.privateKeys, signing.credentialsPath == old.signing.credentialsPath),
            (.metricsListen, metricsListen == old.metricsListen),
            (.loggingFormat, logging.format == old.logging.format),
        ]
        return all.filter { !$1 }.map(\.0.name)
    }
}

extension Result<[String], Reloading.Refusal> {
    /// Words for the service manager.
    fileprivate var inWords: String {
        switch self {
        case .success(let problems):
            problems.isEmpty
                ? "has read the configuration again" : "has read the configuration again: \(problems.joined(separator: "; "))"
        case .failure(let refusal):
            "the old configuration stays in effect: \(refusal.reasons.joined(separator: "; "))"
        }
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
