import DNS
import DelegateAPI
import Delegates
import Hummingbird

/// `GET doctor` looks at any domain.
struct OperatorDoctorRoute: Sendable {
    let operating: Operating
    let actions: OperatorActions

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        let domain = try DeclaredDomain(try request.text("domain") ?? "")
        let delegate = try request.text("delegate").map { text throws(Refusal) in try operating.name(text) }
        var wanted = DiagnosisRequest(domain: domain.name, delegate: delegate)
        wanted.isForOperator = true
        wanted.isWildcardWanted = try request.wants("wildcard")
        wanted.accounts = try request.text("account").map { [$0] } ?? []
        return try Response(status: .ok, value: try await actions.diagnose(wanted))
    }
}
