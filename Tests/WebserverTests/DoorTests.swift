import DelegateAPI
import Foundation
import TestSupport
import Testing

/// What HTTP must be like at every door, whatever is behind it.
struct DoorTests {
    private typealias Case = (request: String, answers: [Int])

    /// Sends octets over one connection, and reads as many responses as are expected.
    private func answers(
        to octets: String, count: Int, at http: RawHTTP, andThen closes: Bool = false
    ) async throws -> [RawHTTP.Answer] {
        try await onThread { () throws in
            let connection = try http.open()
            try connection.send(Array(octets.utf8))
            let answers = try (0..<count).map { _ in try RawHTTP.receive(from: connection) }
            if closes { #expect(try connection.receiveSome() == nil) }
            return answers
        }
    }

    private static let wishes = [
        "Connection: Upgrade\r\nUpgrade: h2c\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: keep-alive\r\nConnection: upgrade\r\nupgrade: websocket, h2c\r\n",
        "Connection: , upgrade ,\r\nUpgrade:\r\n", "Upgrade: h2c\r\n", "Connection: Upgrade\r\n",
    ]

    @Test(arguments: Door.allCases)
    func `a wish for another protocol is passed over, and the connection goes on`(door: Door) async throws {
        try await door.run { http async throws in
            let plain = "GET \(door.path) HTTP/1.1\r\nHost: x\r\n\r\n"
            for wish in Self.wishes {
                let wishing = "GET \(door.path) HTTP/1.1\r\nHost: x\r\n\(wish)\r\n"
                let withBody = "GET \(door.path) HTTP/1.1\r\nHost: x\r\n\(wish)Content-Length: 4\r\n\r\nbody"
                let withChunks =
                    "GET \(door.path) HTTP/1.1\r\nHost: x\r\n\(wish)Transfer-Encoding: chunked\r\n\r\n4\r\nb\nd\n\r\n0\r\nT: x\r\n\r\n"
                let all = [wishing, plain, withBody, wishing, withChunks, plain]
                let answers = try await answers(to: all.joined(), count: all.count, at: http)
                #expect(answers.allSatisfy { $0.status == 200 && $0.headers["connection"] == nil }, "\(wish)")
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `a wish for another protocol in a request of its own packet is passed over as well`(door: Door) async throws {
        try await door.run { http async throws in
            try await onThread { () throws in
                let connection = try http.open()
                for wish in ["", "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Connection: Upgrade\r\nUpgrade: x\r\n", ""] {
                    try connection.send(Array("GET \(door.path) HTTP/1.1\r\nHost: x\r\n\(wish)\r\n".utf8))
                    #expect(try RawHTTP.receive(from: connection).status == 200)
                }
            }
        }
    }

    /// Requests that break the rules of HTTP, with what they are told.
    private static let broken: [(request: String, status: Int, code: String)] = [
        ("CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 501, "unknown_method"),
        ("CONNECT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", 501, "unknown_method"),
        ("BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501, "unknown_method"),
        ("get / HTTP/1.1\r\nHost: x\r\n\r\n", 501, "unknown_method"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "unknown_version"), ("GET / HTTP/9.9\r\n\r\n", 505, "unknown_version"),
        ("GET / HTTP/0.9\r\n\r\n", 505, "unknown_version"),
        // The host.
        ("GET / HTTP/1.1\r\n\r\n", 400, "invalid_host"), ("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost:  \t \r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: y\r\nhost: z\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: x, y\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: u@x\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: x:y\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: x:65536\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: ex%zz\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: münchen\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.1\r\nHost: http://x\r\n\r\n", 400, "invalid_host"),
        ("GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400, "invalid_host"),
        ("GET http:/// HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid_host"),
        ("GET http://u:p@x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid_host"),
        ("GET http://x/ HTTP/1.1\r\n\r\n", 400, "invalid_host"),
        // The target.
        ("GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request"),
        ("GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request"),
        ("GET /#a HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request"),
        ("GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request"),
        ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request"),
        ("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request"),
        ("GET /\r\n\r\n", 400, "malformed_request"), ("GET / HTTP/11\r\n\r\n", 400, "malformed_request"),
        // Lines.
        ("GET / HTTP/1.1\nHost: x\n\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n z\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: x\r\n\tX: y\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: a\u{0}b\r\n\r\n", 400, "malformed_request"),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400, "malformed_request"), ("\u{0}", 400, "malformed_request"),
        (" GET / HTTP/1.1\r\n", 400, "malformed_request"),
        // Where the body ends.
        (
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            "malformed_request"
        ),
        (
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 400,
            "malformed_request"
        ),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2, 2\r\n\r\nab", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\nab", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x2\r\n\r\nab", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400, "malformed_request"),
        (
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
            "malformed_request"
        ),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "unknown_transfer_coding"),
        (
            "GET /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length : 3\r\n\r\n", 400,
            "malformed_request"
        ),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8193\r\n\r\n", 413, "body_too_large"),
        // Expectations.
        ("POST / HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\nContent-Length: 2\r\n\r\nab", 417, "unknown_expectation"),
        ("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue, x\r\nContent-Length: 2\r\n\r\nab", 417, "unknown_expectation"),
    ]

    @Test(arguments: Door.allCases)
    func `what breaks the rules of HTTP is refused in JSON with a date, and its connection ends`(door: Door) async throws {
        try await door.run { http async throws in
            for (request, status, code) in Self.broken {
                // What comes after it on the same connection is never taken for a request.
                let answers = try await answers(
                    to: request + "GET \(door.path) HTTP/1.1\r\nHost: x\r\n\r\n", count: 1, at: http, andThen: true)
                let answer = try #require(answers.first)
                #expect(answer.status == status, "\(request)")
                #expect(answer.headers["content-type"] == "application/json" && answer.headers["connection"] == "close")
                #expect(answer.headers["date"] != nil)
                #expect(try JSONDecoder().decode(ErrorResponse.self, from: Data(answer.body.utf8)).error == code, "\(request)")
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `a host that can be is taken, and none with HTTP 1.0`(door: Door) async throws {
        try await door.run { http async throws in
            for host in [
                "x", "x:80", "x:", "127.0.0.1", "[::1]", "[2001:db8::1]:8080", "a_b.example", "xn--mnchen-3ya.example", "x.",
                "%41b", " x\t",
            ] {
                let answers = try await answers(
                    to: "GET \(door.path) HTTP/1.1\r\nHost: \(host)\r\n\r\n", count: 1, at: http)
                #expect(answers.map(\.status) == [200], "\(host)")
            }
            for request in [
                "GET \(door.path) HTTP/1.0\r\n\r\n", "GET \(door.path) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                "\r\n\r\nGET \(door.path) HTTP/1.0\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
            ] {
                let answers = try await answers(to: request, count: 1, at: http, andThen: true)
                #expect(answers.map(\.status) == [200], "\(request)")
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `a target may name the host, and OPTIONS the server as a whole`(door: Door) async throws {
        try await door.run { http async throws in
            for target in ["http://y\(door.path)", "HTTP://y:80\(door.path)", "https://[::1]\(door.path)?x"] {
                let answers = try await answers(to: "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n", count: 1, at: http)
                #expect(answers.map(\.status) == [200], "\(target)")
            }
            let two = "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\nGET http://y HTTP/1.1\r\nHost: x\r\n\r\n"
            #expect(try await answers(to: two, count: 2, at: http).map(\.status) == [204, 404])
        }
    }

    @Test(arguments: Door.allCases)
    func `HEAD is where GET is, with the headers of GET and no body`(door: Door) async throws {
        try await door.run { http async throws in
            try await onThread { () throws in
                let connection = try http.open()
                for (path, status) in [(door.path, 200), ("/nothing", 404), (door.path, 200)] {
                    try connection.send(Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
                    let get = try RawHTTP.receive(from: connection)
                    try connection.send(
                        Array("HEAD \(path) HTTP/1.1\r\nHost: x\r\n\r\nGET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
                    let head = try RawHTTP.receive(from: connection, hasBody: false)
                    #expect(head.status == status && get.status == status)
                    #expect(head.headers["content-length"] == "\(get.body.utf8.count)")
                    #expect(head.headers["content-type"] == get.headers["content-type"] && head.headers["date"] != nil)
                    #expect(try RawHTTP.receive(from: connection).body == get.body)
                }
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `HEAD that is refused has no body either, and what comes after it has`(door: Door) async throws {
        try await door.run { http async throws in
            for rest in [
                "HTTP/1.1\r\n\r\n", "HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n", "HTTP/1.1\r\nHost: x\r\nExpect: y\r\n\r\n",
                "HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n",
            ] {
                try await onThread { () throws in
                    let connection = try http.open()
                    try connection.send(Array("HEAD \(door.path) HTTP/1.1\r\nHost: x\r\n\r\nHEAD \(door.path) \(rest)".utf8))
                    #expect(try RawHTTP.receive(from: connection, hasBody: false).status == 200)
                    #expect(try RawHTTP.receive(from: connection, hasBody: false).status >= 400)
                    #expect(try connection.receiveSome() == nil, "\(rest)")
                }
            }
            let both = "HEAD \(door.path) HTTP/1.1\r\nHost: x\r\n\r\n\u{0}"
            try await onThread { () throws in
                let connection = try http.open()
                try connection.send(Array(both.utf8))
                #expect(try RawHTTP.receive(from: connection, hasBody: false).status == 200)
                #expect(try RawHTTP.receive(from: connection).body.contains("malformed_request"))
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `other methods are 405 with what is allowed, other paths 404, both in JSON with a date`(door: Door) async throws {
        try await door.run { http async throws in
            for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
                let answer = try await http.send(method, door.path, headers: ["Content-Length: 0"])
                #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD", "\(method)")
                #expect(answer.headers["date"] != nil && answer.body.contains("\"method_not_allowed\""))
                let other = try await http.send(method, "/nothing", headers: ["Content-Length: 0"])
                #expect(other.status == 404 && other.headers["date"] != nil && other.body.contains("\"not_found\""))
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `HTTP 1.0 is never told to continue, nor is who has no body`(door: Door) async throws {
        try await door.run { http async throws in
            for request in [
                "GET \(door.path) HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
                "GET \(door.path) HTTP/1.0\r\nExpect: something\r\n\r\n",
                "GET \(door.path) HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
            ] {
                #expect(try await answers(to: request, count: 1, at: http).map(\.status) == [200], "\(request)")
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `a body that breaks after the leave to send it is refused in JSON, with a date`(door: Door) async throws {
        try await door.run { http async throws in
            for rest in ["zz\r\n", "1\r\nab\r\n", "-1\r\n", "1\r\na\r\n0\r\nbad header: x\r\n\r\n", "\r\n"] {
                try await onThread { () throws in
                    let connection = try http.open()
                    // No route reads the body of GET, so that it could not answer at once where there is one.
                    let path = door == .api ? "/register" : door == .operators ? "/v1/tokens" : "/metrics"
                    let method = door == .metrics ? "GET" : "POST"
                    try connection.send(
                        Array(
                            "\(method) \(path) HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
                                .utf8))
                    #expect(try RawHTTP.receive(from: connection).status == 100)
                    guard door != .metrics else { return }
                    try connection.send(Array(rest.utf8))
                    let answer = try RawHTTP.receive(from: connection)
                    #expect(answer.status == 400 && answer.headers["date"] != nil, "\(rest)")
                    #expect(answer.body.contains("\"malformed_request\""))
                    #expect(try connection.receiveSome() == nil)
                }
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `requests that come together are answered in their order, also if the client closes its side`(door: Door) async throws
    {
        try await door.run { http async throws in
            try await onThread { () throws in
                let connection = try http.open()
                let requests = (0..<300).map { "GET \($0 % 3 == 0 ? door.path : "/nothing") HTTP/1.1\r\nHost: x\r\n\r\n" }
                try connection.send(Array(requests.joined().utf8))
                connection.finish()
                for index in 0..<300 {
                    #expect(try RawHTTP.receive(from: connection).status == (index % 3 == 0 ? 200 : 404))
                }
                #expect(try connection.receiveSome() == nil)
            }
        }
    }
}
