package import DNS
package import Delegates

/// Imports the accounts of an acme-dns database into a storage. It leaves what is already there as it is, so an import can be started
/// again at any time and continues where it was interrupted.
///
/// It makes the same changes as everything else (`Change.enrol` with values), many at a time: the rules hold for it, the audit log has
/// it, and a million accounts take seconds of commits.
package struct AcmeDNSImport: Sendable {
    package enum Outcome: Sendable {
        case imported(droppedValues: Int, droppedNetworks: Int)
        /// The same delegate with the same key is already there.
        case unchanged
        case refused(account: String, reason: String)
    }

    private let database: AcmeDNSDatabase
    private let storage: any DelegateStorage
    private let zone: DomainName
    private let isTaken: @Sendable (DomainName) -> Bool
    private let now: Timestamp
    private let isDryRun: Bool

    /// The number of accounts that are read, and committed, at a time: they share commits.
    private static let batch = 4_000

    /// - Parameters:
    ///   - zone: the zone below whose apex the delegates are; one that acme-dns has served.
    ///   - isTaken: whether that zone has records at or below a name.
    ///   - isDryRun: whether the import only finds out the outcomes, and changes nothing.
    package init(
        of database: AcmeDNSDatabase, into storage: any DelegateStorage, zone: DomainName,
        isTaken: @escaping @Sendable (DomainName) -> Bool, now: Timestamp, isDryRun: Bool
    ) {
        self.database = database
        self.storage = storage
        self.zone = zone
        self.isTaken = isTaken
        self.now = now
        self.isDryRun = isDryRun
    }

    /// - Parameter body: gets the outcomes of some accounts, in their order, as soon as they are durable.
    /// - Throws: ``AcmeDNSDatabaseError``, or a ``StorageError`` if the storage is in trouble.
    package func run(_ body: ([Outcome]) throws -> Void) async throws {
        var last: Int64?
        // The delegates that a dry run would have enrolled.
        var names: Set<DomainName> = []
        while true {
            let accounts = try database.accounts(after: last, maximum: Self.batch)
            guard let end = accounts.last?.row else { return }
            last = end
            try body(try await take(accounts, &names))
        }
    }

    private func take(_ accounts: [AcmeDNSAccount], _ names: inout Set<DomainName>) async throws -> [Outcome] {
        let checked = accounts.map { account in Result { () throws(Refused) in try check(account) } }
        if isDryRun {
            var outcomes: [Outcome] = []
            for account in checked { outcomes.append(try await preview(account, &names)) }
            return outcomes
        }
        return try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
            for (index, account) in checked.enumerated() {
                group.addTask { (index, try await take(account)) }
            }
            var outcomes = [Outcome?](repeating: nil, count: checked.count)
            for try await (index, outcome) in group { outcomes[index] = outcome }
            return outcomes.compactMap(\.self)
        }
    }

    private struct Refused: Error {
        var account: String
        var reason: String
    }

    private struct Account: Sendable {
        var delegate: NewDelegate
        var credential: Credential
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
            delegate: NewDelegate(name: name, credential: credential, imported: values), credential: credential,
            droppedValues: checked.droppedValueCount, droppedNetworks: checked.droppedNetworkCount)
    }

    private func take(_ account: Result<Account, Refused>) async throws -> Outcome {
        switch account {
        case .failure(let refused): return .refused(account: refused.account, reason: refused.reason)
        case .success(let account):
            do {
                try await storage.commit(.enrol(account.delegate), by: Actor(.operator, from: nil), at: now)
                return account.outcome
            } catch let refusal as Refusal {
                return try await outcome(of: account, refusal)
            }
        }
    }

    /// The outcome of a refused account: the account may already be there.
    private func outcome(of account: Account, _ refusal: Refusal) async throws -> Outcome {
        if try await storage.credential(of: account.credential.username)?.scope == account.credential.scope {
            return .unchanged
        }
        return account.refused(refusal)
    }

    private func preview(_ account: Result<Account, Refused>, _ names: inout Set<DomainName>) async throws -> Outcome {
        switch account {
        case .failure(let refused): return .refused(account: refused.account, reason: refused.reason)
        case .success(let account):
            let name = account.delegate.name
            if let record = try await storage.delegate(name) {
                return try await outcome(of: account, record.deleted == nil ? .nameTaken : .nameDeleted)
            }
            guard try await storage.credential(of: account.credential.username) == nil else {
                return account.refused(Refusal.usernameTaken)
            }
            guard names.insert(name).inserted else { return account.refused(Refusal.nameTaken) }
            return account.outcome
        }
    }
}
