package import DNS
package import Delegates

/// Imports the accounts of another server's database into a storage. It leaves what is already there as it is, so an import can be started
/// again at any time and continues where it was interrupted.
///
/// The rules hold for each account, and the audit log has it: see ``ImportStorage``. Accounts are read and checked while those before
/// them are being committed.
package struct AccountImport: Sendable {
    package enum Outcome: Hashable, Sendable {
        case imported(dropped: Dropped)
        /// The same delegate with one of the same keys is already there.
        case unchanged
        case refused(account: String, reason: String)
    }

    /// The numbers of an account's parts that were not imported.
    package struct Dropped: Hashable, Sendable {
        package var values: Int
        package var networks: Int
        package var keys: Int

        package init(values: Int = 0, networks: Int = 0, keys: Int = 0) {
            self.values = values
            self.networks = networks
            self.keys = keys
        }
    }

    private let source: any AccountSource
    private let storage: any ImportStorage
    private let zone: DomainName
    private let isTaken: @Sendable (DomainName) -> Bool
    private let maximumKeys: Int
    private let now: Timestamp
    private let isDryRun: Bool
    private let batchSize: Int

    /// - Parameters:
    ///   - zone: the zone below whose apex the delegates are; one that the other server has served.
    ///   - isTaken: whether that zone has records at or below a name.
    ///   - maximumKeys: the number of keys that a delegate may have.
    ///   - isDryRun: whether the import only finds out the outcomes, and changes nothing.
    ///   - batchSize: the number of accounts in a commit. Most of its work is for pages of the file that accounts share; two batches
    ///     are in memory.
    package init(
        of source: any AccountSource, into storage: any ImportStorage, zone: DomainName,
        isTaken: @escaping @Sendable (DomainName) -> Bool, maximumKeys: Int, now: Timestamp, isDryRun: Bool,
        batchSize: Int = 40_000
    ) {
        self.source = source
        self.storage = storage
        self.zone = zone
        self.isTaken = isTaken
        self.maximumKeys = maximumKeys
        self.now = now
        self.isDryRun = isDryRun
        self.batchSize = batchSize
    }

    /// - Parameter body: gets the outcomes of some accounts, in their order, as soon as they are durable.
    /// - Throws: an error of the source, or a ``StorageError`` if the storage is in trouble.
    package func run(_ body: ([Outcome]) throws -> Void) async throws {
        var taken = ImportedNames()
        var next = try await batch(after: nil)
        while let batch = next {
            async let following = self.batch(after: batch.lastRow)
            try body(try await take(batch.accounts, &taken))
            next = try await following
        }
    }

    /// Some accounts, as the storage takes them.
    private struct Batch: Sendable {
        var accounts: [Result<Account, Refused>]
        var lastRow: Int64
    }

    /// - Returns: the accounts after a row; `nil` if there are none.
    private func batch(after row: Int64?) async throws -> Batch? {
        guard let batch = try await source.batch(after: row, maximum: batchSize) else { return nil }
        let accounts = batch.accounts.map { account in Result { () throws(Refused) in try check(account) } }
        return Batch(accounts: accounts, lastRow: batch.lastRow)
    }

    /// - Parameter taken: the names that a dry run would have taken.
    private func take(_ accounts: [Result<Account, Refused>], _ taken: inout ImportedNames) async throws -> [Outcome] {
        let entries = accounts.flatMap { account in (try? account.get())?.entries ?? [] }
        let outcomes =
            if isDryRun {
                try await storage.outcomes(ofImporting: entries, besides: &taken)
            } else {
                try await storage.enrol(imported: entries, at: now)
            }
        var imported = outcomes[...]
        return accounts.map { account in
            switch account {
            case .failure(let refused): return .refused(account: refused.account, reason: refused.reason)
            case .success(let account):
                // All entries of an account have the same outcome.
                let outcome = imported.first
                imported = imported.dropFirst(account.entries.count)
                switch outcome {
                case .enrolled: return .imported(dropped: account.dropped)
                case .present, nil: return .unchanged
                case .refused(let refusal): return account.refused(refusal)
                }
            }
        }
    }

    private struct Refused: Error {
        var account: String
        var reason: String
    }

    private struct Account: Sendable {
        var name: DomainName
        var entries: [NewDelegate]
        var dropped: Dropped

        func refused(_ refusal: Refusal) -> Outcome {
            let explanation = refusal.explanation
            return .refused(account: name.withoutFinalDot, reason: explanation.text ?? explanation.code)
        }
    }

    private func check(_ account: Result<CheckedAccount, CheckedAccount.Problem>) throws(Refused) -> Account {
        let checked: CheckedAccount
        switch account {
        case .success(let account): checked = account
        case .failure(let problem): throw Refused(account: problem.account, reason: problem.reason)
        }
        guard let name = zone.prepending(label: checked.label.utf8) else {
            throw Refused(account: checked.label, reason: "its name would be too long below \(zone)")
        }
        guard !isTaken(name) else {
            throw Refused(account: checked.label, reason: "there are records of that name in the zone")
        }
        let credentials = checked.keys.map { key in
            Credential(
                username: key.username, check: key.check, scope: .delegate(name), allowedNetworks: checked.allowedNetworks,
                created: min(key.created ?? now, now),
                lastUse: key.lastUsed.map { Credential.Use(time: min($0, now), address: nil) })
        }
        let values = checked.values.map { value in
            NewDelegate.ImportedValue(value.value, published: min(value.published, now))
        }
        let entries = NewDelegate.imported(name: name, credentials: credentials, maximum: maximumKeys, values: values)
        return Account(
            name: name, entries: entries,
            dropped: Dropped(
                values: checked.droppedValueCount, networks: checked.droppedNetworkCount,
                keys: checked.droppedKeyCount + credentials.count - entries.count))
    }
}
