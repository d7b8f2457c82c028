package import DNS

/// Publishes and withdraws challenge values: each change is committed first, then answered.
package struct Publishing: Sendable {
    private let storage: any DelegateStorage
    private let table: DelegateTable
    private let clock: SteadyClock
    private let limits: Limits

    package init(storage: any DelegateStorage, table: DelegateTable, clock: SteadyClock, limits: Limits) {
        self.storage = storage
        self.table = table
        self.clock = clock
        self.limits = limits
    }

    /// Returns if a value could be published now, as far as the storage can tell without making a change.
    ///
    /// - Throws: ``StorageError``.
    package func checkHealth() async throws(StorageError) { try await storage.checkHealth() }

    /// Withdraws all values of a delegate.
    ///
    /// - Throws: a ``Refusal``, or a ``StorageError``, after which the values can still be withdrawn later.
    package func withdraw(at delegate: DomainName, by actor: Actor) async throws {
        let now = clock.now
        try limits.countKeyChange(of: delegate, by: actor, now: now)
        try await storage.commit(.withdraw(delegate: delegate), by: actor, at: now)
    }

    /// Publishes a value. When this returns, the value is durable, and each listener of this server answers it from the next query on.
    ///
    /// - Throws: a ``Refusal``, or a ``StorageError``, after which the value can still be published later, if the storage was only too
    ///   slow.
    package func publish(
        _ value: ChallengeValue, at delegate: DomainName, by actor: Actor
    ) async throws {
        let now = clock.now
        try limits.countUpdate(of: delegate, from: actor.address, now: now)
        let before = table.sequence
        do {
            try await storage.commit(.publish(value, delegate: delegate), by: actor, at: now)
        } catch let error as StorageError {
            // A commit that came through meanwhile, this one or another, shows that the storage works.
            if table.sequence == before { table.setStale(true) }
            throw error
        }
    }
}
