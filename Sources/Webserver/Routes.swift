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

/// What requests are answered with; replaced as a whole when the configuration changes.
package final class Routes: Sendable {
    private let current: Mutex<RouterResponder<ClientContext>>
    private let logger: Logger

    package init(_ services: Services, logger: Logger) {
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
    package var trustedProxies: TrustedProxies
    /// How clients reach this server, without a final slash.
    package var publicURL: String
    package var statistics: RequestStatistics

    package init(
        storage: any DelegateStorage, authentication: Authentication, publishing: Publishing, enrolment: Enrolment,
        trustedProxies: TrustedProxies, publicURL: String, statistics: RequestStatistics = RequestStatistics()
    ) {
        self.storage = storage
        self.authentication = authentication
        self.publishing = publishing
        self.enrolment = enrolment
        self.trustedProxies = trustedProxies
        self.publicURL = publicURL
        self.statistics = statistics
    }

    /// All routes. Doubled and final slashes in a path do not matter, nor does its case: clients build it by hand, and none
    /// survives a redirect.
    func router(logger: Logger) -> Router<ClientContext> {
        let router = Router(context: ClientContext.self, options: [.caseInsensitive])
        router.add(middleware: StatisticsMiddleware(statistics: statistics))
        router.add(middleware: ErrorMiddleware(trustedProxies: trustedProxies, logger: logger))
        for base in BasePath.allCases {
            let register = RegisterRoute(
                enrolment: enrolment, trustedProxies: trustedProxies, serverURL: publicURL + base.rawValue + "/",
                logger: logger)
            let update = UpdateRoute(
                authentication: authentication, publishing: publishing, trustedProxies: trustedProxies, logger: logger)
            let health = HealthRoute(storage: storage)
            router.add("\(base.rawValue)/register", method: .post, register.respond)
            router.add("\(base.rawValue)/update", method: .post, update.respond)
            router.add("\(base.rawValue)/health", method: .get, health.respond)
        }
        return router
    }
}

extension Router<ClientContext> {
    /// A route of one method; the others that clients might try are told which.
    fileprivate func add(
        _ path: String, method: HTTPRequest.Method,
        _ respond: @escaping @Sendable (Request, ClientContext) async throws -> Response
    ) {
        let path = RouterPath(path)
        on(path, method: method, use: respond)
        let others: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .options, .trace, .connect]
        for other in others where other != method {
            on(path, method: other) { _, _ -> Response in
                throw RequestError.methodNotAllowed(allowed: method.rawValue)
            }
        }
    }
}
