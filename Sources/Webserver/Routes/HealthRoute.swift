import Delegates
import Hummingbird

/// `GET health` returns 200 without a body while values can be published.
struct HealthRoute: Sendable {
    let storage: any DelegateStorage

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        try await storage.checkHealth()
        return Response(status: .ok)
    }
}
