import Delegates
import Hummingbird
import Logging

/// `DELETE values` withdraws all values of the caller's delegate.
struct ValuesRoute: Sendable {
    let callers: Callers
    let publishing: Publishing
    let logger: Logger

    func withdraw(_ request: Request, context: ClientContext) async throws -> Response {
        let holder = try await callers.holder(of: request, context: context)
        try await publishing.withdraw(at: holder.delegate, by: holder.actor)
        logger.info("values withdrawn", metadata: holder.metadata)
        return Response(status: .noContent)
    }
}
