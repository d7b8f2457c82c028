import Authority
import Delegates
import Glibc
import SQLiteStorage
import Sockets
import Webserver

/// Makes of a configuration what answers: at the start, and again when the configuration is read anew. What it is made of stays.
struct Assembly: Sendable {
    let storage: SQLiteDelegateStorage
    let table: DelegateTable
    let clock: SteadyClock
    let limits: Limits
    let notes: AuditNotes
    let requestStatistics = RequestStatistics()
    /// Those that were given stay good unless their secrets are configured others.
    private let cookies = ServerCookies(secrets: [], systemTime: systemTime)

    func responder(_ configuration: Configuration) -> Responder {
        let settings = configuration.nameserver
        return Responder(
            zones: configuration.zones, table: table, cookies: cookies.with(secrets: settings.cookieSecrets),
            identity: settings.identity, connectionTimeout: settings.connectionTimeout,
            transferNetworks: settings.transferNetworks, rateLimit: settings.rateLimit)
    }

    /// - Parameter api: the address of which the public URL is made if none is configured.
    func services(_ configuration: Configuration, api: Endpoint) -> Services {
        Services(
            storage: storage,
            authentication: Authentication(storage: storage, clock: clock, limits: limits, notes: notes),
            publishing: Publishing(storage: storage, table: table, clock: clock, limits: limits),
            enrolment: Enrolment(
                storage: storage, table: table, clock: clock, zone: configuration.enrolmentZone,
                mode: configuration.registration.mode, limits: limits),
            holding: Holding(storage: storage, table: table, clock: clock),
            trustedProxies: TrustedProxies(configuration.webserver.trustedProxies),
            publicURL: configuration.webserver.publicURL ?? "http://\(api)", statistics: requestStatistics)
    }

    @Sendable
    static func systemTime() -> Timestamp {
        Timestamp(secondsSinceEpoch: Int64(time(nil)))
    }
}
