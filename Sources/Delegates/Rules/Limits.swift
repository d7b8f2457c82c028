package import DNS
import Synchronization

/// Limits on what one party may do: a network (IPv4 /24, IPv6 /48), or the holder of a delegate's key. A restart forgets all counts.
///
/// No limit lets one party keep another out: failures are counted for wrong credentials, and do not delay a right one, except the first use
/// of one from acme-dns. DNS answers have no such limit.
package final class Limits: Sendable {
    /// In each number except ``credentials``, 0 means no limit.
    package struct Settings: Hashable, Sendable {
        /// Delegates that a network may enrol in an hour without a token.
        package var registrationsPerHour: Int
        /// Delegates that may be enrolled with a token in an hour.
        package var registrationsPerHourOfToken: Int
        /// Requests of a network with a wrong credential that are answered as such in a minute; more are told to wait.
        package var failuresPerMinute: Int
        /// Values that may be published at a delegate in an hour; also changes of its keys, domains added and withdrawals, by its
        /// holder.
        package var updatesPerHour: Int
        /// Values that may be published from a network in an hour, beyond ``Limits/guaranteedUpdates`` at each delegate.
        package var updatesPerHourOfNetwork: Int
        /// Delegates that a network may have at a time, of those that were enrolled without a token.
        package var delegatesOfNetwork: Int
        /// Names that may exist before the API enrols no more, those of deleted delegates included.
        package var delegates: Int
        /// Credentials that a delegate or a group may have at a time; at least 2: one in use, and its successor.
        package var credentials: Int
        /// Networks to which no limit of a network or of a delegate's values and keys applies.
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
    private let diagnoses = PeriodLimit<DomainName>(period: .seconds(3600))
    private let counts = Mutex<[Kind: UInt64]>([:])

    /// Values that may be published at each delegate in an hour, whatever others do in its network: otherwise a neighbour could keep it
    /// from renewing.
    package static let guaranteedUpdates = 10

    /// Domains that a delegate may have declared at a time.
    package static let domainsOfDelegate = 100

    /// Looks at its domains for which a delegate's holder may ask in an hour.
    package static let diagnosesPerHour = 20

    /// The limits, as metrics name them.
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
        case diagnoses
    }

    /// The number of times that each limit has refused something since the start.
    package var refusals: [(limit: Kind, count: UInt64)] {
        counts.withLock { counts in Kind.allCases.map { ($0, counts[$0] ?? 0) } }
    }

    private func refuse(_ kind: Kind) {
        counts.withLock { $0[kind, default: 0] += 1 }
    }

    package init(_ settings: Settings = Settings()) {
        self.settings = Mutex(settings)
    }

    /// Sets the limits from now on; the counts stay.
    package func set(_ settings: Settings) {
        self.settings.withLock { $0 = settings }
    }

    /// The number of credentials that a delegate or a group may have at a time, whatever party makes them and from wherever.
    package var maximumCredentials: Int { settings.withLock(\.credentials) }

    /// - Returns: `nil` for an address that is exempt.
    private func settings(for address: IPAddress) -> Settings? {
        let settings = settings.withLock(\.self)
        return settings.exempt.contains { $0.contains(address) } ? nil : settings
    }

    /// Counts a registration without a token.
    ///
    /// - Throws: ``Refusal/tooManyRegistrations(retryAfter:)``.
    package func countRegistration(from address: IPAddress, now: Timestamp) throws(Refusal) {
        guard let settings = settings(for: address) else { return }
        let wait = registrations.count(IPNetwork(partyOf: address), maximum: settings.registrationsPerHour, now: now)
        guard let wait else { return }
        refuse(.registrationsOfNetwork)
        throw .tooManyRegistrations(retryAfter: wait)
    }

    /// Counts a registration with a token, from any address.
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

    /// Refuses an expensive check to a network that has sent too many wrong credentials.
    ///
    /// - Throws: ``Refusal/tooManyFailures(retryAfter:)``.
    package func checkFailures(from address: IPAddress?, now: Timestamp) throws(Refusal) {
        guard let address, let settings = settings(for: address) else { return }
        let wait = failures.wait(IPNetwork(partyOf: address), maximum: settings.failuresPerMinute, now: now)
        guard let wait else { return }
        refuse(.failures)
        throw .tooManyFailures(retryAfter: wait)
    }

    /// Refuses a registration if there are too many names, or too little room for more.
    ///
    /// - Parameter count: the number of names that exist.
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

    /// The number of delegates, enrolled without a token, that the network of an address may have; `nil` if it has no limit.
    package func maximumDelegates(of address: IPAddress) -> Int? {
        guard let maximum = settings(for: address)?.delegatesOfNetwork, maximum > 0 else { return nil }
        return maximum
    }

    /// Counts a refusal because a network has reached its limit of delegates.
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

    /// Counts a change that a delegate's holder makes to its keys, a domain that is added, or a withdrawal of its values: each is an entry
    /// of the audit log. Ending a key and removing a domain are never refused, as each must have been made or added before.
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

    /// Counts a look at one of a delegate's domains for which its holder asks: it makes this machine ask others.
    ///
    /// - Throws: ``Refusal/tooManyDiagnoses(retryAfter:)``.
    package func countDiagnosis(of delegate: DomainName, by actor: Actor, now: Timestamp) throws(Refusal) {
        guard case .credential = actor.kind, actor.address.map({ settings(for: $0) != nil }) ?? true else { return }
        guard let wait = diagnoses.count(delegate, maximum: Self.diagnosesPerHour, now: now) else { return }
        refuse(.diagnoses)
        throw .tooManyDiagnoses(retryAfter: wait)
    }
}
