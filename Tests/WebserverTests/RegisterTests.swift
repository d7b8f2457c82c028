import DelegateAPI
import Delegates
import TestSupport
import Testing
import Webserver

struct RegisterTests {
    @Test(arguments: [
        nil, "", "{}", "null", "null\n", " null ", "{\"allowfrom\":null}", "{\"allowfrom\":[]}", "{\"AllowFrom\":[]}",
        "{\"unknown\":1}",
    ])
    func `each body that clients send registers`(body: String?) async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.send("POST", "/register", body: body)
            #expect(answer.status == 201)
            #expect(answer.headers["content-type"] == "application/json")
        }
    }

    @Test func `the answer is one line in acme-dns's order, of characters that need no escapes`() async throws {
        try await RunningWebserver.run { server async throws in
            let body = try await server.http.send("POST", "/register").body
            let uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
            let form = try Regex(
                "\\{\"username\":\"\(uuid)\",\"password\":\"[A-Za-z0-9_-]{40}\",\"fulldomain\":\"(\(uuid)).d.example\","
                    + "\"subdomain\":\"(\(uuid))\",\"allowfrom\":\\[\\],\"server_url\":\"https://auth.example.net/\"\\}")
            let match = try #require(body.wholeMatch(of: form))
            #expect(match.output[1].substring == match.output[2].substring)
        }
    }

    @Test(arguments: [
        "/register", "//register", "/register/", "/register//", "/register?x=1", "/Register", "///register/?a=b&c",
    ])
    func `slashes, case and queries do not matter, and nothing is redirected`(path: String) async throws {
        try await RunningWebserver.run { server async throws in
            for base in ["", "/api/v1/acme-dns-compat", "//api//v1/acme-dns-compat/"] {
                let credential = try await server.register(base + path)
                let expected = base.isEmpty ? "https://auth.example.net/" : "https://auth.example.net/api/v1/acme-dns-compat/"
                #expect(credential.serverURL == expected)
            }
        }
    }

    @Test(
        arguments: [
            [], ["Content-Type: application/json"], ["Content-Type: application/x-www-form-urlencoded"],
            ["Content-Type: text/plain; charset=utf-8"],
            ["Content-Type: application/json; charset=utf8", "Accept: text/html"], ["Authorization: Basic "],
            ["Authorization: nonsense"],
        ] as [[String]])
    func `headers that clients send do not matter`(headers: [String]) async throws {
        try await RunningWebserver.run { server async throws in
            #expect(try await server.register(body: "{}", headers: headers).allowfrom == [])
        }
    }

    @Test func `a POST without Content-Length has no body`() async throws {
        try await RunningWebserver.run { server async throws in
            #expect(try await server.http.exchange("POST /register HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n").status == 201)
            #expect(try await server.http.exchange("POST /register HTTP/1.0\r\n\r\n").status == 201)
        }
    }

    @Test func `a chunked body is read`() async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.exchange(
                "POST /register HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n11\r\nallowfrom\":[\"10.0\r\n8\r\n.0.0/8\"]\r\n1\r\n}\r\n0\r\n\r\n"
            )
            #expect(answer.status == 201 && answer.body.contains("\"allowfrom\":[\"10.0.0.0/8\"]"))
        }
    }

    @Test func `networks are echoed as they were sent, without brackets`() async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.send(
                "POST", "/register", body: "{\"allowfrom\":[\"192.168.100.1/24\",\"[2002:c0a8:2a00::]/40\"]}")
            #expect(answer.status == 201)
            #expect(answer.body.contains("\"allowfrom\":[\"192.168.100.1/24\",\"2002:c0a8:2a00::/40\"]"))
        }
    }

    @Test(arguments: [
        ("[]", "malformed_json_payload"), ("{", "malformed_json_payload"), ("{}x", "malformed_json_payload"),
        ("\u{FEFF}{}", "malformed_json_payload"), ("\"text\"", "malformed_json_payload"), ("12", "malformed_json_payload"),
        ("{\"allowfrom\":\"1.2.3.4/32\"}", "malformed_json_payload"), ("{\"allowfrom\":[1]}", "malformed_json_payload"),
        ("{\"allowfrom\":[\"1.2.3.4\"]}", "invalid_allowfrom_cidr"), ("{\"allowfrom\":[\"\"]}", "invalid_allowfrom_cidr"),
        ("{\"allowfrom\":[\"10.0.0.0/8\",\"1.2.3.4/33\"]}", "invalid_allowfrom_cidr"),
        ("{\"allowfrom\":[\"\\\"/8\"]}", "invalid_allowfrom_cidr"),
    ])
    func `what is wrong is told by acme-dns's code`(body: String, code: String) async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.send("POST", "/register", body: body)
            #expect(answer.status == 400)
            #expect(answer.body.hasPrefix("{\"error\": \"\(code)\""))
            #expect(try server.errorResponse(answer).detail?.isEmpty == false)
            #expect(server.table.sequence == ChangeSequence(0))
        }
    }

    @Test func `a closed server says so`() async throws {
        try await RunningWebserver.run(mode: .closed) { server async throws in
            let answer = try await server.http.send("POST", "/register")
            #expect(answer.status == 403)
            #expect(try server.errorResponse(answer).error == "registration_closed")
        }
    }

    @Test func `too many registrations of a network are put off`() async throws {
        try await RunningWebserver.run(limits: Limits.Settings(registrationsPerHour: 2)) { server async throws in
            for _ in 0..<2 { _ = try await server.register() }
            let answer = try await server.http.send("POST", "/register")
            #expect(answer.status == 429 && answer.headers["retry-after"] == "3600")
            #expect(try server.errorResponse(answer).error == "too_many_registrations")
        }
    }

    @Test func `a storage that fails is 503, and nothing is in the DNS`() async throws {
        try await RunningWebserver.run { server async throws in
            server.storage.fail(with: .unavailable("broken"))
            let answer = try await server.http.send("POST", "/register")
            #expect(answer.status == 503 && answer.headers["retry-after"] == "5")
            #expect(try server.errorResponse(answer).error == "unavailable")
            #expect(!answer.body.contains("broken"))
            #expect(server.table.sequence == ChangeSequence(0))
        }
    }
}
