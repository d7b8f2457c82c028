package import DNS
package import DelegateAPI
import Delegates
package import Doctor

extension Diagnosis {
    package func response(for domain: DomainName) -> DiagnosisResponse {
        DiagnosisResponse(
            domain: domain.withoutFinalDot, verdict: verdict.rawValue,
            checks: checks.map {
                CheckDescription(
                    id: $0.id.rawValue, status: $0.status.rawValue, summary: $0.summary, found: $0.found, expected: $0.expected,
                    remedy: $0.remedy)
            },
            issuance: issuance.map {
                IssuanceDescription(
                    authority: $0.authority, account: $0.account, method: $0.method, wildcard: $0.isWildcard,
                    allowed: $0.isAllowed, because: $0.because)
            })
    }

    /// What the storage keeps of it.
    var domainCheck: DomainCheck {
        let verdict: DomainCheck.Verdict =
            switch self.verdict {
            case .ok: .ok
            // What could not be looked at is no fault of the domain.
            case .warning: checks.contains { $0.status == .warning } ? .warning : .unknown
            case .error: .error
            }
        let findings = checks.filter { $0.status != .ok }.sorted { $0.status > $1.status }
        return DomainCheck(
            verdict, leadsHere: leadsToDelegate,
            findings: findings.compactMap { check in
                DomainCheck.Finding.Status(rawValue: check.status.rawValue).flatMap {
                    DomainCheck.Finding(check: check.id.rawValue, status: $0)
                }
            })
    }
}
