import DNS
import DelegateAPI
import Delegates
import Hummingbird

/// `GET check`: says that the credential is good, and for what.
struct CheckRoute: Sendable {
    let callers: Callers

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        let caller = try await callers.caller(of: request, context: context)
        return try Response(
            status: .ok,
            value: CheckResponse(
                delegate: caller.credential.delegate.withoutFinalDot,
                subdomain: caller.credential.subdomain,
                key: KeyDescription(caller.credential, isExpired: false),
                limits: CheckResponse.Limits(
                    keys: Holding.maximumCredentials, values: ValueRetention.maximumCount,
                    valueLifetimeSeconds: Int(ValueRetention.lifetime.components.seconds))))
    }
}
