import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `POST keys` makes another key for the caller's delegate, `PATCH keys/{id}` changes a key, `DELETE keys/{id}` ends one.
struct KeysRoute: Sendable {
    let callers: Callers
    let holding: Holding
    /// The URL at which clients use their credentials, with a final slash.
    let serverURL: String
    let logger: Logger

    func make(_ request: Request, context: ClientContext) async throws -> Response {
        let body = try await request.bodyOctets()
        let holder = try await callers.holder(of: request, context: context)
        let wanted = try KeyRequest(body: body)
        let made = try await holding.addCredential(
            for: .delegate(holder.delegate), label: wanted.label ?? "", allowedNetworks: wanted.allowedNetworks() ?? .all,
            expires: wanted.expiry() ?? nil, by: holder.actor)
        logger.notice("key made", metadata: holder.metadata)
        return try Response(status: .created, value: NewKeyResponse(made, serverURL: serverURL))
    }

    func edit(_ request: Request, context: ClientContext) async throws -> Response {
        let body = try await request.bodyOctets()
        let holder = try await callers.holder(of: request, context: context)
        let edit = try JSONBody.decode(KeyRequest.self, from: body).edit()
        let edited = try await holding.editCredential(
            try context.keyID(), of: .delegate(holder.delegate), edit, by: holder.actor)
        logger.notice("key changed", metadata: holder.metadata)
        return try Response(status: .ok, value: KeyDescription(edited, isExpired: holding.hasExpired(edited)))
    }

    func revoke(_ request: Request, context: ClientContext) async throws -> Response {
        let holder = try await callers.holder(of: request, context: context)
        try await holding.revokeCredential(try context.keyID(), of: .delegate(holder.delegate), by: holder.actor)
        logger.notice("key deleted", metadata: holder.metadata)
        return Response(status: .noContent)
    }
}

extension ClientContext {
    /// The key that the path names.
    func keyID() throws(Refusal) -> UniqueID {
        guard let id = parameter("id").flatMap({ UniqueID($0) }) else { throw .noSuchCredential }
        return id
    }
}

extension KeyRequest {
    /// - Parameter body: the request's body, which may be empty.
    init(body: [UInt8]) throws(RequestError) {
        self = try body.isEmpty ? KeyRequest() : JSONBody.decode(KeyRequest.self, from: body)
    }

    func allowedNetworks() throws(Refusal) -> AllowedNetworks? {
        try allowfrom.map { texts throws(Refusal) in try AllowedNetworks(texts) }
    }

    func expiry() throws(RequestError) -> Timestamp?? {
        try expires.map { text throws(RequestError) in
            try text.map { text throws(RequestError) in try Timestamp(text: text) }
        }
    }

    func edit() throws -> CredentialEdit {
        CredentialEdit(label: label, allowedNetworks: try allowedNetworks(), expires: try expiry())
    }
}

extension NewKeyResponse {
    init(_ new: NewCredential, serverURL: String) {
        let credential = new.credential
        var group: String?
        if case .group(let label) = credential.scope { group = label.description }
        self.init(
            username: credential.username.description, password: new.key.text,
            fulldomain: credential.delegate?.withoutFinalDot, subdomain: credential.delegate?.subdomain, group: group,
            allowfrom: credential.allowedNetworks.texts, serverUrl: serverURL, label: credential.label,
            expires: credential.expires?.text)
    }
}
