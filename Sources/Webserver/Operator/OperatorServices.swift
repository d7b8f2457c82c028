package import DNS
package import DNSSEC
package import DelegateAPI
package import Delegates
import Hummingbird
package import Logging

/// The base path of the operator's API on its own listeners.
enum OperatorPath {
    static let base = "/v1"
}

/// What the operator's routes need.
package struct OperatorServices: Sendable {
    package var operating: Operating
    package var holding: Holding
    /// The URL of the public API for clients, without a final slash.
    package var publicURL: String
    package var actions: OperatorActions
    package var notes: AuditNotes
    /// The token for requests over TCP; `nil` for the Unix socket, which needs none.
    package var token: KeyDigest?

    package init(
        operating: Operating, holding: Holding, publicURL: String, actions: OperatorActions,
        notes: AuditNotes, token: KeyDigest? = nil
    ) {
        self.operating = operating
        self.holding = holding
        self.publicURL = publicURL
        self.actions = actions
        self.notes = notes
        self.token = token
    }

    func router(logger: Logger) -> Router<ClientContext> {
        let router = Router(context: ClientContext.self)
        router.add(middleware: ErrorMiddleware(audience: .operators, trustedProxies: TrustedProxies([]), logger: logger))
        if let token { router.add(middleware: OperatorTokenMiddleware(token: token, notes: notes)) }
        for route in routes(logger: logger) { router.add(route) }
        return router
    }

    /// All operations, as API descriptions write them.
    package func operations(logger: Logger) -> [String] { routes(logger: logger).flatMap(\.operations) }

    private func routes(logger: Logger) -> [Route] {
        let server = OperatorServerRoute(actions: actions)
        let audit = OperatorAuditRoute(operating: operating, actions: actions)
        let tokens = OperatorTokensRoute(operating: operating, publicURL: publicURL, logger: logger)
        let signing = OperatorSigningRoute(actions: actions, logger: logger)
        let certificate = OperatorCertificateRoute(actions: actions)
        let doctor = OperatorDoctorRoute(operating: operating, actions: actions)
        let base = OperatorPath.base
        return [
            Route("\(base)/status", [.get: server.status]),
            Route("\(base)/nodes", [.get: server.nodes]),
            Route("\(base)/reload", [.post: server.reload]),
            Route("\(base)/trace", [.get: server.trace]),
            Route("\(base)/dnssec", [.get: signing.show]),
            Route("\(base)/dnssec/:zone/rollover", [.post: signing.rollover]),
            Route("\(base)/dnssec/:zone/cancel", [.post: signing.cancel]),
            Route("\(base)/dnssec/:zone/confirm", [.post: signing.confirm]),
            Route("\(base)/doctor", [.get: doctor.respond]),
            Route("\(base)/certificate", [.get: certificate.show]),
            Route("\(base)/certificate/renew", [.post: certificate.renew]),
            Route("\(base)/certificate/revoke", [.post: certificate.revoke]),
            Route("\(base)/audit", [.get: audit.list]),
            Route("\(base)/audit/verify", [.get: audit.verify]),
            Route("\(base)/tokens", [.get: tokens.list, .post: tokens.create]),
            Route("\(base)/tokens/:label", [.delete: tokens.revoke]),
        ] + delegateRoutes(logger: logger) + groupRoutes(logger: logger)
    }

    private func delegateRoutes(logger: Logger) -> [Route] {
        let delegates = OperatorDelegatesRoute(
            operating: operating, holding: holding, serverURL: publicURL + "/", logger: logger)
        let domains = OperatorDomainsRoute(operating: operating, holding: holding, logger: logger)
        let path = "\(OperatorPath.base)/delegates"
        return [
            Route(path, [.get: delegates.list, .post: delegates.create]),
            Route("\(path)/:name", [.get: delegates.show, .delete: delegates.delete]),
            Route("\(path)/:name/disable", [.post: delegates.disable]),
            Route("\(path)/:name/enable", [.post: delegates.enable]),
            Route("\(path)/:name/domains", [.get: domains.list]),
            Route("\(path)/:name/domains/:domain", [.put: domains.add, .delete: domains.remove]),
            Route("\(OperatorPath.base)/domains", [.get: domains.listAll]),
        ] + keyRoutes(of: "\(path)/:name", logger: logger)
    }

    private func groupRoutes(logger: Logger) -> [Route] {
        let groups = OperatorGroupsRoute(operating: operating, logger: logger)
        let path = "\(OperatorPath.base)/groups"
        return [
            Route(path, [.get: groups.list, .post: groups.create]),
            Route("\(path)/:label", [.get: groups.show, .delete: groups.delete]),
            Route("\(path)/:label/members/:name", [.put: groups.add, .delete: groups.remove]),
        ] + keyRoutes(of: "\(path)/:label", logger: logger)
    }

    private func keyRoutes(of owner: String, logger: Logger) -> [Route] {
        let keys = OperatorKeysRoute(
            operating: operating, holding: holding, serverURL: publicURL + "/", logger: logger)
        return [
            Route("\(owner)/keys", [.get: keys.list, .post: keys.make]),
            Route("\(owner)/keys/:id", [.patch: keys.edit, .delete: keys.revoke]),
            Route("\(owner)/rotate", [.post: keys.rotate]),
        ]
    }
}

