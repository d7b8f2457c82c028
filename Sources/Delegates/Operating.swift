package import DNS

/// What the operator can do with delegates, groups and registration tokens. Keys are in ``Holding``, for operator and holders alike.
package struct Operating: Sendable {
    let storage: any DelegateStorage
    let table: DelegateTable
    let clock: SteadyClock
    private let limits: Limits
    /// The zones that are served. New delegates are below the first one unless another is named.
    private let zones: [DomainName]
    /// Whether a zone has records at or below a name.
    private let isTaken: @Sendable (DomainName) -> Bool
    /// The delegates of the server's own certificate.
    private let own: Set<DomainName>

    package init(
        storage: any DelegateStorage, table: DelegateTable, clock: SteadyClock, limits: Limits, zones: [DomainName],
        own: Set<DomainName> = [], isTaken: @escaping @Sendable (DomainName) -> Bool
    ) {
        self.storage = storage
        self.table = table
        self.clock = clock
        self.limits = limits
        self.zones = zones
        self.own = own
        self.isTaken = isTaken
    }

    package var now: Timestamp { clock.now }

    // MARK: Delegates

    /// The maximum number of delegates in one page.
    package static let maximumPage = 1_000

    /// A delegate's name from the operator's text: its whole name, or only its first label for one below the first zone.
    ///
    /// - Throws: ``Refusal/invalidDelegateName(_:)``.
    package func name(_ text: String) throws(Refusal) -> DomainName {
        guard let given = try? DomainName(asked: text), let first = given.labels.first else { throw .invalidDelegateName(text) }
        guard given.labelCount == 1 else { return given.lowercased }
        guard let whole = zones.first?.prepending(label: first) else { throw .invalidDelegateName(text) }
        return whole.lowercased
    }

    /// A name that is unique and cannot be guessed.
    package func randomName() throws(Refusal) -> DomainName {
        return try name(UniqueID.random().description)
    }

    /// - Throws: ``Refusal/invalidDelegateName(_:)`` unless the name is one label of a host name, `_` allowed, below a zone that is served,
    ///   and nothing else is there: no program may stumble over it.
    private func check(new name: DomainName) throws(Refusal) {
        guard let parent = name.parent, zones.contains(parent),
            (try? HostName(name.description, underscores: .anywhere)) != nil, !isTaken(name)
        else { throw .invalidDelegateName(name.withoutFinalDot) }
    }

    /// - Throws: ``StorageError``.
    package func delegates(
        _ filter: DelegateFilter, after name: DomainName?, maximum: Int
    ) async throws(StorageError) -> DelegatePage {
        try await storage.delegates(filter, after: name, maximum: min(max(1, maximum), Self.maximumPage))
    }

    /// Enrols a delegate under a name that the operator has chosen, with a credential.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func create(
        _ name: DomainName, label: String, allowedNetworks: AllowedNetworks, expires: Timestamp?, by actor: Actor
    ) async throws -> NewCredential {
        let now = clock.now
        try check(new: name)
        try Holding.check(label: label)
        try Holding.check(expiry: expires, now: now)
        let new = NewCredential(
            for: .delegate(name), label: label, allowedNetworks: allowedNetworks, created: now, expires: expires)
        try await commit(.enrol(NewDelegate(name: name, credential: new.credential)), by: actor)
        return new
    }

    /// Enrols a delegate without a credential, until the token's holder takes it over or, without a token, the operator makes one.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func prepare(_ name: DomainName, for token: OperatorLabel?, by actor: Actor) async throws {
        try check(new: name)
        try await commit(.enrol(NewDelegate(name: name, preparedFor: token)), by: actor)
    }

    /// Withdraws a delegate's values, and accepts none of its credentials until it is enabled.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func disable(_ name: DomainName, by actor: Actor) async throws {
        guard !own.contains(name) else { throw Refusal.ownDelegate }
        try await commit(.disable(delegate: name), by: actor)
    }

    /// - Throws: ``Refusal`` or ``StorageError``.
    package func enable(_ name: DomainName, by actor: Actor) async throws {
        try await commit(.enable(delegate: name), by: actor)
    }

    /// Ends a delegate for ever.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func delete(_ name: DomainName, by actor: Actor) async throws {
        guard !own.contains(name) else { throw Refusal.ownDelegate }
        try await commit(.delete(delegate: name), by: actor)
    }

    /// Makes a new credential like the newest valid one, and lets all others of the delegate or group end.
    ///
    /// - Parameter overlap: how long the others are still accepted, within the limit of credentials; zero ends all of them at once. See
    ///   ``Change/rotate(_:othersEnd:maximum:)``.
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func rotate(
        _ scope: Credential.Scope, label: String, overlap: Duration, by actor: Actor
    ) async throws -> NewCredential {
        let now = clock.now
        try Holding.check(label: label)
        var new = NewCredential(for: scope, label: label, allowedNetworks: .all, created: now)
        let rotation = Change.rotate(
            new.credential, othersEnd: now.advanced(by: overlap), maximum: limits.maximumCredentials)
        let made = try await storage.commit(rotation, by: actor, at: now)
        if case .rotate(let credential, _, _) = made.change { new.credential = credential }
        return new
    }

    // MARK: Groups

    /// - Throws: ``Refusal`` or ``StorageError``.
    package func makeGroup(_ label: OperatorLabel, by actor: Actor) async throws {
        try await commit(.makeGroup(label), by: actor)
    }

    /// - Throws: ``Refusal`` or ``StorageError``.
    package func deleteGroup(_ label: OperatorLabel, by actor: Actor) async throws {
        try await commit(.deleteGroup(label), by: actor)
    }

    /// - Throws: ``Refusal`` or ``StorageError``.
    package func add(_ name: DomainName, to group: OperatorLabel, by actor: Actor) async throws {
        try await commit(.addMember(name, group: group), by: actor)
    }

    /// - Throws: ``Refusal`` or ``StorageError``.
    package func remove(_ name: DomainName, from group: OperatorLabel, by actor: Actor) async throws {
        try await commit(.removeMember(name, group: group), by: actor)
    }

    // MARK: Registration tokens

    package static let maximumQuota = 1_000_000

    /// Makes a registration token.
    ///
    /// - Parameter quota: the number of delegates that the token may enrol; `nil` means no limit.
    /// - Returns: the token's text, which is known here and never again.
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func makeToken(
        _ label: OperatorLabel, quota: Int?, expires: Timestamp?, by actor: Actor
    ) async throws -> APIKey {
        let now = clock.now
        try Holding.check(expiry: expires, now: now)
        if let quota, !(1...Self.maximumQuota ~= quota) { throw Refusal.invalidQuota }
        let key = APIKey.random()
        try await commit(
            .makeToken(RegistrationToken(label: label, digest: key.digest, created: now, expires: expires, quota: quota)),
            by: actor)
        return key
    }

    /// - Throws: ``Refusal`` or ``StorageError``.
    package func revokeToken(_ label: OperatorLabel, by actor: Actor) async throws {
        try await commit(.revokeToken(label), by: actor)
    }

    private func commit(_ change: Change, by actor: Actor) async throws {
        try await storage.commit(change, by: actor, at: clock.now)
    }
}
