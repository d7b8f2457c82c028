import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `POST update`: publishes a challenge value. Its 200 is sent when the value is durable and answered in the DNS.
struct UpdateRoute: Sendable {
    let authentication: Authentication
    let publishing: Publishing
    let trustedProxies: TrustedProxies
    let logger: Logger

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        let body = try await request.bodyOctets()
        let update = Result { () throws(RequestError) in
            try JSONBody.decode(UpdateRequest.self, from: JSONBody.firstObject(of: body))
        }
        let address = trustedProxies.clientAddress(peer: context.peer, headers: request.headers)
        // Who asks comes first: a stranger learns nothing about what would have been right.
        let delegate = try await authentication.delegate(
            for: Authentication.Claim(
                username: request.headers.values(of: "X-Api-User").first ?? "",
                key: request.headers.values(of: "X-Api-Key").first ?? "",
                subdomain: try? update.get().subdomain,
                address: address))
        guard let value = ChallengeValue(try update.get().txt) else { throw Refusal.invalidChallengeValue }
        try await publishing.publish(value, at: delegate)
        logger.info(
            "value published",
            metadata: ["delegate.name": "\(delegate)", "peer.address": "\(address.map { "\($0)" } ?? "unknown")"])
        return Response(status: .ok, json: UpdateResponse(txt: value.text).json)
    }
}
