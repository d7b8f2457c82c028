import DNS
import DelegateAPI
import Delegates
import Hummingbird

/// `GET check` tells that the credential is valid, and for what.
struct CheckRoute: Sendable {
    let callers: Callers
    let holding: Holding

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        let caller = try await callers.caller(of: request, context: context)
        guard let credential = try await holding.credential(caller.credential.username) else { throw Refusal.forbidden }
        var response = CheckResponse(
            delegate: credential.delegate?.withoutFinalDot, subdomain: credential.delegate?.subdomain,
            key: KeyDescription(credential, isExpired: false),
            limits: CheckResponse.Limits(
                keys: holding.maximumCredentials, domains: Limits.domainsOfDelegate, values: ValueRetention.maximumCount,
                valueLifetimeSeconds: Int(ValueRetention.lifetime.components.seconds)))
        if case .group(let label) = credential.scope {
            response.group = label.description
            response.delegates = try await holding.members(of: label)?.map(\.withoutFinalDot)
        }
        return try Response(status: .ok, value: response)
    }
}
