import DelegateAPI
import TestSupport
import Testing

/// Requests that are too large, or not HTTP.
struct RefusedRequestTests {
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
