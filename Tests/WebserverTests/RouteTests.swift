import DelegateAPI
import Testing

/// Paths and methods of the API.
struct RouteTests {
    @Test func `health is 200 and empty`() async throws {
        try await RunningWebserver.run { server async throws in
            for path in ["/health", "/health/", "//health?x", "/api/v1/acme-dns-compat/health"] {
                let answer = try await server.http.send("GET", path)
                #expect(answer.status == 200 && answer.body.isEmpty && answer.headers["content-length"] == "0")
            }
        }
    }

    @Test(arguments: [
        ("GET", "/register", "POST"), ("PUT", "/register", "POST"), ("DELETE", "/register", "POST"),
        ("OPTIONS", "/register", "POST"),
        ("GET", "/update", "POST"), ("PATCH", "/api/v1/acme-dns-compat/update", "POST"),
        ("POST", "/health", "GET, HEAD"), ("HEAD", "/register", "POST"),
    ])
    func `another method is 405 and tells which would be right`(method: String, path: String, allowed: String) async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.exchange("\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.status == 405 && answer.headers["allow"] == allowed)
            if method != "HEAD" { #expect(try server.errorResponse(answer).error == "method_not_allowed") }
        }
    }

    @Test(arguments: ["/", "/x", "/registerx", "/api/v1/register", "/api/v1/acme-dns-compat", "/../register", "/register/x"])
    func `other paths are 404 in JSON`(path: String) async throws {
        try await RunningWebserver.run { server async throws in
            for method in ["GET", "POST"] {
                let answer = try await server.http.send(method, path)
                #expect(answer.status == 404 && answer.headers["content-type"] == "application/json")
                #expect(try server.errorResponse(answer).error == "not_found")
            }
        }
    }

    @Test func `there are no CORS headers`() async throws {
        try await RunningWebserver.run { server async throws in
            for (method, path) in [("POST", "/register"), ("OPTIONS", "/register"), ("GET", "/health")] {
                let answer = try await server.http.send(method, path, headers: ["Origin: https://evil.test"])
                #expect(!answer.headers.keys.contains { $0.hasPrefix("access-control") })
            }
        }
    }

    @Test(arguments: ["QUERY", "PROPFIND", "MKCOL"])
    func `a method that nobody knows is told which there are, too`(method: String) async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.send(method, "/api/v1/check")
            #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD")
            #expect(try await server.http.send(method, "/nothing").status == 404)
        }
    }

    @Test func `other methods are told which there are`() async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.send("PUT", "/api/v1/delegate")
            #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD, DELETE")
        }
    }
}
