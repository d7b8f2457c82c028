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
        /// Values that may be published at a delegate in an hour, and changes of its keys that its holder may make.
        package var updatesPerHour: Int
        /// Values that may be published from a network in an hour, beyond ``Limits/guaranteedUpdates`` at each delegate.
        package var updatesPerHourOfNetwork: Int
        /// Delegates that a network may have at a time, of those that were enrolled without a token.
        package var delegatesOfNetwork: Int
        /// Names that there may be before nobody can enrol more over the API, those of deleted delegates counted.
        package var delegates: Int
        /// Credentials that a delegate or a group may have at a time, 2 or more: one that is in use, and one that takes its place.
        package var credentials: Int
        /// Whom no limit concerns.
        package var exempt: [IPNetwork]

        package init(
            registrationsPerHour: Int = 0, registrationsPerHourOfToken: Int = 0, failuresPerMinute: Int = 0,
            updatesPerHour: Int = 0, updatesPerHourOfNetwork: Int = 0, delegatesOfNetwork: Int = 0, delegates: Int = 0,
            credentials: Int = 2, exempt: [IPNetwork] = []
        ) {
            self.registrationsPerHour = registrationsPerHour
            self.registrationsPerHourOfToken = registrationsPerHourOfToken
            self.failuresPerMinute = failuresPerMinute
            self.updatesPerHour = updatesPerHour
            self.updatesPerHourOfNetwork = updatesPerHourOfNetwork
            self.delegatesOfNetwork = delegatesOfNetwork
            self.delegates = delegates
            self.credentials = credentials
            self.exempt = exempt
        }
    }

    private let settings: Mutex<Settings>
    private let registrations = PeriodLimit<IPNetwork>(period: .seconds(3600))
    private let registrationsOfToken = PeriodLimit<OperatorLabel>(period: .seconds(3600))
    private let failures = PeriodLimit<IPNetwork>(period: .seconds(60))
    private let updates = PeriodLimit<DomainName>(period: .seconds(3600))
    private let guaranteed = PeriodLimit<DomainName>(period: .seconds(3600))
    private let updatesOfNetwork = PeriodLimit<IPNetwork>(period: .seconds(3600))
    private let keyChanges = PeriodLimit<DomainName>(period: .seconds(3600))
    private let counts = Mutex<[Kind: UInt64]>([:])

    /// Values that may be published at each delegate in an hour whatever others do in its network: else a neighbour could keep it from
    /// renewing.
    package static let guaranteedUpdates = 10

    /// What is limited, as metrics call it.
    package enum Kind: String, CaseIterable, Sendable {
        case registrationsOfNetwork = "registrations_of_network"
        case registrationsOfToken = "registrations_of_token"
        case delegatesOfNetwork = "delegates_of_network"
        case delegates
        case room
        case failures
        case updates
        case updatesOfNetwork = "updates_of_network"
        case keyChanges = "key_changes"
    }

    /// How often each limit has refused something since the start.
    package var refusals: [(limit: Kind, count: UInt64)] {
        counts.withLock { counts in Kind.allCases.map { ($0, counts[$0] ?? 0) } }
    }

    private func refuse(_ kind: Kind) {
        counts.withLock { $0[kind, default: 0] += 1 }
    }

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
        guard let wait else { return }
        refuse(.registrationsOfNetwork)
        throw .tooManyRegistrations(retryAfter: wait)
    }

    /// Counts a registration with a token, from wherever.
    ///
    /// - Throws: ``Refusal/tooManyRegistrationsOfToken(retryAfter:)``.
    package func countRegistration(with token: OperatorLabel, now: Timestamp) throws(Refusal) {
        let settings = settings.withLock(\.self)
        let wait = registrationsOfToken.count(token, maximum: settings.registrationsPerHourOfToken, now: now)
        guard let wait else { return }
        refuse(.registrationsOfToken)
        throw .tooManyRegistrationsOfToken(retryAfter: wait)
    }

    /// Counts a request with a wrong credential. One from an unknown address is not counted.
    ///
    /// - Throws: ``Refusal/tooManyFailures(retryAfter:)``.
    package func countFailure(from address: IPAddress?, now: Timestamp) throws(Refusal) {
        guard let address, let settings = settings(for: address) else { return }
        let wait = failures.count(IPNetwork(partyOf: address), maximum: settings.failuresPerMinute, now: now)
        guard let wait else { return }
        refuse(.failures)
        throw .tooManyFailures(retryAfter: wait)
    }

    /// Refuses what would cost much to find out for a network that has sent too many wrong credentials.
    ///
    /// - Throws: ``Refusal/tooManyFailures(retryAfter:)``.
    package func checkFailures(from address: IPAddress?, now: Timestamp) throws(Refusal) {
        guard let address, let settings = settings(for: address) else { return }
        let wait = failures.wait(IPNetwork(partyOf: address), maximum: settings.failuresPerMinute, now: now)
        guard let wait else { return }
        refuse(.failures)
        throw .tooManyFailures(retryAfter: wait)
    }

    /// Refuses a registration where there are too many names, or too little room for more.
    ///
    /// - Parameter count: of names that there are.
    /// - Throws: ``Refusal/tooManyDelegates`` or ``Refusal/tooLittleRoom``.
    package func checkRoom(count: Int, hasRoom: Bool) throws(Refusal) {
        let maximum = settings.withLock(\.delegates)
        guard maximum == 0 || count < maximum else {
            refuse(.delegates)
            throw .tooManyDelegates
        }
        guard hasRoom else {
            refuse(.room)
            throw .tooLittleRoom
        }
    }

    /// How many delegates that were enrolled without a token the network of an address may have; `nil` if no limit concerns it.
    package func maximumDelegates(of address: IPAddress) -> Int? {
        guard let maximum = settings(for: address)?.delegatesOfNetwork, maximum > 0 else { return nil }
        return maximum
    }

    /// Counts that a network had as many delegates as it may.
    func noteFullNetwork() {
        refuse(.delegatesOfNetwork)
    }

    /// Counts a publication by a client that may publish there.
    ///
    /// - Throws: ``Refusal/tooManyUpdates(retryAfter:)`` or ``Refusal/tooManyUpdatesOfNetwork(retryAfter:)``.
    package func countUpdate(of delegate: DomainName, from address: IPAddress?, now: Timestamp) throws(Refusal) {
        let settings = address.map { self.settings(for: $0) } ?? self.settings.withLock(\.self)
        guard let settings else { return }
        if let wait = updates.count(delegate, maximum: settings.updatesPerHour, now: now) {
            refuse(.updates)
            throw .tooManyUpdates(retryAfter: wait)
        }
        guard let address, settings.updatesPerHourOfNetwork > 0 else { return }
        let network = IPNetwork(partyOf: address)
        let isGuaranteed = guaranteed.count(delegate, maximum: Self.guaranteedUpdates, now: now) == nil
        let wait = updatesOfNetwork.count(network, maximum: settings.updatesPerHourOfNetwork, now: now)
        guard let wait, !isGuaranteed else { return }
        refuse(.updatesOfNetwork)
        throw .tooManyUpdatesOfNetwork(retryAfter: wait)
    }

    /// Counts a change that a delegate's holder makes of its keys, or that all its values are withdrawn: each is an entry of the audit
    /// log. Ending a key is never refused; each must have been made before.
    ///
    /// - Throws: ``Refusal/tooManyKeyChanges(retryAfter:)``.
    package func countKeyChange(of delegate: DomainName?, by actor: Actor, now: Timestamp) throws(Refusal) {
        guard case .credential = actor.kind, let delegate else { return }
        let settings = actor.address.map { self.settings(for: $0) } ?? self.settings.withLock(\.self)
        guard let settings else { return }
        guard let wait = keyChanges.count(delegate, maximum: settings.updatesPerHour, now: now) else { return }
        refuse(.keyChanges)
        throw .tooManyKeyChanges(retryAfter: wait)
    }
}
