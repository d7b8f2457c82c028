import Delegates
import Hummingbird

/// `GET health` returns 200 without a body while values can be published.
struct HealthRoute: Sendable {
    let publishing: Publishing

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        try await publishing.checkHealth()
        return Response(status: .ok)
    }
}
