import Hummingbird

/// `GET certificate`, and `POST certificate/renew` and `revoke`.
struct OperatorCertificateRoute: Sendable {
    let actions: OperatorActions

    func show(_ request: Request, context: ClientContext) async throws -> Response {
        try Response(status: .ok, value: try await actions.certificate.status())
    }

    func renew(_ request: Request, context: ClientContext) async throws -> Response {
        try Response(status: .ok, value: try await actions.certificate.renew())
    }

    func revoke(_ request: Request, context: ClientContext) async throws -> Response {
        try Response(status: .ok, value: try await actions.certificate.revoke())
    }
}
