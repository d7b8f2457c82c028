package import DNS
import Synchronization

/// How much one party may do: a network (IPv4 /24, IPv6 /48), or who has a delegate's key. What is counted is forgotten by a restart.
///
/// No limit lets one party keep another one out: failures are counted where a credential was wrong, and who has the right one is never
/// asked for them. DNS answers know no such limit.
package final class Limits: Sendable {
    /// Each number of what happens in a time is 0 for no limit.
    package struct Settings: Hashable, Sendable {
        /// Delegates that a network may enrol in an hour without a token.
        package var registrationsPerHour: Int
        /// Delegates that may be enrolled with a token in an hour.
        package var registrationsPerHourOfToken: Int
        /// Requests of a network with a wrong credential that are answered as such in a minute; more are told to wait.
        package var failuresPerMinute: Int
        /// Values that may be published at a delegate in an hour.
        package var updatesPerHour: Int
        /// Credentials that a delegate or a group may have at a time, 2 or more: one that is in use, and one that takes its place.
        package var credentials: Int
        /// Whom no limit concerns.
        package var exempt: [IPNetwork]

        package init(
            registrationsPerHour: Int = 0, registrationsPerHourOfToken: Int = 0, failuresPerMinute: Int = 0,
            updatesPerHour: Int = 0, credentials: Int = 2, exempt: [IPNetwork] = []
        ) {
            self.registrationsPerHour = registrationsPerHour
            self.registrationsPerHourOfToken = registrationsPerHourOfToken
            self.failuresPerMinute = failuresPerMinute
            self.updatesPerHour = updatesPerHour
            self.credentials = credentials
            self.exempt = exempt
        }
    }

    private let settings: Mutex<Settings>
    private let registrations = PeriodLimit<IPNetwork>(period: .seconds(3600))
    private let registrationsOfToken = PeriodLimit<OperatorLabel>(period: .seconds(3600))
    private let failures = PeriodLimit<IPNetwork>(period: .seconds(60))
    private let updates = PeriodLimit<DomainName>(period: .seconds(3600))

    package init(_ settings: Settings = Settings()) {
        self.settings = Mutex(settings)
    }

    /// What holds from now on; what was counted stays counted.
    package func set(_ settings: Settings) {
        self.settings.withLock { $0 = settings }
    }

    /// So many credentials a delegate or a group may have at a time, whoever makes them and from wherever.
    package var maximumCredentials: Int { settings.withLock(\.credentials) }

    /// - Returns: nothing for an address that is exempt.
    private func settings(for address: IPAddress) -> Settings? {
        let settings = settings.withLock(\.self)
        return settings.exempt.contains { $0.contains(address) } ? nil : settings
    }

    /// Counts a registration.
    ///
    /// - Throws: ``Refusal/tooManyRegistrations(retryAfter:)``.
    package func countRegistration(from address: IPAddress, now: Timestamp) throws(Refusal) {
        guard let settings = settings(for: address) else { return }
        let wait = registrations.count(IPNetwork(partyOf: address), maximum: settings.registrationsPerHour, now: now)
        if let wait { throw .tooManyRegistrations(retryAfter: wait) }
    }

    /// Counts a registration with a token, from wherever.
    ///
    /// - Throws: ``Refusal/tooManyRegistrationsOfToken(retryAfter:)``.
    package func countRegistration(with token: OperatorLabel, now: Timestamp) throws(Refusal) {
        let settings = settings.withLock(\.self)
        let wait = registrationsOfToken.count(token, maximum: settings.registrationsPerHourOfToken, now: now)
        if let wait { throw .tooManyRegistrationsOfToken(retryAfter: wait) }
    }

    /// Counts a request with a wrong credential. One from an unknown address is not counted.
    ///
    /// - Throws: ``Refusal/tooManyFailures(retryAfter:)``.
    package func countFailure(from address: IPAddress?, now: Timestamp) throws(Refusal) {
        guard let address, let settings = settings(for: address) else { return }
        let wait = failures.count(IPNetwork(partyOf: address), maximum: settings.failuresPerMinute, now: now)
        if let wait { throw .tooManyFailures(retryAfter: wait) }
    }

    /// Refuses what would cost much to find out for a network that has sent too many wrong credentials.
    ///
    /// - Throws: ``Refusal/tooManyFailures(retryAfter:)``.
    package func checkFailures(from address: IPAddress?, now: Timestamp) throws(Refusal) {
        guard let address, let settings = settings(for: address) else { return }
        let wait = failures.wait(IPNetwork(partyOf: address), maximum: settings.failuresPerMinute, now: now)
        if let wait { throw .tooManyFailures(retryAfter: wait) }
    }

    /// Counts a publication of who may publish there.
    ///
    /// - Throws: ``Refusal/tooManyUpdates(retryAfter:)``.
    package func countUpdate(of delegate: DomainName, from address: IPAddress?, now: Timestamp) throws(Refusal) {
        let settings = address.map { self.settings(for: $0) } ?? self.settings.withLock(\.self)
        guard let settings else { return }
        let wait = updates.count(delegate, maximum: settings.updatesPerHour, now: now)
        if let wait { throw .tooManyUpdates(retryAfter: wait) }
    }
}
