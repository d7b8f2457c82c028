import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `POST register`: enrols a delegate and shows its key, once.
struct RegisterRoute: Sendable {
    let enrolment: Enrolment
    let trustedProxies: TrustedProxies
    /// Where clients reach the base path under which this route is, with a final slash.
    let serverURL: String
    let logger: Logger

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        let body = try await request.bodyOctets()
        let wanted = try Self.decode(body)
        let networks = try AllowedNetworks(wanted.allowfrom)
        guard let address = trustedProxies.clientAddress(peer: context.peer, headers: request.headers) ?? context.peer else {
            throw Refusal.forbidden
        }
        let outcome = try await enrolment.enrol(allowedNetworks: networks, from: address)
        logger.info(
            "delegate enrolled", metadata: ["delegate.name": "\(outcome.delegate)", "peer.address": "\(address)"])
        let response = RegisterResponse(
            username: outcome.username.description,
            password: outcome.key.text,
            fulldomain: outcome.delegate.withoutFinalDot,
            subdomain: outcome.subdomain.description,
            allowfrom: outcome.allowedNetworks.texts,
            serverURL: serverURL)
        return Response(status: .created, json: response.json)
    }

    /// Clients without an allow list send no body, `null`, or `{}`.
    private static func decode(_ body: [UInt8]) throws(RequestError) -> RegisterRequest {
        let text = String(decoding: body, as: UTF8.self)[...].trimmingWhitespace
        guard !text.isEmpty, text != "null" else { return RegisterRequest() }
        return try JSONBody.decode(RegisterRequest.self, from: body)
    }
}
