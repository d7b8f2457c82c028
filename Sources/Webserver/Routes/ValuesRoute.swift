import Delegates
import Hummingbird
import Logging

/// `DELETE values`: takes back all values of the caller's delegate.
struct ValuesRoute: Sendable {
    let callers: Callers
    let publishing: Publishing
    let logger: Logger

    func withdraw(_ request: Request, context: ClientContext) async throws -> Response {
        let caller = try await callers.caller(of: request, context: context)
        try await publishing.withdraw(at: caller.credential.delegate, by: caller.actor)
        logger.info("values withdrawn", metadata: caller.metadata)
        return Response(status: .noContent)
    }
}
