import Delegates
import HTTPTypes
import Hummingbird

/// Passes requests that carry the operator's token as a bearer token (RFC 6750).
struct OperatorTokenMiddleware: RouterMiddleware {
    typealias Context = ClientContext

    let token: KeyDigest
    let notes: AuditNotes

    func handle(
        _ request: Request, context: ClientContext,
        next: @concurrent (Request, ClientContext) async throws -> Response
    ) async throws -> Response {
        let parts = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer",
            APIKey(String(parts[1].trimmingWhitespace.prefix(256))).digest == token
        else {
            notes.refused(.operatorToken, of: nil, from: context.peer)
            throw RequestError.operatorTokenNeeded
        }
        return try await next(request, context)
    }
}
