package import DNS

/// Enrols new delegates.
///
/// With a token, a prepared delegate comes before a random one: clients that know nothing of names get the delegate to which a CNAME
/// points already.
package struct Enrolment: Sendable {
    private let storage: any DelegateStorage
    private let table: DelegateTable
    private let clock: SteadyClock
    private let zone: DomainName
    private let mode: RegistrationMode
    private let limits: Limits
    private let notes: AuditNotes

    /// - Parameter zone: the apex of the zone in which delegates are enrolled; at most 200 octets, to leave room for a label.
    package init(
        storage: any DelegateStorage, table: DelegateTable, clock: SteadyClock, zone: DomainName, mode: RegistrationMode,
        limits: Limits, notes: AuditNotes
    ) {
        self.storage = storage
        self.table = table
        self.clock = clock
        self.zone = zone
        self.mode = mode
        self.limits = limits
        self.notes = notes
    }

    /// Enrols a delegate under a random name, or gives out the next one that was prepared for the token. When this returns, the delegate is
    /// in the DNS. It is never given out again.
    ///
    /// - Parameters:
    ///   - domains: the domains that the delegate is for.
    ///   - token: the token as the client sent it; `nil` if it sent none.
    /// - Returns: the credential. Its key is known here and never again.
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func enrol(
        allowedNetworks: AllowedNetworks, domains: [DeclaredDomain] = [], token: String?, from address: IPAddress
    ) async throws -> NewCredential {
        let now = clock.now
        guard domains.count <= Limits.domainsOfDelegate else { throw Refusal.tooManyDomains }
        let token = try await check(token, from: address, now: now)
        try limits.checkRoom(count: table.count, hasRoom: storage.hasRoomForDelegates)
        guard let token else {
            try limits.countRegistration(from: address, now: now)
            return try await enrolStranger(allowedNetworks, domains, from: address, at: now)
        }
        try limits.countRegistration(with: token, now: now)
        let actor = Actor(.token(token), from: address)
        do {
            if let prepared = try await takeOver(allowedNetworks, domains, by: actor, at: now) { return prepared }
            return try await enrolRandom(allowedNetworks, domains, nil, by: actor, at: now)
        } catch Refusal.notAllowed {
            throw refusal(from: address)
        }
    }

    private func enrolStranger(
        _ allowedNetworks: AllowedNetworks, _ domains: [DeclaredDomain], from address: IPAddress, at now: Timestamp
    ) async throws -> NewCredential {
        let origin = limits.maximumDelegates(of: address).map {
            NewDelegate.Origin(network: IPNetwork(partyOf: address), maximum: $0)
        }
        do {
            return try await enrolRandom(
                allowedNetworks, domains, origin, by: Actor(.visitor, from: address), at: now)
        } catch let refusal as Refusal {
            if case .tooManyDelegatesOfNetwork = refusal { limits.noteFullNetwork() }
            throw refusal
        }
    }

    /// - Returns: the label of a valid token; `nil` if none is needed, and the client sent none or one that is not valid.
    private func check(_ text: String?, from address: IPAddress, now: Timestamp) async throws -> OperatorLabel? {
        guard mode != .closed else { throw Refusal.registrationClosed }
        guard let text else {
            guard mode == .open else { throw Refusal.registrationTokenNeeded }
            return nil
        }
        let token = try await storage.token(with: APIKey(String(text.prefix(Self.maximumTokenLength))).digest)
        if let token, token.isGood(at: now), !token.isUsedUp { return token.label }
        // The token may be meant for a proxy in front of this server.
        guard mode == .token else { return nil }
        throw token?.isGood(at: now) == true ? Refusal.registrationTokenUsedUp : refusal(from: address)
    }

    /// The number of characters of a token that are hashed: longer ones are never given out.
    private static let maximumTokenLength = 256

    private func refusal(from address: IPAddress) -> Refusal {
        notes.refused(.token, of: nil, from: address)
        do throws(Refusal) {
            try limits.countFailure(from: address, now: clock.now)
            return .registrationTokenNeeded
        } catch {
            return error
        }
    }

    private func enrolRandom(
        _ allowedNetworks: AllowedNetworks, _ domains: [DeclaredDomain], _ origin: NewDelegate.Origin?, by actor: Actor,
        at now: Timestamp
    ) async throws -> NewCredential {
        guard let delegate = zone.prepending(label: UniqueID.random().description.utf8) else {
            throw StorageError.unavailable("the zone’s name leaves no room for a delegate’s label")
        }
        let new = NewCredential(for: .delegate(delegate), allowedNetworks: allowedNetworks, created: now)
        let change = Change.enrol(
            NewDelegate(name: delegate, credential: new.credential, domains: domains, origin: origin))
        try await storage.commit(change, by: actor, at: now)
        return new
    }

    /// - Returns: `nil` if no delegate is prepared.
    private func takeOver(
        _ allowedNetworks: AllowedNetworks, _ domains: [DeclaredDomain], by actor: Actor, at now: Timestamp
    ) async throws -> NewCredential? {
        var new = NewCredential(for: .delegate(zone), allowedNetworks: allowedNetworks, created: now)
        do {
            let made = try await storage.commit(.claim(new.credential, domains: domains), by: actor, at: now)
            if case .claim(let credential, _) = made.change { new.credential = credential }
            return new
        } catch Refusal.nothingPrepared {
            return nil
        }
    }
}
