import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `POST update` publishes a challenge value. It returns 200 when the value is durable and answered in the DNS.
struct UpdateRoute: Sendable {
    let callers: Callers
    let publishing: Publishing
    let logger: Logger

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        let body = try await request.bodyOctets()
        let update = Result { () throws(RequestError) in
            try JSONBody.update(from: body)
        }
        // The caller is checked first: a stranger learns nothing about what would have been right.
        let caller = try await callers.caller(of: request, context: context, subdomain: try? update.get().subdomain)
        guard let value = ChallengeValue(try update.get().txt) else { throw Refusal.invalidChallengeValue }
        guard let delegate = caller.delegate else { throw Refusal.subdomainMissing }
        try await publishing.publish(value, at: delegate, by: caller.actor)
        logger.info("value published", metadata: caller.metadata)
        return Response(status: .ok, json: UpdateResponse(txt: value.text).json)
    }
}
