package import DNS

/// The domains that a delegate is for. Operators keep them in the same way as holders.
extension Holding {
    /// The domains that a delegate has declared, in their order.
    ///
    /// - Throws: ``StorageError``.
    package func domains(of delegate: DomainName) async throws(StorageError) -> [DomainRecord] {
        try await storage.domains(of: [delegate])[delegate] ?? []
    }

    /// Declares that a delegate is for a domain; one that it has declared stays as it is.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func declare(_ domain: DeclaredDomain, at delegate: DomainName, by actor: Actor) async throws {
        let now = clock.now
        try limits.countKeyChange(of: delegate, by: actor, now: now)
        try await storage.commit(.declareDomain(domain, delegate: delegate), by: actor, at: now)
    }

    /// Checks that a holder may have a domain looked at: the delegate has declared it, and there were not too many looks.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func checkDiagnosis(of domain: DeclaredDomain, at delegate: DomainName, by actor: Actor) async throws {
        guard try await domains(of: delegate).contains(where: { $0.domain == domain }) else { throw Refusal.noSuchDomain }
        try limits.countDiagnosis(of: delegate, by: actor, now: clock.now)
    }

    /// Removes a domain that a delegate has declared.
    ///
    /// - Throws: ``Refusal`` or ``StorageError``.
    package func remove(_ domain: DeclaredDomain, from delegate: DomainName, by actor: Actor) async throws {
        try await storage.commit(.removeDomain(domain, delegate: delegate), by: actor, at: clock.now)
    }
}
