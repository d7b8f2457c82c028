import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `GET delegate` shows the caller's delegate, `DELETE delegate` ends it for ever.
struct DelegateRoute: Sendable {
    let callers: Callers
    let holding: Holding
    let logger: Logger

    func show(_ request: Request, context: ClientContext) async throws -> Response {
        let caller = try await callers.caller(of: request, context: context)
        let delegate = caller.credential.delegate
        let overview = try await holding.overview(of: delegate)
        return try Response(
            status: .ok,
            value: DelegateDescription(
                delegate: delegate.withoutFinalDot,
                subdomain: caller.credential.subdomain,
                cname: "_acme-challenge.<your domain>. CNAME \(delegate)",
                enrolled: overview.enrolled.text,
                keys: overview.credentials.map { KeyDescription($0, isExpired: $0.hasExpired(at: overview.now)) },
                valueAgesSeconds: overview.published.map { overview.now.secondsSinceEpoch - $0.secondsSinceEpoch }))
    }

    func delete(_ request: Request, context: ClientContext) async throws -> Response {
        let caller = try await callers.caller(of: request, context: context)
        try await holding.delete(caller.credential.delegate, by: caller.actor)
        logger.notice("delegate deleted", metadata: caller.metadata)
        return Response(status: .noContent)
    }
}
