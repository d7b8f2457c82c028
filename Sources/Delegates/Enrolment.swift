package import DNS

/// Gives out new delegates.
package struct Enrolment: Sendable {
    private let storage: any DelegateStorage
    private let table: DelegateTable
    private let clock: SteadyClock
    private let zone: DomainName
    private let mode: RegistrationMode
    private let limits: Limits

    /// - Parameter zone: the apex of the zone in which delegates are enrolled; at most 200 octets, so that a label fits in front.
    package init(
        storage: any DelegateStorage, table: DelegateTable, clock: SteadyClock, zone: DomainName, mode: RegistrationMode,
        limits: Limits
    ) {
        self.storage = storage
        self.table = table
        self.clock = clock
        self.zone = zone
        self.mode = mode
        self.limits = limits
    }

    /// A new delegate's credential. Its key is known here and never again.
    package struct Outcome: Sendable {
        package var username: UniqueID
        package var key: APIKey
        package var delegate: DomainName
        package var subdomain: UniqueID
        package var allowedNetworks: AllowedNetworks
    }

    /// Enrols a delegate under a random name. It is in the DNS when this returns, and it is never given to anybody else.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func enrol(allowedNetworks: AllowedNetworks, from address: IPAddress) async throws -> Outcome {
        switch mode {
        case .closed: throw Refusal.registrationClosed
        case .open: break
        }
        let now = clock.now
        try limits.countRegistration(from: address, now: now)

        var generator = SystemRandomNumberGenerator()
        let subdomain = UniqueID(using: &generator)
        guard let delegate = zone.prepending(label: subdomain.description.utf8) else {
            throw StorageError.unavailable("the zone’s name leaves no room for a delegate’s label")
        }
        let username = UniqueID(using: &generator)
        let key = APIKey(using: &generator)
        let credential = Credential(
            username: username, keyDigest: key.digest, delegate: delegate, allowedNetworks: allowedNetworks, created: now)
        try await storage.commit(.enrol(credential), by: Actor(.visitor, from: address), at: now) { [table] sequence in
            table.enrol(delegate, sequence: sequence)
        }
        return Outcome(
            username: username, key: key, delegate: delegate, subdomain: subdomain, allowedNetworks: allowedNetworks)
    }
}

/// Who may enrol a delegate over the API.
package enum RegistrationMode: String, CaseIterable, Sendable {
    case open
    case closed
}
