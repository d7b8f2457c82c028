package import DNS
package import DelegateAPI
package import Delegates
import Hummingbird
import Logging

/// Under what the operator's API is found on its own listeners.
enum OperatorPath {
    static let base = "/v1"
}

/// What the operator's routes need.
package struct OperatorServices: Sendable {
    package var storage: any DelegateStorage
    package var operating: Operating
    package var holding: Holding
    /// How clients reach the public API, without a final slash.
    package var publicURL: String
    package var actions: OperatorActions
    /// Who comes over TCP must know this one.
    package var token: KeyDigest?

    package init(
        storage: any DelegateStorage, operating: Operating, holding: Holding, publicURL: String, actions: OperatorActions,
        token: KeyDigest? = nil
    ) {
        self.storage = storage
        self.operating = operating
        self.holding = holding
        self.publicURL = publicURL
        self.actions = actions
        self.token = token
    }

    /// All routes of the operator's API.
    func router(logger: Logger) -> Router<ClientContext> {
        let router = Router(context: ClientContext.self)
        router.add(middleware: ErrorMiddleware(audience: .operators, trustedProxies: TrustedProxies([]), logger: logger))
        if let token { router.add(middleware: OperatorTokenMiddleware(token: token)) }
        let base = OperatorPath.base
        let server = OperatorServerRoute(actions: actions)
        router.add("\(base)/status", [.get: server.status])
        router.add("\(base)/reload", [.post: server.reload])
        router.add("\(base)/trace", [.get: server.trace])
        let audit = OperatorAuditRoute(storage: storage, operating: operating, actions: actions)
        router.add("\(base)/audit", [.get: audit.list])
        router.add("\(base)/audit/verify", [.get: audit.verify])

        let delegates = OperatorDelegatesRoute(
            storage: storage, operating: operating, holding: holding, serverURL: publicURL + "/", logger: logger)
        router.add("\(base)/delegates", [.get: delegates.list, .post: delegates.create])
        router.add("\(base)/delegates/:name", [.get: delegates.show, .delete: delegates.delete])
        router.add("\(base)/delegates/:name/disable", [.post: delegates.disable])
        router.add("\(base)/delegates/:name/enable", [.post: delegates.enable])

        let groups = OperatorGroupsRoute(storage: storage, operating: operating, logger: logger)
        router.add("\(base)/groups", [.get: groups.list, .post: groups.create])
        router.add("\(base)/groups/:label", [.get: groups.show, .delete: groups.delete])
        router.add("\(base)/groups/:label/members/:name", [.put: groups.add, .delete: groups.remove])

        let keys = OperatorKeysRoute(
            storage: storage, operating: operating, holding: holding, serverURL: publicURL + "/", logger: logger)
        for owner in ["delegates/:name", "groups/:label"] {
            router.add("\(base)/\(owner)/keys", [.get: keys.list, .post: keys.make])
            router.add("\(base)/\(owner)/keys/:id", [.patch: keys.edit, .delete: keys.revoke])
            router.add("\(base)/\(owner)/rotate", [.post: keys.rotate])
        }

        let tokens = OperatorTokensRoute(storage: storage, operating: operating, publicURL: publicURL, logger: logger)
        router.add("\(base)/tokens", [.get: tokens.list, .post: tokens.create])
        router.add("\(base)/tokens/:label", [.delete: tokens.revoke])
        return router
    }
}

/// What the operator's API can do with the server itself.
package struct OperatorActions: Sendable {
    package var status: @Sendable () async -> StatusResponse
    package var reload: @Sendable () -> ReloadResponse
    /// Queries at or below a name from now on; nothing for all of them.
    package var trace: @Sendable (DomainName?) -> AsyncStream<TraceLine>
    /// Reads the whole audit log.
    package var verifyAudit: @Sendable (NotedEntry?) async throws(StorageError) -> AuditVerdictResponse

    package init(
        status: @escaping @Sendable () async -> StatusResponse, reload: @escaping @Sendable () -> ReloadResponse,
        trace: @escaping @Sendable (DomainName?) -> AsyncStream<TraceLine>,
        verifyAudit: @escaping @Sendable (NotedEntry?) async throws(StorageError) -> AuditVerdictResponse
    ) {
        self.status = status
        self.reload = reload
        self.trace = trace
        self.verifyAudit = verifyAudit
    }
}
