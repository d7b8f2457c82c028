import Sockets
import TestSupport
import Testing
import Webserver

/// Clients that are slow, or never finish.
struct SlowClientTests {
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
}
