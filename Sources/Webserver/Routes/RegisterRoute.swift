import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `POST register` enrols a delegate and shows its key, once.
struct RegisterRoute: Sendable {
    let enrolment: Enrolment
    let trustedProxies: TrustedProxies
    /// The URL of the base path of this route for clients, with a final slash.
    let serverURL: String
    let logger: Logger

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        let body = try await request.bodyOctets()
        let wanted = try Self.decode(body)
        let networks = try AllowedNetworks(wanted.allowfrom)
        let domains = try [DeclaredDomain](wanted.domains ?? [])
        guard let address = trustedProxies.clientAddress(peer: context.peer, headers: request.headers) ?? context.peer else {
            throw Refusal.forbidden
        }
        let new = try await enrolment.enrol(
            allowedNetworks: networks, domains: domains, token: Self.token(in: request, context), from: address)
        let delegate = new.credential.delegate ?? .root
        logger.info("delegate enrolled", metadata: ["delegate.name": "\(delegate)", "peer.address": "\(address)"])
        let response = RegisterResponse(
            username: new.credential.username.description,
            password: new.key.text,
            fulldomain: delegate.withoutFinalDot,
            subdomain: delegate.subdomain,
            allowfrom: new.credential.allowedNetworks.texts,
            serverURL: serverURL)
        return Response(status: .created, json: response.json)
    }

    /// A registration token, in any way that a client can be made to send it: in the path, in a header of its own, as a bearer
    /// token (RFC 6750), or in the URL before the host. The last becomes HTTP Basic (RFC 7617), with the token as the password or,
    /// without one, as the user.
    private static func token(in request: Request, _ context: ClientContext) -> String? {
        if let token = context.parameter("token") { return token }
        if let token = request.headers.values(of: "X-Registration-Token").first { return token }
        let parts = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
        if parts.count == 2, parts[0].lowercased() == "bearer" { return String(parts[1].trimmingWhitespace) }
        return Callers.basicCredential(in: request).map { $0.key.isEmpty ? $0.username : $0.key }
    }

    /// A client without an allow list sends no body, `null` or `{}`. Blanks alone are not JSON, for acme-dns neither.
    private static func decode(_ body: [UInt8]) throws(RequestError) -> RegisterRequest {
        guard !body.isEmpty else { return RegisterRequest() }
        let document = try JSONBody.document(body)
        return try document.isNull ? RegisterRequest() : JSONBody.decode(RegisterRequest.self, from: document)
    }
}
