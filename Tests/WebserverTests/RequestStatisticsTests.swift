import PrometheusMetrics
import TestSupport
import Testing
import Webserver

struct RequestStatisticsTests {
    private static let requests = [
        ("POST", "/T/some-token//REGISTER/", "register", 201), ("POST", "/api/v1/acme-dns-compat/update", "update", 401),
        ("GET", "/update", "update", 405), ("GET", "/health", "health", 200),
        ("PATCH", "/api/v1/keys/no-id", "keys", 401), ("POST", "/api/v1/keys", "keys", 401),
        ("GET", "/api/v1/history", "history", 401),
        // The ends of these paths say what the requests are not.
        ("GET", "/elsewhere/update", "other", 404), ("GET", "/api/v1/keys/health", "keys", 405),
        ("GET", "/keys/delegate", "other", 404),
    ]

    @Test(arguments: requests)
    func `a request is counted under the route that the router finds`(
        method: String, path: String, route: String, status: Int
    ) async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.send(method, path, body: "")
            var exposition = Exposition()
            server.statistics.write(to: &exposition)
            let line = "nuncio_http_requests_total{route=\"\(route)\",method=\"\(method)\",status=\"\(answer.status)\"} 1"
            #expect(exposition.text.contains(line + "\n") && answer.status == status, "\(exposition.text.prefix(400))")
        }
    }
}
