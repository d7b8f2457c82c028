package import DNS
package import Delegates

/// Imports the accounts of an acme-dns database into a storage. It leaves what is already there as it is, so an import can be started
/// again at any time and continues where it was interrupted.
///
/// The rules hold for each account, and the audit log has it: see ``ImportStorage``. Accounts are read and checked while those before
/// them are being committed.
package struct AcmeDNSImport: Sendable {
    package enum Outcome: Hashable, Sendable {
        case imported(droppedValues: Int, droppedNetworks: Int)
        /// The same delegate with the same key is already there.
        case unchanged
        case refused(account: String, reason: String)
    }

    private let database: AcmeDNSDatabase
    private let storage: any ImportStorage
    private let zone: DomainName
    private let isTaken: @Sendable (DomainName) -> Bool
    private let now: Timestamp
    private let isDryRun: Bool
    private let batchSize: Int

    /// - Parameters:
    ///   - zone: the zone below whose apex the delegates are; one that acme-dns has served.
    ///   - isTaken: whether that zone has records at or below a name.
    ///   - isDryRun: whether the import only finds out the outcomes, and changes nothing.
    ///   - batchSize: the number of accounts in a commit. Most of its work is for pages of the file that accounts share; two batches
    ///     are in memory.
    package init(
        of database: AcmeDNSDatabase, into storage: any ImportStorage, zone: DomainName,
        isTaken: @escaping @Sendable (DomainName) -> Bool, now: Timestamp, isDryRun: Bool,
        batchSize: Int = 40_000
    ) {
        self.database = database
        self.storage = storage
        self.zone = zone
        self.isTaken = isTaken
        self.now = now
        self.isDryRun = isDryRun
        self.batchSize = batchSize
    }

    /// - Parameter body: gets the outcomes of some accounts, in their order, as soon as they are durable.
    /// - Throws: ``AcmeDNSDatabaseError``, or a ``StorageError`` if the storage is in trouble.
    package func run(_ body: ([Outcome]) throws -> Void) async throws {
        var taken = ImportedNames()
        var next = try batch(after: nil)
        while let batch = next {
            async let following = self.batch(after: batch.lastRow)
            try body(try await take(batch.accounts, &taken))
            next = try await following
        }
    }

    /// Some accounts, checked.
    private struct Batch: Sendable {
        var accounts: [Result<Account, Refused>]
        var lastRow: Int64
    }

    /// - Returns: the accounts after a row; `nil` if there are none.
    private func batch(after row: Int64?) throws -> Batch? {
        let accounts = try database.accounts(after: row, maximum: batchSize)
        guard let last = accounts.last?.row else { return nil }
        return Batch(accounts: accounts.map { account in Result { () throws(Refused) in try check(account) } }, lastRow: last)
    }

    /// - Parameter taken: the names that a dry run would have taken.
    private func take(_ accounts: [Result<Account, Refused>], _ taken: inout ImportedNames) async throws -> [Outcome] {
        let delegates = accounts.compactMap { account in (try? account.get())?.delegate }
        let outcomes =
            if isDryRun {
                try await storage.outcomes(ofImporting: delegates, besides: &taken)
            } else {
                try await storage.enrol(imported: delegates, at: now)
            }
        var imported = outcomes.makeIterator()
        return accounts.map { account in
            switch account {
            case .failure(let refused): .refused(account: refused.account, reason: refused.reason)
            case .success(let account):
                switch imported.next() {
                case .enrolled: account.outcome
                case .present, nil: .unchanged
                case .refused(let refusal): account.refused(refusal)
                }
            }
        }
    }

    private struct Refused: Error {
        var account: String
        var reason: String
    }

    private struct Account: Sendable {
        var delegate: NewDelegate
        var droppedValues: Int
        var droppedNetworks: Int

        var outcome: Outcome { .imported(droppedValues: droppedValues, droppedNetworks: droppedNetworks) }

        func refused(_ refusal: Refusal) -> Outcome {
            let explanation = refusal.explanation
            return .refused(account: delegate.name.withoutFinalDot, reason: explanation.text ?? explanation.code)
        }
    }

    private func check(_ account: AcmeDNSAccount) throws(Refused) -> Account {
        let checked: CheckedAccount
        switch account.checked() {
        case .success(let account): checked = account
        case .failure(let problem): throw Refused(account: problem.account, reason: problem.reason)
        }
        guard let name = zone.prepending(label: checked.label.utf8) else {
            throw Refused(account: checked.label, reason: "its name would be too long below \(zone)")
        }
        guard !isTaken(name) else {
            throw Refused(account: checked.label, reason: "there are records of that name in the zone")
        }
        let credential = Credential(
            username: checked.username, check: .bcrypt(checked.keyHash), scope: .delegate(name),
            allowedNetworks: checked.allowedNetworks, created: now)
        let values = checked.values.map { value in
            NewDelegate.ImportedValue(value.value, published: min(value.published, now))
        }
        return Account(
            delegate: NewDelegate(name: name, credential: credential, imported: values),
            droppedValues: checked.droppedValueCount, droppedNetworks: checked.droppedNetworkCount)
    }
}
