import DelegateAPI
import Foundation
import TestSupport
import Testing

/// The refusals at every door and their form, whatever is behind it.
struct DoorRefusalTests {
    /// Requests that break the rules of HTTP, with the answers to them.
    private static let broken: [(request: String, status: Int, code: String)] = [
        ("CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 501, "unknown_method"),
        ("CONNECT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", 501, "unknown_method"),
        ("BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501, "unknown_method"),
        ("get / HTTP/1.1\r\nHost: x\r\n\r\n", 501, "unknown_method"),
        ("PRI / HTTP/1.1\r\nHost: x\r\n\r\n", 501, "unknown_method"),
        ("PLAY / HTTP/1.1\r\nHost: x\r\n\r\n", 501, "unknown_method"),
        ("DESCRIBE rtsp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 501, "unknown_method"),
        ("SETUP / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", 501, "unknown_method"),
        ("GET_PARAMETER / HTTP/1.1\r\nHost: x\r\n\r\n", 501, "unknown_method"),
        ("\(String(repeating: "A", count: 70_000)) / HTTP/1.1\r\n", 501, "unknown_method"),
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
        ("GET /\u{7F} HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request"),
        ("GET /é HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request"),
        ("GET /\(String(repeating: "a", count: 8192)) HTTP/1.1\r\nHost: x\r\n\r\n", 414, "target_too_long"),
        ("GET /?\(String(repeating: "a", count: 50_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414, "target_too_long"),
        ("GET http://x/\(String(repeating: "a", count: 8192)) HTTP/1.1\r\nHost: x\r\n\r\n", 414, "target_too_long"),
        ("GET / HTTP/1.1\(String(repeating: "a", count: 50_000))\r\nHost: x\r\n\r\n", 400, "malformed_request"),
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
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775808\r\n\r\n", 413, "body_too_large"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 413, "body_too_large"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400, "malformed_request"),
        (
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
            "malformed_request"
        ),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 400, "malformed_request"),
        // With the Kelvin sign, whose lower case is “k”, and with a blank that is none in HTTP.
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chun\u{212A}ed\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \u{A0}chunked\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n", 400, "malformed_request"),
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
                // The text after it on the same connection is never taken for a request.
                let answers = try await http.answers(
                    to: request + "GET \(door.path) HTTP/1.1\r\nHost: x\r\n\r\n", count: 1, andThenEnd: true)
                let answer = try #require(answers.first)
                #expect(answer.status == status, "\(request)")
                #expect(answer.headers["content-type"] == "application/json" && answer.headers["connection"] == "close")
                #expect(answer.headers["date"] != nil)
                #expect(try JSONDecoder().decode(ErrorResponse.self, from: Data(answer.body.utf8)).error == code, "\(request)")
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `HEAD that is refused has no body either, and what comes after it has`(door: Door) async throws {
        try await door.run { http async throws in
            for rest in [
                "HTTP/1.1\r\n\r\n", "HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n", "HTTP/1.1\r\nHost: x\r\nExpect: y\r\n\r\n",
                "HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n", "HTTP/2.0\r\n\r\n", "HTTP/1.1\nHost: x\n\n", "x\r\n\r\n",
                "\u{0}\r\n", " HTTP/1.1\r\n", String(repeating: "a", count: 9000),
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
    func `a body that breaks after the leave to send it is refused in JSON, with a date`(door: Door) async throws {
        try await door.run { http async throws in
            for rest in ["zz\r\n", "1\r\nab\r\n", "-1\r\n", "1\r\na\r\n0\r\nbad header: x\r\n\r\n", "\r\n"] {
                try await onThread { () throws in
                    let connection = try http.open()
                    // A route for GET reads no body, and could answer at once: POST is used where there is a route for it.
                    let path = [.api, .apiOverTLS].contains(door) ? "/register" : door == .metrics ? "/metrics" : "/v1/tokens"
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
}
