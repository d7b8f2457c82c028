import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `GET delegate` shows the caller's delegate. `DELETE delegate` ends it for ever.
struct DelegateRoute: Sendable {
    let callers: Callers
    let holding: Holding
    let logger: Logger

    func show(_ request: Request, context: ClientContext) async throws -> Response {
        let delegate = try await callers.holder(of: request, context: context).delegate
        let overview = try await holding.overview(of: delegate)
        return try Response(
            status: .ok,
            value: DelegateDescription(
                delegate: delegate.withoutFinalDot,
                subdomain: delegate.subdomain,
                state: overview.record.state.rawValue,
                cname: "_acme-challenge.<your domain>. CNAME \(delegate)",
                enrolled: overview.record.enrolled.text,
                keys: overview.credentials.map { KeyDescription($0, isExpired: $0.hasExpired(at: overview.now)) },
                valueAgesSeconds: overview.published.map { overview.now.secondsSinceEpoch - $0.secondsSinceEpoch }))
    }

    func delete(_ request: Request, context: ClientContext) async throws -> Response {
        let holder = try await callers.holder(of: request, context: context)
        try await holding.delete(holder.delegate, by: holder.actor)
        logger.notice("delegate deleted", metadata: holder.metadata)
        return Response(status: .noContent)
    }
}
