import Hummingbird

/// Answers every request with 503 while the server has no certificate of its own yet: clients could not tell it from another server.
struct PendingCertificateMiddleware: RouterMiddleware {
    typealias Context = ClientContext

    /// What the server waits for, in words; `nil` if it has a certificate.
    let reason: @Sendable () -> String?

    func handle(
        _ request: Request, context: ClientContext,
        next: @concurrent (Request, ClientContext) async throws -> Response
    ) async throws -> Response {
        if let reason = reason() { throw RequestError.certificatePending(reason) }
        return try await next(request, context)
    }
}
