package import DNS

/// Makes a challenge value visible: committed first, then answered.
package struct Publishing: Sendable {
    private let storage: any DelegateStorage
    private let table: DelegateTable
    private let clock: SteadyClock

    package init(storage: any DelegateStorage, table: DelegateTable, clock: SteadyClock) {
        self.storage = storage
        self.table = table
        self.clock = clock
    }

    /// Takes back all values of a delegate.
    ///
    /// - Throws: as ``publish(_:at:by:)``.
    package func withdraw(at delegate: DomainName, by actor: Actor) async throws(StorageError) {
        let now = clock.now
        try await storage.commit(.withdraw(delegate: delegate), by: actor, at: now) { [table] sequence in
            table.withdraw(delegate, sequence: sequence, now: now)
        }
    }

    /// Returns when the value is durable and each listener of this server answers it from the next query on.
    ///
    /// - Throws: ``StorageError``. The value can be published all the same, later: when the storage was only too slow.
    package func publish(
        _ value: ChallengeValue, at delegate: DomainName, by actor: Actor
    ) async throws(StorageError) {
        let now = clock.now
        do {
            try await storage.commit(.publish(value, delegate: delegate), by: actor, at: now) { [table] sequence in
                table.setStale(false)
                table.publish(value, at: delegate, sequence: sequence, published: now, now: now)
            }
        } catch {
            if error.isTrouble { table.setStale(true) }
            throw error
        }
    }
}
