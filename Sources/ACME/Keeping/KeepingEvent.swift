package import FoundationEssentials

/// What happens to a certificate that is kept. The server logs it; there is no secret in it.
package enum KeepingEvent: Hashable, Sendable {
    /// The certificate that was kept cannot be read: a new one is ordered.
    case keptCertificateUnusable(problem: String)
    /// An account was made, or found by its key.
    case accountReady(url: String)
    /// The authority does not know the account any more, or has ended it. A new one is made.
    case accountGone(problem: String)
    case ordering(names: [String], reason: RenewalState.Reason)
    /// The authority refused a part of the order, which goes on without it.
    case omitted(OrderRequest.Omission)
    /// An order from before is gone on with.
    case orderResumed(url: String)
    case orderGivenUp(url: String, problem: String)
    /// A value could not be taken back. It is gone when values that old are not served any longer.
    case valueRemains(name: String, problem: String)
    /// A new certificate is kept.
    case obtained(names: [String], notAfter: Date)
    /// When the certificate is to be renewed, and a page on which the authority says why; `nil` without a reason.
    case renewalPlanned(moment: Date, explanation: String?)
    /// The authority did not tell when to renew. The certificate's own lifetime decides.
    case noRenewalInformation(problem: String)
    /// An attempt failed. The next one is made at this moment.
    case failed(problem: String, nextAttempt: Date)
    /// What is known of renewals cannot be stored; a restart can lead to an earlier attempt.
    case notStored(problem: String)
    case revoked(notAfter: Date)
}
