import TestSupport
import Testing

/// The border between one request and the next, at every door.
struct DoorFramingTests {
    private func plain(_ door: Door) -> String { "GET \(door.path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    private func chunked(_ door: Door, _ chunks: String, trailers: String = "") -> String {
        "GET \(door.path) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)0\r\n\(trailers)\r\n"
    }

    @Test(arguments: Door.allCases)
    func `trailers change nothing about the connection or the next request`(door: Door) async throws {
        try await door.run { http async throws in
            for trailers in [
                "Connection: close", "Proxy-Connection: close", "connection: keep-alive, close",
                "Connection: upgrade\r\nUpgrade: h2c",
                "Transfer-Encoding: gzip", "Content-Length: 5", "Content-Length: x\r\nContent-Length: 2", "Host: a\r\nHost: b",
                "Expect: x", "Connection: close\r\nConnection: keep-alive",
            ] {
                let all = [chunked(door, "2\r\n{}\r\n", trailers: trailers + "\r\n"), plain(door), plain(door)]
                let answers = try await http.answers(to: all.joined(), count: all.count)
                #expect(answers.map(\.status) == [200, 200, 200], "\(trailers)")
                #expect(answers.allSatisfy { $0.headers["connection"] == nil }, "\(trailers)")
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `trailers have the form and the bounds of headers`(door: Door) async throws {
        try await door.run { http async throws in
            for trailers in [
                "A : b\r\n", "A\r\n", "A: b\r\n c\r\n", "A: b\n", "A: \u{0}\r\n", String(repeating: "A: b\r\n", count: 100),
            ] {
                let answers = try await http.answers(to: chunked(door, "", trailers: trailers), count: 1, andThenEnd: true)
                #expect(answers.first?.status == 400, "\(trailers.prefix(100))")
                #expect(answers.first?.body.contains("malformed_request") == true)
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `nothing that a request says holds for the next one`(door: Door) async throws {
        try await door.run { http async throws in
            let all = [
                "GET \(door.path) HTTP/1.1\r\nHost: x\r\nProxy-Connection: close\r\n\r\n", plain(door),
                "GET \(door.path) HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}", plain(door),
                chunked(door, "2;a=b\r\n{}\r\n", trailers: "A: b\r\n"), plain(door),
                "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", plain(door),
            ]
            let answers = try await http.answers(to: all.joined(), count: all.count)
            #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 200, 204, 200])
            #expect(answers.allSatisfy { $0.headers["connection"] == nil })
        }
    }

    @Test(arguments: Door.allCases)
    func `blanks around a value do not count`(door: Door) async throws {
        try await door.run { http async throws in
            for (field, body) in [
                ("Content-Length: 2 ", "{}"), ("Content-Length: 2\t", "{}"), ("Content-Length:\t 2 \t ", "{}"),
                ("Content-Length:2", "{}"), ("Transfer-Encoding: chunked\t", "2\r\n{}\r\n0\r\n\r\n"),
                ("Transfer-Encoding:\tchunked \t", "2\r\n{}\r\n0\r\n\r\n"), ("Connection: keep-alive\t", ""), ("Host: y\t", ""),
            ] {
                let host = field.hasPrefix("Host") ? "" : "Host: x\r\n"
                let request = "GET \(door.path) HTTP/1.1\r\n\(host)\(field)\r\n\r\n\(body)"
                let answers = try await http.answers(to: request + plain(door), count: 2)
                #expect(answers.map(\.status) == [200, 200], "\(field)")
            }
            for field in ["Connection: close\t", "Connection:\tclose \t", "Connection: x ,\tCLOSE\t,"] {
                let request = "GET \(door.path) HTTP/1.1\r\nHost: x\r\n\(field)\r\n\r\n"
                let answers = try await http.answers(to: request + plain(door), count: 1, andThenEnd: true)
                #expect(answers.map(\.status) == [200], "\(field)")
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `lists may have empty elements, an expectation may be repeated`(door: Door) async throws {
        try await door.run { http async throws in
            for field in [
                "Transfer-Encoding: ,chunked", "Transfer-Encoding: Chunked ,, ",
                "Transfer-Encoding: ,\r\nTransfer-Encoding: chunked",
            ] {
                let request = "GET \(door.path) HTTP/1.1\r\nHost: x\r\n\(field)\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
                #expect(try await http.answers(to: request + plain(door), count: 2).map(\.status) == [200, 200], "\(field)")
            }
            for field in ["Expect: 100-continue, 100-Continue", "Expect: 100-continue\r\nExpect: 100-continue,"] {
                let request = "GET \(door.path) HTTP/1.1\r\nHost: x\r\n\(field)\r\nContent-Length: 2\r\n\r\n{}"
                let answers = try await http.answers(to: request + plain(door), count: 3)
                #expect(answers.map(\.status) == [100, 200, 200], "\(field)")
            }
            let empty = "GET \(door.path) HTTP/1.1\r\nHost: x\r\nExpect:\r\nContent-Length: 2\r\n\r\n{}"
            #expect(try await http.answers(to: empty, count: 1).map(\.status) == [200])
        }
    }

    @Test(arguments: Door.allCases)
    func `a chunk may have extensions, with blanks around their parts`(door: Door) async throws {
        try await door.run { http async throws in
            for line in [
                "2;a", "2;a=b", "2 ; a = b", "2\t;\ta\t=\tb;c", "2;a=\"b;c\"", "2;a=\"b\\\"c\" ; d", "2;a=\"é\"", "0002",
                "00000000000000000000002",
            ] {
                let answers = try await http.answers(to: chunked(door, "\(line)\r\n{}\r\n") + plain(door), count: 2)
                #expect(answers.map(\.status) == [200, 200], "\(line)")
            }
            for line in [
                "", " 2", "2 ", "2;", "2;=b", "2;a=", "2;a=\"b", "2;a=\"b\"c", "2 a", "2;a;", "2;a\u{0}", "2;a\rb", "0x2", "-2",
                "+2", "g",
                "2;a=\"\u{1}\"",
            ] {
                let answers = try await http.answers(to: chunked(door, "\(line)\r\n{}\r\n"), count: 1, andThenEnd: true)
                #expect(answers.map(\.status) == [400], "\(line)")
            }
            for chunks in ["2\r\n{}x\r\n", "3\r\n{}\r\n\r\n", "2\r\n{}\n", "2\n{}\r\n"] {
                let answers = try await http.answers(to: chunked(door, chunks), count: 1, andThenEnd: true)
                #expect(answers.map(\.status) == [400], "\(chunks)")
            }
        }
    }

    /// At routes that read the body, so that the answer does not come before it.
    @Test(arguments: [(Door.api, "/register"), (Door.operators, "/v1/tokens"), (Door.operatorSocket, "/v1/tokens")])
    func `the lines of chunks are bounded, and so is what is in them`(door: Door, path: String) async throws {
        try await door.run { http async throws in
            let small = String(repeating: "1\r\n \r\n", count: 8192)
            let long = "1;\(String(repeating: "a", count: 5000))\r\n \r\n"
            let trailer = "A: \(String(repeating: "b", count: 9000))\r\n"
            for (chunks, status, code) in [
                (small + "0\r\n\r\n", 400, "malformed_json_payload"),
                (long + long + long + "0\r\n\r\n", 400, "malformed_json_payload"),
                (long + long + long + long + "0\r\n\r\n", 400, "lengths and extensions"),
                ("2;\(String(repeating: "a", count: 20_000))", 400, "lengths and extensions"),
                (small + "1\r\n \r\n", 413, "body_too_large"), ("2001\r\n", 413, "body_too_large"),
                ("ffffffffffffffff\r\n", 413, "body_too_large"), ("10000000000000000000\r\n", 413, "body_too_large"),
                ("1\r\n{\r\n0\r\n\(trailer)\r\n", 400, "malformed_json_payload"),
                ("1\r\n{\r\n0\r\n\(trailer)\(trailer)\r\n", 400, "octets in all"),
            ] {
                let head = "POST \(path) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                let answer = try #require(try await http.answers(to: head + chunks, count: 1).first)
                #expect(answer.status == status && answer.body.contains(code), "\(chunks.prefix(20)): \(answer.body)")
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `a later minor version is HTTP 1.1, and a long target is no header`(door: Door) async throws {
        try await door.run { http async throws in
            let later = "GET \(door.path) HTTP/1.2\r\nHost: x\r\n\r\nGET \(door.path) HTTP/1.9\r\nHost: x\r\nExpect: x\r\n\r\n"
            #expect(try await http.answers(to: later, count: 2).map(\.status) == [200, 417])
            let target = "\(door.path)?\(String(repeating: "a", count: 8191 - door.path.utf8.count))"
            let headers = (0..<4).map { "\($0): \(String(repeating: "b", count: 4000))\r\n" }.joined()
            let long = "GET \(target) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
            #expect(try await http.answers(to: long, count: 1).map(\.status) == [200])
        }
    }

    @Test(arguments: Door.allCases)
    func `a path means the same with its characters encoded`(door: Door) async throws {
        try await door.run { http async throws in
            let all = door.path.utf8.map { $0 == UInt8(ascii: "/") ? "/" : "%" + String($0, radix: 16) }.joined()
            for path in [all, all.uppercased().replacing("%2F", with: "/"), "http://y\(all)", "\(all)?a=%zz"] {
                #expect(try await http.send("GET", path).status == 200, "\(path)")
            }
            for path in [
                door.path + "%2f", door.path + "%", door.path + "%zz", door.path + "%00", "/%25\(all.dropFirst(2))",
                "%2f" + door.path.dropFirst(),
            ] {
                #expect(try await http.send("GET", path).status >= 400, "\(path)")
            }
        }
    }

    @Test(arguments: Door.allCases)
    func `of more requests than are kept each that is kept is answered, and the last answer says that it is`(door: Door)
        async throws
    {
        try await door.run { http async throws in
            try await onThread { () throws in
                let connection = try http.open()
                let request = plain(door)
                let count = 3000
                try connection.send(Array(String(repeating: request, count: count).utf8))
                connection.finish()
                var answered = 0
                var isLast = false
                while answered < count, !isLast {
                    isLast = try RawHTTP.receive(from: connection).headers["connection"] == "close"
                    answered += 1
                }
                // The request under way and those kept after it, or all if the system gave the server less at once.
                #expect(isLast ? answered > 65_536 / request.utf8.count : answered == count)
                #expect(try connection.receiveSome() == nil)
            }
        }
    }
}
