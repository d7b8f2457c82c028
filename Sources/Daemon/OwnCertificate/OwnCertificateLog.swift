import ACME
import Foundation
import Logging

/// Logs what happens to the server's own certificate.
struct OwnCertificateLog: Sendable {
    let logger: Logger

    func log(_ event: KeepingEvent) {
        switch event {
        case .keptCertificateUnusable(let problem):
            logger.error(
                "the certificate that is kept cannot be used: another one is ordered", metadata: ["error": "\(problem)"])
        case .accountReady(let url): logger.notice("account with the authority", metadata: ["acme.account": "\(url)"])
        case .accountGone(let problem):
            logger.warning("the authority has ended the account: another one is made", metadata: ["error": "\(problem)"])
        case .ordering(let names, let reason):
            logger.notice(
                "certificate is ordered",
                metadata: ["tls.names": "\(names.joined(separator: " "))", "acme.reason": "\(reason.word)"])
        case .omitted(let omission): logger.warning("order without a part", metadata: ["acme.omitted": "\(omission.sentence)"])
        case .orderResumed(let url): logger.notice("order from before goes on", metadata: ["acme.order": "\(url)"])
        case .orderGivenUp(let url, let problem):
            logger.notice("order from before is given up", metadata: ["acme.order": "\(url)", "error": "\(problem)"])
        case .valueRemains(let name, let problem):
            logger.warning("challenge value not withdrawn", metadata: ["tls.name": "\(name)", "error": "\(problem)"])
        case .obtained(let names, let notAfter):
            logger.notice(
                "certificate obtained",
                metadata: [
                    "tls.names": "\(names.joined(separator: " "))", "tls.not_after": "\(notAfter.formatted(.iso8601))",
                ])
        case .renewalPlanned(let moment, let explanation):
            var metadata: Logger.Metadata = ["acme.moment": "\(moment.formatted(.iso8601))"]
            if let explanation { metadata["acme.explanation"] = "\(explanation)" }
            logger.info("renewal planned", metadata: metadata)
        case .noRenewalInformation(let problem):
            logger.info("the authority does not tell when to renew", metadata: ["error": "\(problem)"])
        case .failed(let problem, let next):
            logger.error(
                "no certificate obtained",
                metadata: ["error": "\(problem)", "acme.next_attempt": "\(next.formatted(.iso8601))"])
        case .notStored(let problem): logger.error("state of renewals not stored", metadata: ["error": "\(problem)"])
        case .revoked(let notAfter):
            logger.notice("certificate revoked", metadata: ["tls.not_after": "\(notAfter.formatted(.iso8601))"])
        }
    }
}

extension RenewalState.Reason {
    fileprivate var word: String {
        switch self {
        case .noCertificate: "none_yet"
        case .unusable(let fault): "unusable: \(fault)"
        case .otherAuthority: "other_authority"
        case .renewal: "renewal"
        case .revoked: "revoked"
        case .requested: "requested"
        case .unfinished: "unfinished"
        }
    }
}

extension OrderRequest.Omission {
    fileprivate var sentence: String {
        switch self {
        case .profile(let problem): "the profile: \(problem)"
        case .replacedCertificate(let problem): "the certificate that is replaced: \(problem)"
        }
    }
}
