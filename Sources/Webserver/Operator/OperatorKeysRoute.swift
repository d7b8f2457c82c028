import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `keys` and `rotate` of a delegate or a group: like ``KeysRoute``, but without a credential.
struct OperatorKeysRoute: Sendable {
    let operating: Operating
    let holding: Holding
    /// The URL at which clients use their credentials, with a final slash.
    let serverURL: String
    let logger: Logger

    private static let overlap = Duration.seconds(24 * 3600)

    func list(_ request: Request, context: ClientContext) async throws -> Response {
        let scope = try await scope(in: context)
        let now = operating.now
        let keys = try await operating.credentials(of: scope)
        return try Response(
            status: .ok, value: KeyListResponse(keys: keys.map { KeyDescription($0, isExpired: $0.hasExpired(at: now)) }))
    }

    func make(_ request: Request, context: ClientContext) async throws -> Response {
        let wanted = try KeyRequest(body: try await request.bodyOctets())
        let scope = try await scope(in: context)
        let made = try await holding.addCredential(
            for: scope, label: wanted.label ?? "", allowedNetworks: wanted.allowedNetworks() ?? .all,
            expires: wanted.expiry() ?? nil, by: context.operator)
        logger.notice("key made", metadata: scope.metadata)
        return try Response(status: .created, value: NewKeyResponse(made, serverURL: serverURL))
    }

    func edit(_ request: Request, context: ClientContext) async throws -> Response {
        let edit = try JSONBody.decode(KeyRequest.self, from: try await request.bodyOctets()).edit()
        let scope = try await scope(in: context)
        let edited = try await holding.editCredential(try context.keyID(), of: scope, edit, by: context.operator)
        logger.notice("key changed", metadata: scope.metadata)
        return try Response(status: .ok, value: KeyDescription(edited, isExpired: holding.hasExpired(edited)))
    }

    func revoke(_ request: Request, context: ClientContext) async throws -> Response {
        let scope = try await scope(in: context)
        try await holding.revokeCredential(try context.keyID(), of: scope, by: context.operator)
        logger.notice("key deleted", metadata: scope.metadata)
        return Response(status: .noContent)
    }

    func rotate(_ request: Request, context: ClientContext) async throws -> Response {
        let body = try await request.bodyOctets()
        let wanted = try body.isEmpty ? RotateRequest() : JSONBody.decode(RotateRequest.self, from: body)
        if let seconds = wanted.overlapSeconds, !(0...RotateRequest.maximumOverlapSeconds ~= seconds) {
            throw RequestError.malformedJSON(
                "“overlap_seconds” is a number from 0 to \(RotateRequest.maximumOverlapSeconds)")
        }
        let scope = try await scope(in: context)
        let made = try await operating.rotate(
            scope, label: wanted.label ?? "", overlap: wanted.overlapSeconds.map { .seconds($0) } ?? Self.overlap,
            by: context.operator)
        logger.notice("keys rotated", metadata: scope.metadata)
        return try Response(status: .created, value: NewKeyResponse(made, serverURL: serverURL))
    }

    /// The owner of the keys that the path names.
    private func scope(in context: ClientContext) async throws -> Credential.Scope {
        let scope: Credential.Scope =
            if let label = context.parameter("label") {
                .group(try OperatorLabel(label))
            } else {
                .delegate(try operating.name(in: context))
            }
        try await operating.check(scope)
        return scope
    }
}

extension Credential.Scope {
    fileprivate var metadata: Logger.Metadata {
        switch self {
        case .delegate(let name): ["delegate.name": "\(name)"]
        case .group(let label): ["group.label": "\(label)"]
        }
    }
}
