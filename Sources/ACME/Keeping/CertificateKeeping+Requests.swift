import Synchronization

/// What operators ask for.
extension CertificateKeeping {
    /// Lets a new certificate be obtained within a second, whatever the time of renewal and failures before.
    package func renewNow() { memory.withLock { $0.isRequested = true } }

    /// Revokes the certificate that is kept, by its account, or by its own key if the account has ended. A new one is ordered at once, as
    /// if ``renewNow()`` were called.
    package func revoke(_ reason: RevocationReason) async throws(KeepingProblem) {
        guard let kept = memory.withLock(\.certificate) else { throw KeepingProblem("there is no certificate") }
        do {
            let client = try await AuthorityClient.connect(to: kept.directory, through: transport)
            let stored = try? folder.account(of: kept.directory)
            if let stored, let key = SignatureKey(pem: stored.key), let url = kept.directory.sibling(stored.url) {
                do throws(AuthorityFailure) {
                    try await client.revoke(kept.chain.leaf.der, reason, by: .account(Account(url: url, key: key)))
                } catch {
                    guard AccountKeeping.tellsEnd(error) else { throw error }
                    try await client.revoke(kept.chain.leaf.der, reason, by: .certificate(kept.key))
                }
            } else {
                try await client.revoke(kept.chain.leaf.der, reason, by: .certificate(kept.key))
            }
        } catch {
            throw KeepingProblem(error)
        }
        change { memory in
            memory.state.revoke(kept.chain.leaf)
            memory.isRequested = true
        }
        surroundings.report(.revoked(notAfter: kept.notAfter))
    }
}
