import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `POST keys` makes another key for the caller's delegate, `PATCH keys/{id}` changes one of its keys, `DELETE keys/{id}` ends one.
struct KeysRoute: Sendable {
    let callers: Callers
    let holding: Holding
    /// Where the credential is to be used, with a final slash.
    let serverURL: String
    let logger: Logger

    func make(_ request: Request, context: ClientContext) async throws -> Response {
        let body = try await request.bodyOctets()
        let caller = try await callers.caller(of: request, context: context)
        let wanted = try body.isEmpty ? KeyRequest() : JSONBody.decode(KeyRequest.self, from: body)
        let made = try await holding.addCredential(
            for: caller.credential.delegate, label: wanted.label ?? "",
            allowedNetworks: try AllowedNetworks(wanted.allowfrom ?? []),
            expires: try (wanted.expires ?? nil).map { text throws(RequestError) in try Timestamp(text: text) },
            by: caller.actor)
        logger.notice("key made", metadata: caller.metadata)
        return try Response(
            status: .created,
            value: NewKeyResponse(
                username: made.credential.username.description, password: made.key.text,
                fulldomain: made.credential.delegate.withoutFinalDot, subdomain: made.credential.subdomain,
                allowfrom: made.credential.allowedNetworks.texts, serverUrl: serverURL, label: made.credential.label,
                expires: made.credential.expires?.text))
    }

    func edit(_ request: Request, context: ClientContext) async throws -> Response {
        let body = try await request.bodyOctets()
        let caller = try await callers.caller(of: request, context: context)
        let wanted = try JSONBody.decode(KeyRequest.self, from: body)
        let edit = CredentialEdit(
            label: wanted.label,
            allowedNetworks: try wanted.allowfrom.map { texts throws(Refusal) in try AllowedNetworks(texts) },
            expires: try wanted.expires.map { text throws(RequestError) in
                try text.map { text throws(RequestError) in try Timestamp(text: text) }
            })
        let id = try Self.id(in: context)
        let edited = try await holding.editCredential(id, of: caller.credential.delegate, edit, by: caller.actor)
        logger.notice("key changed", metadata: caller.metadata)
        return try Response(status: .ok, value: KeyDescription(edited, isExpired: holding.hasExpired(edited)))
    }

    func revoke(_ request: Request, context: ClientContext) async throws -> Response {
        let caller = try await callers.caller(of: request, context: context)
        let id = try Self.id(in: context)
        try await holding.revokeCredential(id, of: caller.credential.delegate, by: caller.actor)
        logger.notice("key deleted", metadata: caller.metadata)
        return Response(status: .noContent)
    }

    private static func id(in context: ClientContext) throws(StorageError) -> UniqueID {
        guard let id = context.parameters.get("id").flatMap({ UniqueID($0) }) else { throw .noSuchCredential }
        return id
    }
}
