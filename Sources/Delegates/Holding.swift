package import DNS

/// What the holder of a delegate can do with it, beside publishing.
package struct Holding: Sendable {
    private let storage: any DelegateStorage
    private let table: DelegateTable
    private let clock: SteadyClock

    /// So many credentials a delegate may have at a time: one that is in use, and one that takes its place.
    package static let maximumCredentials = 2

    package init(storage: any DelegateStorage, table: DelegateTable, clock: SteadyClock) {
        self.storage = storage
        self.table = table
        self.clock = clock
    }

    // MARK: Looking

    /// A delegate as its holder sees it.
    package struct Overview: Sendable {
        package var enrolled: Timestamp
        /// In the order in which they were made.
        package var credentials: [Credential]
        /// When each value that is served was published, the oldest first.
        package var published: [Timestamp]
        package var now: Timestamp
    }

    /// - Throws: ``StorageError``.
    package func overview(of delegate: DomainName) async throws(StorageError) -> Overview {
        guard let enrolled = try await storage.enrolmentTime(of: delegate) else { throw .noSuchDelegate }
        let now = clock.now
        return Overview(
            enrolled: enrolled, credentials: try await storage.credentials(of: delegate),
            published: table.published(at: delegate, now: now), now: now)
    }

    /// So many events are told at a time.
    package static let maximumHistory = 100

    /// What happened to a delegate, the newest first.
    ///
    /// - Parameter number: of the event before which to begin; nothing for the latest one.
    /// - Throws: ``StorageError``.
    package func history(
        of delegate: DomainName, before number: UInt64?
    ) async throws(StorageError) -> [AuditEntry] {
        try await storage.history(of: delegate, before: number, maximum: Self.maximumHistory)
    }

    // MARK: Credentials

    /// A new credential. Its key is known here and never again.
    package struct NewCredential: Sendable {
        package var credential: Credential
        package var key: APIKey
    }

    /// Makes another credential for a delegate.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func addCredential(
        for delegate: DomainName, label: String, allowedNetworks: AllowedNetworks, expires: Timestamp?, by actor: Actor
    ) async throws -> NewCredential {
        let now = clock.now
        try Self.check(label: label)
        try Self.check(expiry: expires, now: now)
        var generator = SystemRandomNumberGenerator()
        let key = APIKey(using: &generator)
        let credential = Credential(
            username: UniqueID(using: &generator), keyDigest: key.digest, delegate: delegate, label: label,
            allowedNetworks: allowedNetworks, created: now, expires: expires)
        try await storage.commit(
            .addCredential(credential, maximum: Self.maximumCredentials), by: actor, at: now
        ) { _ in }
        return NewCredential(credential: credential, key: key)
    }

    /// Ends a credential of a delegate, which must have another one that is good.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func revokeCredential(_ username: UniqueID, of delegate: DomainName, by actor: Actor) async throws {
        _ = try await credential(username, of: delegate)
        try await storage.commit(.revokeCredential(username), by: actor, at: clock.now) { _ in }
    }

    /// Changes a credential of a delegate. Whoever does must be where it may be used as it is.
    ///
    /// - Returns: what it is now.
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func editCredential(
        _ username: UniqueID, of delegate: DomainName, _ edit: CredentialEdit, by actor: Actor
    ) async throws -> Credential {
        let now = clock.now
        if let label = edit.label { try Self.check(label: label) }
        if let expires = edit.expires { try Self.check(expiry: expires, now: now) }
        _ = try await credential(username, of: delegate)
        try await storage.commit(.editCredential(username, edit), by: actor, at: now) { _ in }
        return try await self.credential(username, of: delegate)
    }

    package func hasExpired(_ credential: Credential) -> Bool { credential.hasExpired(at: clock.now) }

    private func credential(_ username: UniqueID, of delegate: DomainName) async throws -> Credential {
        guard let credential = try await storage.credential(of: username), credential.delegate == delegate else {
            throw StorageError.noSuchCredential
        }
        return credential
    }

    private static func check(label: String) throws(Refusal) {
        guard label.count <= Credential.maximumLabelLength,
            !label.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw .invalidLabel }
    }

    private static func check(expiry: Timestamp?, now: Timestamp) throws(Refusal) {
        if let expiry, expiry <= now { throw .invalidExpiry }
    }

    // MARK: The end

    /// Ends a delegate for ever: from the next query on its name has no values, its credentials are gone, and nobody ever gets the name
    /// again.
    ///
    /// - Throws: ``StorageError``.
    package func delete(_ delegate: DomainName, by actor: Actor) async throws(StorageError) {
        let now = clock.now
        try await storage.commit(.delete(delegate: delegate), by: actor, at: now) { [table] sequence in
            table.withdraw(delegate, sequence: sequence, now: now)
        }
    }
}