/// What the operator's API does with the server itself.
package struct OperatorActions: Sendable {
    package var status: @Sendable () async -> StatusResponse
    package var nodes: @Sendable () -> NodeListResponse
    package var reload: @Sendable () async -> ReloadResponse
    /// Queries at or below a name from now on; all queries if the name is `nil`.
    package var trace: @Sendable (DomainName?) -> any AsyncSequence<TraceLine, Never> & Sendable
    /// Reads the whole audit log.
    package var verifyAudit: @Sendable (NotedEntry?) async throws(StorageError) -> AuditVerdictResponse

    package var signing: @Sendable () -> SigningResponse
    package var changeKeys: @Sendable (DomainName, KeyChange) async throws(Refusal) -> ZoneSigningDescription
    package var certificate: CertificateActions
    /// Looks at any domain.
    package var diagnose: @Sendable (DiagnosisRequest) async throws -> DiagnosisResponse

    package init(
        status: @escaping @Sendable () async -> StatusResponse, nodes: @escaping @Sendable () -> NodeListResponse,
        reload: @escaping @Sendable () async -> ReloadResponse,
        trace: @escaping @Sendable (DomainName?) -> any AsyncSequence<TraceLine, Never> & Sendable,
        verifyAudit: @escaping @Sendable (NotedEntry?) async throws(StorageError) -> AuditVerdictResponse,
        signing: @escaping @Sendable () -> SigningResponse,
        changeKeys: @escaping @Sendable (DomainName, KeyChange) async throws(Refusal) -> ZoneSigningDescription,
        certificate: CertificateActions = .none,
        diagnose: @escaping @Sendable (DiagnosisRequest) async throws -> DiagnosisResponse
    ) {
        self.status = status
        self.nodes = nodes
        self.reload = reload
        self.trace = trace
        self.verifyAudit = verifyAudit
        self.signing = signing
        self.changeKeys = changeKeys
        self.certificate = certificate
        self.diagnose = diagnose
    }
}

/// What the operator's API does with the certificate that the server obtains for itself.
package struct CertificateActions: Sendable {
    package var status: @Sendable () async throws(Refusal) -> CertificateResponse
    /// Tries to obtain one now, and returns when that has succeeded or failed.
    package var renew: @Sendable () async throws(Refusal) -> CertificateResponse
    /// Revokes the one that is shown, and tries to obtain another.
    package var revoke: @Sendable () async throws(Refusal) -> CertificateResponse

    package init(
        status: @escaping @Sendable () async throws(Refusal) -> CertificateResponse,
        renew: @escaping @Sendable () async throws(Refusal) -> CertificateResponse,
        revoke: @escaping @Sendable () async throws(Refusal) -> CertificateResponse
    ) {
        self.status = status
        self.renew = renew
        self.revoke = revoke
    }

    /// Those of a server that obtains none.
    package static let none = CertificateActions(
        status: { () throws(Refusal) in throw .noOwnCertificate }, renew: { () throws(Refusal) in throw .noOwnCertificate },
        revoke: { () throws(Refusal) in throw .noOwnCertificate })
}
