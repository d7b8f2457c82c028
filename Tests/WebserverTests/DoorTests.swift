import TestSupport
import Testing

/// The rules of HTTP at every door, whatever is behind it.
struct DoorTests {
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
                let answers = try await http.answers(to: all.joined(), count: all.count)
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

    @Test(arguments: Door.allCases)
    func `a host that can be is taken, and none with HTTP 1.0`(door: Door) async throws {
        try await door.run { http async throws in
            for host in [
                "x", "x:80", "x:", "127.0.0.1", "[::1]", "[2001:db8::1]:8080", "a_b.example", "xn--mnchen-3ya.example", "x.",
                "%41b", " x\t",
            ] {
                let answers = try await http.answers(to: "GET \(door.path) HTTP/1.1\r\nHost: \(host)\r\n\r\n", count: 1)
                #expect(answers.map(\.status) == [200], "\(host)")
            }
            for request in [
                "GET \(door.path) HTTP/1.0\r\n\r\n", "GET \(door.path) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                "\r\n\r\nGET \(door.path) HTTP/1.0\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
            ] {
                let answers = try await http.answers(to: request, count: 1, andThenEnd: true)
                #expect(answers.map(\.status) == [200], "\(request)")
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `a target may name the host, and OPTIONS the server as a whole`(door: Door) async throws {
        try await door.run { http async throws in
            for target in ["http://y\(door.path)", "HTTP://y:80\(door.path)", "https://[::1]\(door.path)?x"] {
                let answers = try await http.answers(to: "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n", count: 1)
                #expect(answers.map(\.status) == [200], "\(target)")
            }
            let two = "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\nGET http://y HTTP/1.1\r\nHost: x\r\n\r\n"
            #expect(try await http.answers(to: two, count: 2).map(\.status) == [204, 404])
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
    func `HTTP 1.0 is never told to continue, nor is who has no body`(door: Door) async throws {
        try await door.run { http async throws in
            for request in [
                "GET \(door.path) HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
                "GET \(door.path) HTTP/1.0\r\nExpect: something\r\n\r\n",
                "GET \(door.path) HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
            ] {
                #expect(try await http.answers(to: request, count: 1).map(\.status) == [200], "\(request)")
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
