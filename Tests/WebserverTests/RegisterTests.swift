import DelegateAPI
import Delegates
import Foundation
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

    /// Makes a registration token.
    private func makeToken(_ server: RunningWebserver, quota: Int? = nil) async throws -> String {
        let key = APIKey.random()
        let token = RegistrationToken(
            label: try OperatorLabel("team"), digest: key.digest, created: Samples.start, quota: quota)
        try await server.storage.commit(.makeToken(token), by: Actor(.operator, from: nil), at: Samples.start)
        return key.text
    }

    @Test func `a token is taken in every way in which clients can send one`() async throws {
        try await RunningWebserver.run(mode: .token) { server async throws in
            let token = try await makeToken(server)
            func basic(_ text: String) -> [String] {
                ["Authorization: Basic \(Data(text.utf8).base64EncodedString())"]
            }
            let ways: [(String, [String])] = [
                ("/t/\(token)/register", []), ("//t/\(token)//register/", []), ("/T/\(token)/Register", []),
                ("/api/v1/acme-dns-compat/t/\(token)/register", []), ("/register", ["X-Registration-Token: \(token)"]),
                ("/register", ["Authorization: Bearer \(token)"]), ("/register", basic("any:\(token)")),
                ("/register", basic("\(token):")),
            ]
            for (path, headers) in ways {
                let credential = try await server.register(path, headers: headers)
                #expect(try server.published(credential) == [], "\(path) \(headers)")
            }
            let tokens = try await server.storage.tokens()
            #expect(tokens.map(\.used) == [ways.count])
            // The token is neither in the log nor in the client's next steps.
            #expect(!server.log.lines.contains { $0.contains(token) })
            let credential = try await server.register("/t/\(token)/register")
            #expect(credential.serverURL == "https://auth.example.net/")
        }
    }

    @Test func `without a good token nobody registers, and is told what is missing`() async throws {
        try await RunningWebserver.run(mode: .token) { server async throws in
            let token = try await makeToken(server, quota: 1)
            for (path, headers) in [
                ("/register", []), ("/t/x/register", []), ("/t/\(token.lowercased())/register", []),
                ("/register", ["Authorization: Bearer"]), ("/register", ["Authorization: Basic \(token)"]),
            ] as [(String, [String])] {
                let answer = try await server.http.send("POST", path, headers: headers)
                #expect(answer.status == 401, "\(path)")
                #expect(try server.errorResponse(answer).error == "registration_token_needed")
            }
            _ = try await server.register("/t/\(token)/register")
            let answer = try await server.http.send("POST", "/t/\(token)/register")
            #expect(answer.status == 403)
            #expect(try server.errorResponse(answer).error == "registration_token_used_up")
        }
    }

    @Test func `who registered under a token's path goes on there when the token is gone`() async throws {
        try await RunningWebserver.run(mode: .token) { server async throws in
            let token = try await makeToken(server)
            let credential = try await server.register("/t/\(token)/register")
            try await server.storage.commit(
                .revokeToken(try OperatorLabel("team")), by: Actor(.operator, from: nil), at: Samples.start
            )
            let value = Samples.value(1).text
            #expect(try await server.update(credential, value, path: "/t/\(token)/update").status == 200)
            #expect(try await server.http.send("GET", "/t/\(token)/health").status == 200)
            #expect(try await server.http.send("POST", "/t/\(token)/register").status == 401)
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
