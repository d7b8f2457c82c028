import Authority
import Delegates
import Glibc
import SQLiteStorage
import Signing
import Sockets
import StorageParts
import Webserver

/// Builds the responder and the services of a configuration: at the start, and whenever the configuration is reloaded. The parts stay.
struct Assembly: Sendable {
    let storage: any ServerStorage
    /// `nil` if the lock of the storage does for the state, too.
    let stateLock: FileLock?
    let table: DelegateTable
    let credentials: CredentialTable
    let clock: SteadyClock
    let limits: Limits
    let notes: AuditNotes
    let slowKeys: SlowKeyQueue
    let signedZones: SignedZones
    /// What the nodes of the storage share; `nil` if it is this server's alone.
    let secrets: SharedSecrets?
    let serials: ZoneSerials
    let requestStatistics = RequestStatistics()
    /// Cookies that were given out stay valid across reloads unless other secrets are configured.
    private let cookies = ServerCookies(secrets: [], systemTime: systemTime)

    /// The responder that answers from now on, with the serials that follow from it.
    func responder(_ configuration: Configuration) -> Responder {
        responder(configuration, zones: serials.number(signedZones.zones, configuration))
    }

    func responder(_ configuration: Configuration, zones: Zones) -> Responder {
        let settings = configuration.nameserver
        return Responder(
            zones: zones, table: table, cookies: cookies.with(secrets: cookieSecrets(settings)),
            identity: settings.identity, connectionTimeout: settings.connectionTimeout,
            transferNetworks: settings.transferNetworks, transferGate: serials.gate, rateLimit: settings.rateLimit,
            signaturesPerSecond: configuration.signing.signaturesPerSecond)
    }

    /// The secrets that are configured or, without any, those that nodes share.
    private func cookieSecrets(_ settings: Configuration.Nameserver) -> [[UInt8]] {
        settings.cookieSecrets.isEmpty ? secrets?.cookies?.secrets.secrets ?? [] : settings.cookieSecrets
    }

    /// - Parameters:
    ///   - api: the address for the public URL if none is configured.
    ///   - own: the server's own certificate, without which the API answers nothing; `nil` if it needs none.
    func services(
        _ configuration: Configuration, api: Endpoint, own: OwnCertificate?, doctor: DomainDoctor
    ) -> Services {
        Services(
            authentication: Authentication(
                storage: storage, credentials: credentials, clock: clock, limits: limits, notes: notes, slowKeys: slowKeys),
            publishing: Publishing(storage: storage, table: table, clock: clock, limits: limits),
            enrolment: Enrolment(
                storage: storage, table: table, clock: clock, zone: configuration.enrolmentZone,
                mode: configuration.registration.mode, limits: limits, notes: notes),
            holding: Holding(storage: storage, table: table, clock: clock, limits: limits),
            trustedProxies: TrustedProxies(configuration.webserver.trustedProxies),
            publicURL: Self.publicURL(configuration, api: api), statistics: requestStatistics,
            pendingCertificate: configuration.certificate(of: .http) == .acme ? own?.pendingReason : nil,
            diagnose: { try await doctor.response(to: $0) })
    }

    /// The delegates of the server's own certificate.
    func ownDelegates(_ configuration: Configuration) -> OwnDelegates {
        OwnDelegates(
            configuration.acme?.delegates ?? [], operating: operating(configuration),
            publishing: Publishing(storage: storage, table: table, clock: clock, limits: limits))
    }

    func operating(_ configuration: Configuration) -> Operating {
        Operating(
            storage: storage, table: table, clock: clock, limits: limits, zones: configuration.delegateApexes,
            own: configuration.ownDelegateNames, isTaken: configuration.hasRecords)
    }

    /// - Parameters:
    ///   - api: the address for the public URL if none is configured.
    ///   - isLocal: whether only a client that may open a file can reach the services, and so needs no token.
    func operatorServices(
        _ configuration: Configuration, api: Endpoint, actions: OperatorActions, isLocal: Bool
    ) -> OperatorServices {
        OperatorServices(
            operating: operating(configuration),
            holding: Holding(storage: storage, table: table, clock: clock, limits: limits),
            publicURL: Self.publicURL(configuration, api: api), actions: actions, notes: notes,
            // Without a token no client gets in over TCP. A configuration with an address has a token.
            token: isLocal ? nil : configuration.operatorAccess.token ?? KeyDigest(octets: []))
    }

    private static func publicURL(_ configuration: Configuration, api: Endpoint) -> String {
        configuration.webserver.publicURL ?? (configuration.webserver.certificate == nil ? "http" : "https") + "://\(api)"
    }

    @Sendable
    static func systemTime() -> Timestamp {
        Timestamp(secondsSinceEpoch: Int64(time(nil)))
    }
}
