import Delegates
import Sockets
import TestSupport
import Testing
import Webserver

/// Connections are kept or closed, and each response is in its place.
struct HTTPConnectionTests {
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
}
