package import Delegates

/// What writes a batch of changes for a ``ChangeQueue``.
package protocol ChangeCommitter: Sendable {
    /// Why changes are refused now; `nil` if they are not.
    var refusal: StorageError? { get }

    /// Makes changes in one transaction, in their order. A change that a rule refuses does not affect the others.
    ///
    /// - Parameter completion: called once: with the outcomes in the order of the changes as soon as they are durable, or with why the
    ///   transaction failed.
    func commit(_ changes: [SubmittedChange], completion: @escaping @Sendable (Result<[ChangeOutcome], CommitFailure>) -> Void)
}

/// A failure is a ``Refusal`` or a ``StorageError``.
package typealias ChangeOutcome = Result<MadeChange, any Error>

/// A change with what the rules need to know of its circumstances.
package struct SubmittedChange: Sendable {
    package var change: Change
    package var actor: Actor
    package var time: Timestamp

    package init(change: Change, actor: Actor, time: Timestamp) {
        self.change = change
        self.actor = actor
        self.time = time
    }
}

/// Why a transaction failed.
package struct CommitFailure: Error {
    /// The reason in words for the operator.
    package var reason: String
    /// Whether the reason has been logged already.
    package var isLogged: Bool

    package init(reason: String, isLogged: Bool = false) {
        self.reason = reason
        self.isLogged = isLogged
    }
}

extension ChangeTables {
    /// Makes changes in their order. A refusal does not affect the others.
    ///
    /// - Throws: an error that fails the whole transaction.
    package mutating func make(
        _ changes: [SubmittedChange], addresses: AuditedAddresses
    ) throws -> [ChangeOutcome] {
        try changes.map { submitted in
            do {
                return .success(
                    try make(submitted.change, by: submitted.actor, at: submitted.time, addresses: addresses))
            } catch let refusal as Refusal {
                return .failure(refusal)
            }
        }
    }
}
