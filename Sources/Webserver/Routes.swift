package import DelegateAPI
package import Delegates
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
package import PrometheusMetrics
import Synchronization

/// The base paths of the acme-dns API. Clients append `register` and `update`.
enum BasePath: String, CaseIterable {
    case root = ""
    case compatible = "/api/v1/acme-dns-compat"
}

/// The base path of the other routes for a delegate's holder.
enum HolderPath {
    static let base = "/api/v1"
}

/// The routes that answer requests. They are replaced as a whole when the configuration changes.
package final class Routes: Sendable {
    private let current: Mutex<Version>
    private let source: Source
    private let logger: Logger
    /// Whether requests run on the event loops, which have all other connections and DNS over TLS, too. Only the public API's do: they
    /// never wait for a disk or a lock, except by `await`.
    let runOnEventLoops: Bool

    private struct Version: Sendable {
        var responder: RouterResponder<ClientContext>
        var number: UInt64 = 0
    }

    /// Where newer routes come from.
    private enum Source: Sendable {
        /// ``replace(by:)`` brings them.
        case replacement
        /// Each request looks whether the number differs.
        case look(number: @Sendable () -> UInt64, services: @Sendable () -> OperatorServices)
    }

    package init(_ services: Services, logger: Logger) {
        self.logger = logger
        runOnEventLoops = true
        source = .replacement
        current = Mutex(Version(responder: services.router(logger: logger).buildResponder()))
    }

    /// The operator's API. A request gets what holds when it arrives.
    ///
    /// - Parameters:
    ///   - number: a number that differs after each change of what `services` returns.
    ///   - services: makes what the API needs.
    package init(
        number: @escaping @Sendable () -> UInt64, logger: Logger, services: @escaping @Sendable () -> OperatorServices
    ) {
        self.logger = logger
        runOnEventLoops = false
        source = .look(number: number, services: services)
        let first = number()
        current = Mutex(Version(responder: services().router(logger: logger).buildResponder(), number: first))
    }

    /// The operator's API, always the same.
    package convenience init(_ services: OperatorServices, logger: Logger) {
        self.init(number: { 0 }, logger: logger) { services }
    }

    /// Metrics at `/metrics`, and at `/readyz` whether the server can do its work.
    ///
    /// - Parameters:
    ///   - metrics: makes the metrics' text.
    ///   - readiness: makes the report.
    package init(
        metrics: @escaping @Sendable () -> Exposition, readiness: @escaping @Sendable () async -> ReadinessResponse,
        logger: Logger
    ) {
        self.logger = logger
        runOnEventLoops = false
        let router = Router(context: ClientContext.self)
        router.add(middleware: ErrorMiddleware(audience: .observers, trustedProxies: TrustedProxies([]), logger: logger))
        let tellMetrics: Route.Responder = { _, _ in
            let octets = ByteBuffer(string: metrics().text)
            return Response(
                status: .ok, headers: [.contentType: Exposition.contentType], body: ResponseBody(byteBuffer: octets))
        }
        let tellReadiness: Route.Responder = { _, _ in
            let report = await readiness()
            return try Response(status: report.ready ? .ok : .serviceUnavailable, value: report)
        }
        router.add(Route("/metrics", [.get: tellMetrics]))
        router.add(Route("/readyz", [.get: tellReadiness]))
        source = .replacement
        current = Mutex(Version(responder: router.buildResponder()))
    }

    /// Replaces the routes for requests from now on.
    package func replace(by services: Services) {
        let responder = services.router(logger: logger).buildResponder()
        current.withLock { $0.responder = responder }
    }

    private var responder: RouterResponder<ClientContext> {
        let known = current.withLock(\.self)
        guard case .look(let number, let services) = source else { return known.responder }
        // The number is read first: services that are newer than it are only made once more.
        let newest = number()
        guard newest != known.number else { return known.responder }
        let responder = services().router(logger: logger).buildResponder()
        current.withLock { $0 = Version(responder: responder, number: newest) }
        return responder
    }

    func respond(to request: Request, context: ClientContext) async throws -> Response {
        // OPTIONS with `*` asks about the server as a whole (RFC 9110 section 9.3.7).
        guard request.uri.path != "*" else { return Response(status: .noContent) }
        var response = try await responder.respond(to: request.withKnownMethod, context: context)
        if request.method == .head { response.removeBody() }
        return response
    }
}

/// A path, and the responder for each of its methods. Parts of the path that begin with a colon match any text.
struct Route: Sendable {
    typealias Responder = @Sendable (Request, ClientContext) async throws -> Response

    let path: String
    /// The label under which requests are counted, if they are.
    let label: RequestStatistics.Route
    let methods: KeyValuePairs<HTTPRequest.Method, Responder>

    init(
        _ path: String, countedAs label: RequestStatistics.Route = .other,
        _ methods: KeyValuePairs<HTTPRequest.Method, Responder>
    ) {
        self.path = path
        self.label = label
        self.methods = methods
    }

    /// The operations as API descriptions write them: `PATCH /api/v1/keys/{id}`.
    var operations: [String] {
        let path = path.split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
        return methods.map { "\($0.key.rawValue) /\(path.joined(separator: "/"))" }
    }
}

