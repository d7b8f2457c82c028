import HTTPTypes
import Hummingbird
package import PrometheusMetrics
import Synchronization

/// Counts and times the requests that the API has answered since its start.
package final class RequestStatistics: Sendable {
    private let state = Mutex(State())

    private struct State {
        var counts: [Key: UInt64] = [:]
        var durations: [Route: Histogram] = [:]
    }

    private struct Key: Hashable {
        var route: Route
        var method: String
        var status: Int
    }

    /// A bounded set, whatever clients ask for.
    enum Route: String, CaseIterable {
        case register, update, health, check, delegate, keys, domains, doctor, values, history, other
    }

    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .delete, .patch, .options]

    package init() {}

    func count(_ route: Route, _ method: HTTPRequest.Method, status: Int, duration: Duration) {
        let key = Key(route: route, method: Self.methods.contains(method) ? method.rawValue : "other", status: status)
        let durations = state.withLock { state in
            state.counts[key, default: 0] += 1
            let durations = state.durations[route] ?? Histogram(bounds: Histogram.seconds)
            state.durations[route] = durations
            return durations
        }
        durations.observe(duration)
    }

    package func write(to exposition: inout Exposition) {
        let (counts, durations) = state.withLock { ($0.counts, $0.durations) }
        exposition.write(
            .counter, "nuncio_http_requests_total", "Requests answered.",
            counts.sorted { ($0.key.route.rawValue, $0.key.status) < ($1.key.route.rawValue, $1.key.status) }.map {
                key, count in
                ([("route", key.route.rawValue), ("method", key.method), ("status", String(key.status))], Double(count))
            })
        exposition.write(
            "nuncio_http_request_duration_seconds", "Time from a request's headers to its response.",
            Route.allCases.compactMap { route in durations[route].map { ([("route", route.rawValue)], $0.snapshot) } })
        func write(_ name: String, _ help: String, _ route: Route, _ results: [(status: Int, result: String)]) {
            exposition.write(
                .counter, name, help,
                results.map { status, result in
                    let sum = counts.filter { $0.key.route == route && $0.key.status == status }.values.reduce(0, +)
                    return ([("result", result)], Double(sum))
                })
        }
        write(
            "nuncio_publications_total", "Updates by outcome.", .update,
            [(200, "published"), (400, "invalid"), (401, "refused"), (429, "limited"), (503, "unavailable")])
        write(
            "nuncio_registrations_total", "Registrations by outcome.", .register,
            [(201, "enrolled"), (400, "invalid"), (403, "closed"), (429, "limited"), (503, "unavailable"), (507, "full")])
    }
}

/// Counts each request, with the status that its client gets and the route that the router has found.
struct StatisticsMiddleware: RouterMiddleware {
    typealias Context = ClientContext

    private let statistics: RequestStatistics
    /// The labels of the routes, by their paths as the router describes them.
    private let labels: [String: RequestStatistics.Route]

    init(statistics: RequestStatistics, routes: [Route]) {
        self.statistics = statistics
        let labels = routes.map { (RouterPath($0.path).description, $0.label) }
        self.labels = Dictionary(labels, uniquingKeysWith: { first, _ in first })
    }

    func handle(
        _ request: Request, context: ClientContext,
        next: @concurrent (Request, ClientContext) async throws -> Response
    ) async throws -> Response {
        let began = ContinuousClock.now
        let response = try await next(request, context)
        let route = context.endpointPath.flatMap { labels[$0] } ?? .other
        statistics.count(route, request.method, status: response.status.code, duration: began.duration(to: .now))
        return response
    }
}
