package import Delegates
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
package import PrometheusMetrics
import Synchronization

/// Under what the acme-dns API is found: clients put `register` and `update` behind it.
enum BasePath: String, CaseIterable {
    case root = ""
    case compatible = "/api/v1/acme-dns-compat"
}

/// Under what a delegate's holder finds the rest.
enum HolderPath {
    static let base = "/api/v1"
}

/// What requests are answered with; replaced as a whole when the configuration changes.
package final class Routes: Sendable {
    private let current: Mutex<RouterResponder<ClientContext>>
    private let logger: Logger

    package init(_ services: Services, logger: Logger) {
        self.logger = logger
        current = Mutex(services.router(logger: logger).buildResponder())
    }

    /// The operator's API.
    package init(_ services: OperatorServices, logger: Logger) {
        self.logger = logger
        current = Mutex(services.router(logger: logger).buildResponder())
    }

    /// Metrics alone, at `/metrics`.
    ///
    /// - Parameter metrics: makes their text.
    package init(metrics: @escaping @Sendable () -> Exposition, logger: Logger) {
        self.logger = logger
        let router = Router(context: ClientContext.self)
        router.get("/metrics") { _, _ in
            let octets = ByteBuffer(string: metrics().text)
            return Response(
                status: .ok, headers: [.contentType: Exposition.contentType], body: ResponseBody(byteBuffer: octets))
        }
        current = Mutex(router.buildResponder())
    }

    /// What holds for requests from now on.
    package func replace(by services: OperatorServices) {
        let responder = services.router(logger: logger).buildResponder()
        current.withLock { $0 = responder }
    }

    /// The same for the public API.
    package func replace(by services: Services) {
        let responder = services.router(logger: logger).buildResponder()
        current.withLock { $0 = responder }
    }

    var responder: RouterResponder<ClientContext> { current.withLock(\.self) }
}

/// What the routes need from the room.
package struct Services: Sendable {
    package var storage: any DelegateStorage
    package var authentication: Authentication
    package var publishing: Publishing
    package var enrolment: Enrolment
    package var holding: Holding
    package var trustedProxies: TrustedProxies
    /// How clients reach this server, without a final slash.
    package var publicURL: String
    package var statistics: RequestStatistics

    package init(
        storage: any DelegateStorage, authentication: Authentication, publishing: Publishing, enrolment: Enrolment,
        holding: Holding, trustedProxies: TrustedProxies, publicURL: String, statistics: RequestStatistics = RequestStatistics()
    ) {
        self.storage = storage
        self.authentication = authentication
        self.publishing = publishing
        self.enrolment = enrolment
        self.holding = holding
        self.trustedProxies = trustedProxies
        self.publicURL = publicURL
        self.statistics = statistics
    }

    /// All routes. Doubled and final slashes in a path do not matter, nor does its case: clients build it by hand, and none
    /// survives a redirect.
    func router(logger: Logger) -> Router<ClientContext> {
        let router = Router(context: ClientContext.self, options: [.caseInsensitive])
        router.add(middleware: StatisticsMiddleware(statistics: statistics))
        router.add(middleware: ErrorMiddleware(audience: .everybody, trustedProxies: trustedProxies, logger: logger))
        let callers = Callers(authentication: authentication, trustedProxies: trustedProxies)
        for base in BasePath.allCases {
            let register = RegisterRoute(
                enrolment: enrolment, trustedProxies: trustedProxies, serverURL: publicURL + base.rawValue + "/",
                logger: logger)
            let update = UpdateRoute(callers: callers, publishing: publishing, logger: logger)
            let health = HealthRoute(storage: storage)
            // With a token in front of all three: clients have but one URL. Only registering asks for it.
            for path in [base.rawValue, base.rawValue + "/t/:token"] {
                router.add("\(path)/register", [.post: register.respond])
                router.add("\(path)/update", [.post: update.respond])
                router.add("\(path)/health", [.get: health.respond])
            }
        }
        let delegate = DelegateRoute(callers: callers, holding: holding, logger: logger)
        let keys = KeysRoute(callers: callers, holding: holding, serverURL: publicURL + "/", logger: logger)
        let values = ValuesRoute(callers: callers, publishing: publishing, logger: logger)
        router.add("\(HolderPath.base)/check", [.get: CheckRoute(callers: callers, storage: storage).respond])
        router.add("\(HolderPath.base)/delegate", [.get: delegate.show, .delete: delegate.delete])
        router.add("\(HolderPath.base)/keys", [.post: keys.make])
        router.add("\(HolderPath.base)/keys/:id", [.patch: keys.edit, .delete: keys.revoke])
        router.add("\(HolderPath.base)/values", [.delete: values.withdraw])
        router.add("\(HolderPath.base)/history", [.get: HistoryRoute(callers: callers, holding: holding).respond])
        return router
    }
}

extension Router<ClientContext> {
    /// A route with its methods; the others that clients might try are told which.
    func add(
        _ path: String,
        _ methods: KeyValuePairs<
            HTTPRequest.Method, @Sendable (Request, ClientContext) async throws -> Response
        >
    ) {
        let path = RouterPath(path)
        for (method, respond) in methods { on(path, method: method, use: respond) }
        let allowed = methods.map(\.key)
        let others: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .options, .trace, .connect]
        for other in others where !allowed.contains(other) {
            on(path, method: other) { _, _ -> Response in throw RequestError.methodNotAllowed(allowed: allowed) }
        }
    }
}
