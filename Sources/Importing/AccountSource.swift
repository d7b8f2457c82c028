/// A database of another server, from which accounts are read.
package protocol AccountSource: Sendable {
    /// The number of all accounts, including bad ones.
    func accountCount() async throws -> Int

    /// Reads a batch of accounts, as a rule in the order of their registration.
    ///
    /// - Parameters:
    ///   - row: the number of the last row of the batch before; `nil` for the first batch.
    ///   - maximum: the maximum number of accounts; fewer come only at the end.
    /// - Returns: `nil` if there are no more.
    /// - Throws: an error that describes itself to the operator; never for the content of an account.
    func batch(after row: Int64?, maximum: Int) async throws -> AccountBatch?
}

/// Some accounts of a source in their order, checked.
package struct AccountBatch: Sendable {
    package var accounts: [Result<CheckedAccount, CheckedAccount.Problem>]
    package var lastRow: Int64

    package init(accounts: [Result<CheckedAccount, CheckedAccount.Problem>], lastRow: Int64) {
        self.accounts = accounts
        self.lastRow = lastRow
    }
}

/// Why an ``AccountSource`` cannot be read, in words for the operator that named it. They contain no secret.
package protocol AccountSourceError: Error, CustomStringConvertible {}
