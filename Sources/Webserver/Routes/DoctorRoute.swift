package import DNS
import DelegateAPI
import Delegates
import Hummingbird

/// `GET doctor` looks at a domain that the caller's delegate has declared.
struct DoctorRoute: Sendable {
    let callers: Callers
    let holding: Holding
    let diagnose: Diagnose

    /// Looks at a domain, whose CNAME should lead to the delegate if there is one.
    typealias Diagnose = @Sendable (DiagnosisRequest) async throws -> DiagnosisResponse

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        let holder = try await callers.holderNaming(delegateIn: request, context: context)
        let domain = try DeclaredDomain(try request.text("domain") ?? "")
        try await holding.checkDiagnosis(of: domain, at: holder.delegate, by: holder.actor)
        var wanted = DiagnosisRequest(domain: domain.name, delegate: holder.delegate)
        wanted.isWildcardWanted = try request.wants("wildcard")
        return try Response(status: .ok, value: try await diagnose(wanted))
    }
}

/// What is looked at.
package struct DiagnosisRequest: Hashable, Sendable {
    package var domain: DomainName
    /// The delegate to which the CNAME should lead; `nil` for the one to which it leads.
    package var delegate: DomainName?
    package var isWildcardWanted = false
    /// The ACME accounts that may obtain certificates, by their URIs; without any, those that the records name.
    package var accounts: [String] = []
    /// Whether an operator asks, to whom the server tells how it is itself.
    package var isForOperator = false

    package init(domain: DomainName, delegate: DomainName? = nil) {
        self.domain = domain
        self.delegate = delegate
    }
}