/// What the public API's routes need.
package struct Services: Sendable {
    package var authentication: Authentication
    package var publishing: Publishing
    package var enrolment: Enrolment
    package var holding: Holding
    package var trustedProxies: TrustedProxies
    /// The URL of this server for clients, without a final slash.
    package var publicURL: String
    package var statistics: RequestStatistics
    /// What the server waits for before it has a certificate, in words; `nil` if it has one.
    package var pendingCertificate: (@Sendable () -> String?)?
    /// Looks at a holder's domain.
    package var diagnose: @Sendable (DiagnosisRequest) async throws -> DiagnosisResponse

    package init(
        authentication: Authentication, publishing: Publishing, enrolment: Enrolment, holding: Holding,
        trustedProxies: TrustedProxies, publicURL: String, statistics: RequestStatistics = RequestStatistics(),
        pendingCertificate: (@Sendable () -> String?)? = nil,
        diagnose: @escaping @Sendable (DiagnosisRequest) async throws -> DiagnosisResponse
    ) {
        self.authentication = authentication
        self.publishing = publishing
        self.enrolment = enrolment
        self.holding = holding
        self.trustedProxies = trustedProxies
        self.publicURL = publicURL
        self.statistics = statistics
        self.pendingCertificate = pendingCertificate
        self.diagnose = diagnose
    }

    /// Double and final slashes in a path do not matter, nor does its case: clients build it by hand, and no client survives a
    /// redirect.
    func router(logger: Logger) -> Router<ClientContext> {
        let router = Router(context: ClientContext.self, options: [.caseInsensitive])
        let routes = routes(logger: logger)
        router.add(middleware: StatisticsMiddleware(statistics: statistics, routes: routes))
        router.add(middleware: ErrorMiddleware(audience: .everybody, trustedProxies: trustedProxies, logger: logger))
        if let pendingCertificate { router.add(middleware: PendingCertificateMiddleware(reason: pendingCertificate)) }
        for route in routes { router.add(route) }
        return router
    }

    /// All operations, as API descriptions write them.
    package func operations(logger: Logger) -> [String] { routes(logger: logger).flatMap(\.operations) }

    private func routes(logger: Logger) -> [Route] {
        let callers = Callers(authentication: authentication, trustedProxies: trustedProxies)
        return BasePath.allCases.flatMap { acmeDNSRoutes(under: $0, callers, logger: logger) }
            + holderRoutes(callers, logger: logger)
    }

    private func acmeDNSRoutes(under base: BasePath, _ callers: Callers, logger: Logger) -> [Route] {
        let register = RegisterRoute(
            enrolment: enrolment, trustedProxies: trustedProxies, serverURL: publicURL + base.rawValue + "/", logger: logger)
        let update = UpdateRoute(callers: callers, publishing: publishing, logger: logger)
        let health = HealthRoute(publishing: publishing)
        // All three may follow a token: clients have only one URL. Only `register` uses it.
        return [base.rawValue, base.rawValue + "/t/:token"].flatMap { path in
            [
                Route("\(path)/register", countedAs: .register, [.post: register.respond]),
                Route("\(path)/update", countedAs: .update, [.post: update.respond]),
                Route("\(path)/health", countedAs: .health, [.get: health.respond]),
            ]
        }
    }

    private func holderRoutes(_ callers: Callers, logger: Logger) -> [Route] {
        let check = CheckRoute(callers: callers, holding: holding)
        let delegate = DelegateRoute(callers: callers, holding: holding, logger: logger)
        let keys = KeysRoute(callers: callers, holding: holding, serverURL: publicURL + "/", logger: logger)
        let values = ValuesRoute(callers: callers, publishing: publishing, logger: logger)
        let domains = DomainsRoute(callers: callers, holding: holding, logger: logger)
        let doctor = DoctorRoute(callers: callers, holding: holding, diagnose: diagnose)
        let history = HistoryRoute(callers: callers, holding: holding)
        let base = HolderPath.base
        return [
            Route("\(base)/check", countedAs: .check, [.get: check.respond]),
            Route("\(base)/delegate", countedAs: .delegate, [.get: delegate.show, .delete: delegate.delete]),
            Route("\(base)/keys", countedAs: .keys, [.post: keys.make]),
            Route("\(base)/keys/:id", countedAs: .keys, [.patch: keys.edit, .delete: keys.revoke]),
            Route("\(base)/domains", countedAs: .domains, [.get: domains.list]),
            Route("\(base)/domains/:domain", countedAs: .domains, [.put: domains.add, .delete: domains.remove]),
            Route("\(base)/doctor", countedAs: .doctor, [.get: doctor.respond]),
            Route("\(base)/values", countedAs: .values, [.delete: values.withdraw]),
            Route("\(base)/history", countedAs: .history, [.get: history.respond]),
        ]
    }
}

extension Request {
    fileprivate static let knownMethods: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .delete, .patch, .options, .trace, .connect,
    ]

    /// The router finds only methods that it knows, and has no place for the others: they are taken for one that no route answers.
    fileprivate var withKnownMethod: Request {
        guard !Self.knownMethods.contains(method) else { return self }
        var head = head
        head.method = .connect
        return Request(head: head, body: body)
    }
}

extension Response {
    /// Removes the body from a response to HEAD (RFC 9110 section 9.3.2): a client would take its octets for the next response.
    fileprivate mutating func removeBody() {
        let length = body.contentLength
        body = ResponseBody()
        headers[.contentLength] = length.map { String($0) }
    }
}

extension Router<ClientContext> {
    /// Adds a route with its methods, and with HEAD if it has GET (RFC 9110 section 9.1). Other known methods are told the allowed
    /// ones.
    func add(_ route: Route) {
        let path = RouterPath(route.path)
        for (method, respond) in route.methods {
            on(path, method: method, use: respond)
            if method == .get { on(path, method: .head, use: respond) }
        }
        let allowed = route.methods.map(\.key)
        for other in Request.knownMethods where !allowed.contains(other) && !(other == .head && allowed.contains(.get)) {
            on(path, method: other) { _, _ -> Response in throw RequestError.methodNotAllowed(allowed: allowed) }
        }
    }
}
