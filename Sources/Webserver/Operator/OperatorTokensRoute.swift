import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `GET` and `POST tokens`, `DELETE tokens/{label}`.
struct OperatorTokensRoute: Sendable {
    let operating: Operating
    /// The URL of the public API for clients, without a final slash.
    let publicURL: String
    let logger: Logger

    func list(_ request: Request, context: ClientContext) async throws -> Response {
        let now = operating.now
        let tokens = try await operating.tokens()
        return try Response(status: .ok, value: TokenListResponse(tokens: tokens.map { TokenSummary($0, now: now) }))
    }

    func create(_ request: Request, context: ClientContext) async throws -> Response {
        let wanted = try JSONBody.decode(NewTokenRequest.self, from: try await request.bodyOctets())
        let label = try OperatorLabel(wanted.label)
        let token = try await operating.makeToken(
            label, quota: wanted.quota,
            expires: try wanted.expires.map { text throws(RequestError) in try Timestamp(text: text) }, by: context.operator)
        logger.notice("registration token made", metadata: ["token.label": "\(label)"])
        return try Response(
            status: .created,
            value: NewTokenResponse(label: label.description, token: token.text, url: "\(publicURL)/t/\(token.text)/"))
    }

    func revoke(_ request: Request, context: ClientContext) async throws -> Response {
        let label = try context.label()
        try await operating.revokeToken(label, by: context.operator)
        logger.notice("registration token revoked", metadata: ["token.label": "\(label)"])
        return Response(status: .noContent)
    }
}

extension TokenSummary {
    fileprivate init(_ token: RegistrationToken, now: Timestamp) {
        self.init(
            label: token.label.description, state: token.state(at: now).rawValue, created: token.created.text,
            expires: token.expires?.text, quota: token.quota, used: token.used)
    }
}
