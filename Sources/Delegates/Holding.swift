package import DNS

/// What the holder of a delegate can do with it, besides publishing.
package struct Holding: Sendable {
    let storage: any DelegateStorage
    private let table: DelegateTable
    let clock: SteadyClock
    let limits: Limits

    package init(storage: any DelegateStorage, table: DelegateTable, clock: SteadyClock, limits: Limits) {
        self.storage = storage
        self.table = table
        self.clock = clock
        self.limits = limits
    }

    // MARK: Looking

    /// A delegate as its holder sees it.
    package struct Overview: Sendable {
        package var record: DelegateRecord
        /// In the order in which they were made.
        package var credentials: [Credential]
        /// When each value that is served was published, oldest first.
        package var published: [Timestamp]
        package var now: Timestamp
    }

    /// - Throws: ``Refusal/noSuchDelegate``, or a ``StorageError``.
    package func overview(of delegate: DomainName) async throws -> Overview {
        guard let record = try await storage.delegate(delegate), record.deleted == nil else { throw Refusal.noSuchDelegate }
        let now = clock.now
        return Overview(
            record: record, credentials: try await storage.credentials(of: .delegate(delegate)),
            published: table.published(at: delegate, now: now), now: now)
    }

    /// The maximum number of events that ``history(of:before:)`` returns.
    package static let maximumHistory = 100

    /// The history of a delegate, newest first.
    ///
    /// - Parameter number: the number of the event before which to begin; `nil` for the latest one.
    /// - Throws: ``StorageError``.
    package func history(
        of delegate: DomainName, before number: UInt64?
    ) async throws(StorageError) -> [AuditEntry] {
        try await storage.history(of: delegate, before: number, maximum: Self.maximumHistory)
    }

    /// The delegates of a group in the order of their names; `nil` if there is no such group.
    ///
    /// - Throws: ``StorageError``.
    package func members(of group: OperatorLabel) async throws(StorageError) -> [DomainName]? {
        try await storage.members(of: group)
    }

    // MARK: Credentials

    /// All that is known of a credential; `nil` if it has ended.
    package func credential(_ username: UniqueID) async throws(StorageError) -> Credential? {
        try await storage.credential(of: username)
    }

    /// The number of credentials that a delegate or a group may have at a time.
    package var maximumCredentials: Int { limits.maximumCredentials }

    /// Makes another credential for a delegate or a group.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func addCredential(
        for scope: Credential.Scope, label: String, allowedNetworks: AllowedNetworks, expires: Timestamp?, by actor: Actor
    ) async throws -> NewCredential {
        let now = clock.now
        try Self.check(label: label)
        try Self.check(expiry: expires, now: now)
        let new = NewCredential(
            for: scope, label: label, allowedNetworks: allowedNetworks, created: now, expires: expires)
        try limits.countKeyChange(of: new.credential.delegate, by: actor, now: now)
        try await storage.commit(.addCredential(new.credential, maximum: maximumCredentials), by: actor, at: now)
        return new
    }

    /// Ends a credential of a delegate or a group. If it has not expired, there must be another valid one.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func revokeCredential(_ username: UniqueID, of scope: Credential.Scope, by actor: Actor) async throws {
        _ = try await credential(username, of: scope)
        try await storage.commit(.revokeCredential(username), by: actor, at: clock.now)
    }

    /// Changes a credential of a delegate or a group. A holder can do so only from an address that the credential allows now.
    ///
    /// - Returns: the credential after the change.
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func editCredential(
        _ username: UniqueID, of scope: Credential.Scope, _ edit: CredentialEdit, by actor: Actor
    ) async throws -> Credential {
        let now = clock.now
        if let label = edit.label { try Self.check(label: label) }
        if let expires = edit.expires { try Self.check(expiry: expires, now: now) }
        let delegate = try await credential(username, of: scope).delegate
        try limits.countKeyChange(of: delegate, by: actor, now: now)
        try await storage.commit(.editCredential(username, edit), by: actor, at: now)
        return try await credential(username, of: scope)
    }

    package func hasExpired(_ credential: Credential) -> Bool { credential.hasExpired(at: clock.now) }

    private func credential(_ username: UniqueID, of scope: Credential.Scope) async throws -> Credential {
        guard let credential = try await storage.credential(of: username), credential.scope == scope else {
            throw Refusal.noSuchCredential
        }
        return credential
    }

    /// - Throws: ``Refusal/invalidLabel``.
    static func check(label: String) throws(Refusal) {
        guard label.unicodeScalars.count <= Credential.maximumLabelLength,
            !label.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw .invalidLabel }
    }

    /// - Throws: ``Refusal/invalidExpiry``.
    static func check(expiry: Timestamp?, now: Timestamp) throws(Refusal) {
        if let expiry, expiry <= now { throw .invalidExpiry }
    }

    // MARK: The end

    /// Ends a delegate for ever: from the next query on its name has no values, its credentials are gone, and the name is never given out
    /// again.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func delete(_ delegate: DomainName, by actor: Actor) async throws {
        try await storage.commit(.delete(delegate: delegate), by: actor, at: clock.now)
    }
}
