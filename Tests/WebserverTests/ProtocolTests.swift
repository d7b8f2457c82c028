import DelegateAPI
import Delegates
import Foundation
import Sockets
import TestSupport
import Testing
import Webserver

/// The rules for every request: paths, methods, sizes, times, and invalid HTTP.
struct ProtocolTests {
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

    // MARK: Sizes

    @Test func `a body of 8192 octets is read, one of 8193 refused`() async throws {
        try await RunningWebserver.run { server async throws in
            func body(_ length: Int) -> String { "{\"x\":\"" + String(repeating: "a", count: length - 8) + "\"}" }
            #expect(try await server.http.send("POST", "/register", body: body(8192)).status == 201)
            let answer = try await server.http.send("POST", "/register", body: body(8193))
            #expect(answer.status == 413)
            #expect(try server.errorResponse(answer).error == "body_too_large")
        }
    }

    @Test func `an announced length is refused before the body comes`() async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.exchange(
                "POST /register HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
            #expect(answer.status == 413)
        }
    }

    @Test func `a body that grows too large is refused while it arrives, and the connection ends`() async throws {
        try await RunningWebserver.run { server async throws in
            try await onThread { () throws in
                let connection = try server.http.open()
                try connection.send(Array("POST /register HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
                let chunk = Array("400\r\n".utf8) + [UInt8](repeating: 97, count: 1024) + [13, 10]
                for _ in 0..<9 { try connection.send(chunk) }
                // The body has no end yet.
                #expect(try RawHTTP.receive(from: connection).status == 413)
                #expect(try connection.receiveSome() == nil)
            }
        }
    }

    @Test func `too many headers, or too long ones, are refused`() async throws {
        try await RunningWebserver.run { server async throws in
            let many = (0..<1200).map { "X-\($0): y" }
            let answer = try await server.http.send("POST", "/register", headers: many)
            #expect(answer.status == 400)
            #expect(try server.errorResponse(answer).error == "malformed_request")
            let long = "X: " + String(repeating: "y", count: 20_000)
            #expect(try await server.http.send("POST", "/register", headers: [long]).status == 400)
            #expect(try await server.http.send("GET", "/health").status == 200)
        }
    }

    // MARK: Times

    @Test func `a client that never finishes its headers is cut off`() async throws {
        var timeouts = HTTPTimeouts.patient
        timeouts.header = .seconds(1)
        try await RunningWebserver.run(timeouts: timeouts) { server async throws in
            try await onThread { () throws in
                let connection = try server.http.open()
                try connection.send(Array("POST /register HTTP/1.1\r\nHost:".utf8))
                #expect(try connection.receiveSome() == nil)
            }
        }
    }

    @Test func `a client that never finishes its body is cut off`() async throws {
        var timeouts = HTTPTimeouts.patient
        timeouts.body = .seconds(1)
        try await RunningWebserver.run(timeouts: timeouts) { server async throws in
            try await onThread { () throws in
                let connection = try server.http.open()
                try connection.send(Array("POST /register HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{".utf8))
                #expect(try connection.receiveSome() == nil)
            }
        }
    }

    @Test func `a client that never reads its responses is cut off`() async throws {
        var timeouts = HTTPTimeouts.patient
        timeouts.writing = .seconds(1)
        let routes = RunningListener.metrics(telling: String(repeating: "a", count: 1_000_000))
        let connections = Connections(Connections.Limits(count: 10))
        try await RunningListener.run(routes, connections: connections, timeouts: timeouts) { http async throws in
            let connection = try http.open()
            try connection.keepUnread(atMost: 65_536)
            // More than the system buffers for the client.
            let requests = String(repeating: "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", count: 50)
            try connection.send(Array(requests.utf8))
            try await waitUntil("the server has the connection") { connections.count == 1 }
            try await waitUntil("the server has closed the connection") { connections.count == 0 }
            connection.end()
        }
    }

    @Test func `a client that has closed its side gets the end of a long response, however late it reads`() async throws {
        let routes = RunningListener.metrics(telling: String(repeating: "a", count: 100_000))
        try await RunningListener.run(routes) { http async throws in
            try await onThread { () throws in
                let connection = try http.open()
                try connection.keepUnread(atMost: 16_384)
                // More than the system buffers for the client.
                try connection.send(Array(String(repeating: "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", count: 100).utf8))
                connection.finish()
                for _ in 0..<100 { #expect(try RawHTTP.receive(from: connection).body.utf8.count > 100_000) }
                #expect(try connection.receiveSome() == nil)
            }
        }
    }

    // MARK: Connections

    @Test(arguments: [
        "GET /health HTTP/1.0\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n",
        "POST /register HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}",
        "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: foo, CLOSE\r\n\r\n",
    ])
    func `a connection that is not to be kept is closed behind the response`(request: String) async throws {
        try await RunningWebserver.run { server async throws in
            try await onThread { () throws in
                let connection = try server.http.open()
                try connection.send(Array(request.utf8))
                #expect([200, 201, 404].contains(try RawHTTP.receive(from: connection).status))
                #expect(try connection.receiveSome() == nil)
            }
        }
    }

    @Test func `HEAD gets headers alone, and the next response is in its place`() async throws {
        try await RunningWebserver.run { server async throws in
            try await onThread { () throws in
                let connection = try server.http.open()
                for path in ["/health", "/nothing", "/register"] {
                    try connection.send(
                        Array("HEAD \(path) HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
                    let head = try RawHTTP.receive(from: connection, hasBody: false)
                    #expect([200, 404, 405].contains(head.status))
                    #expect(try RawHTTP.receive(from: connection).status == 200)
                }
            }
        }
    }

    @Test func `of too many connections from one network one is closed, those of trusted proxies are not counted`() async throws
    {
        for (proxies, staysOpen) in [([String](), false), (["127.0.0.1/32"], true)] {
            let networks = TrustedProxies(proxies.compactMap { IPNetwork($0) })
            let connections = Connections(
                Connections.Limits(count: 100, countPerNetwork: 2), exempting: networks.contain)
            try await RunningWebserver.run(trustedProxies: proxies, connections: connections) { server async throws in
                try await onThread { () throws in
                    func ask(_ connection: TCPConnection) throws {
                        try connection.send(Array("GET /health HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
                        #expect(try RawHTTP.receive(from: connection).status == 200)
                    }
                    var all: [TCPConnection] = []
                    for _ in 0..<3 {
                        let connection = try server.http.open()
                        try ask(connection)
                        all.append(connection)
                    }
                    for connection in all.dropFirst() { try ask(connection) }
                    if staysOpen { try ask(all[0]) } else { #expect(try all[0].receiveSome() == nil) }
                }
            }
        }
    }

    @Test func `of too many connections one that is idle is closed`() async throws {
        try await RunningWebserver.run(maximumConnections: 3) { server async throws in
            try await onThread { () throws in
                func ask(_ connection: TCPConnection) throws {
                    try connection.send(Array("GET /health HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
                    #expect(try RawHTTP.receive(from: connection).status == 200)
                }
                var connections: [TCPConnection] = []
                for _ in 0..<3 {
                    let connection = try server.http.open()
                    try ask(connection)
                    connections.append(connection)
                }
                try ask(connections[0])
                let fourth = try server.http.open()
                try ask(fourth)
                #expect(try connections[1].receiveSome() == nil)
                try ask(fourth)
            }
        }
    }

    @Test func `a client that breaks off in the middle is no error of ours`() async throws {
        try await RunningWebserver.run { server async throws in
            for _ in 0..<20 {
                try await onThread { () throws in
                    let connection = try server.http.open()
                    try connection.send(Array("POST /register HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{".utf8))
                    connection.reset()
                }
            }
            #expect(try await server.http.send("GET", "/health").status == 200)
            #expect(!server.log.lines.contains { $0.hasPrefix("error") || $0.hasPrefix("warning") })
        }
    }

    @Test func `a connection is kept for the next request, and closed where that is wanted`() async throws {
        try await RunningWebserver.run { server async throws in
            try await onThread { () throws in
                let connection = try server.http.open()
                for _ in 0..<3 {
                    try connection.send(Array("POST /register HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nnull".utf8))
                    #expect(try RawHTTP.receive(from: connection).status == 201)
                }
                try connection.send(Array("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8))
                #expect(try RawHTTP.receive(from: connection).status == 200)
                #expect(try connection.receiveSome() == nil)
            }
        }
    }

    @Test func `a client that waits for 100-continue is not left waiting`() async throws {
        try await RunningWebserver.run { server async throws in
            try await onThread { () throws in
                let connection = try server.http.open()
                try connection.send(
                    Array("POST /register HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".utf8))
                #expect(try RawHTTP.receive(from: connection).status == 100)
                try connection.send(Array("{}".utf8))
                #expect(try RawHTTP.receive(from: connection).status == 201)
            }
        }
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "GET\r\n\r\n", "POST /register HTTP/9.9\r\n\r\n",
        "POST /register HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST /register HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /register HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "POST /register HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "POST /register HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "\u{0}\u{1}\u{2}\u{3}",
        "POST /register HTTP/1.1\r\nBad Header: x\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}hello",
    ])
    func `what is not HTTP is never taken for a request, and survived`(octets: String) async throws {
        try await RunningWebserver.run { server async throws in
            try await onThread { () throws in
                let connection = try server.http.open()
                try connection.send(Array(octets.utf8))
                connection.finish()
                let answer = String(decoding: try connection.receiveAll(), as: UTF8.self)
                #expect(!answer.contains("201"))
            }
            #expect(try await server.http.send("GET", "/health").status == 200)
        }
    }
}

extension RunningWebserver {
    /// The body of an error, which must be JSON.
    func errorResponse(_ answer: RawHTTP.Answer) throws -> ErrorResponse {
        try JSONDecoder().decode(ErrorResponse.self, from: Data(answer.body.utf8))
    }
}
