import DNS
import DelegateAPI
import Doctor

extension Diagnosis {
    func response(for domain: DomainName) -> DiagnosisResponse {
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
                    allowed: $0.isAllowed,
                    because: $0.because)
            })
    }
}
