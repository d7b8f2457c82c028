import DelegateAPI
import Delegates
import TestSupport
import Testing

@testable import Webserver

struct UpdateTests {
    @Test func `every refusal leaves after a multiple of the same time, whatever is wrong`() async throws {
        try await RunningWebserver.run { server async throws in
            let (mine, other) = (try await server.register(), try await server.register())
            let value = Samples.value(1).text
            var wrongKey = mine
            wrongKey.password = other.password
            var unknown = mine
            unknown.username = UniqueID.random().description
            var malformed = mine
            malformed.username = "nobody"
            var otherDelegate = mine
            otherDelegate.subdomain = other.subdomain
            for credential in [wrongKey, unknown, malformed, otherDelegate] {
                let clock = ContinuousClock()
                let began = clock.now
                #expect(try await server.update(credential, value).status == 401)
                #expect(began.duration(to: clock.now) >= Callers.refusalInterval)
            }
        }
    }

    private let value = Samples.value(1).text

    @Test(arguments: [
        "/update", "//update", "/update/", "/update?x=1", "/api/v1/acme-dns-compat/update", "//api/v1/acme-dns-compat//update/",
    ])
    func `a value is published, and in the DNS when the answer comes`(path: String) async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let answer = try await server.update(credential, value, path: path)
            #expect(answer.status == 200)
            #expect(answer.body == "{\"txt\": \"\(value)\"}")
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.headers["content-length"] == "\(answer.body.utf8.count)")
            #expect(try server.published(credential) == [value])
        }
    }

    @Test(arguments: [
        "{\"SubDomain\":\"S\",\"Txt\":\"V\"}", "{\"subdomain\":\"S\",\"txt\":\"V\"}\n",
        "{\"TXT\":\"V\",\"extra\":[1,{}],\"SUBDOMAIN\":\"S\"}",
        "{\"subdomain\": \"S\", \"txt\": \"V\"} and more", "{\"subdomain\":\"S\",\"txt\":\"V\"}{\"txt\":\"other\"}",
        "{\"x\":\"}\\\"{\",\"subdomain\":\"S\",\"txt\":\"V\"}",
    ])
    func `each form of the body that clients send is taken`(form: String) async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let body = form.replacing("S\"", with: "\(credential.subdomain)\"", maxReplacements: 1).replacing(
                "\"V\"", with: "\"\(value)\"")
            for type in ["application/json", "application/x-www-form-urlencoded", "text/plain; charset=utf-8", ""] {
                let answer = try await server.http.send(
                    "POST", "/update",
                    headers: ["x-aPI-uSER: \(credential.username)", "X-API-KEY: \(credential.password)"]
                        + (type.isEmpty ? [] : ["Content-Type: \(type)"]),
                    body: body.replacing("\"SUBDOMAIN\":\"S\"", with: "\"SUBDOMAIN\":\"\(credential.subdomain)\""))
                #expect(answer.status == 200, "\(body) \(answer.body)")
            }
        }
    }

    @Test func `the user name is taken in any case and without dashes`() async throws {
        try await RunningWebserver.run { server async throws in
            var credential = try await server.register()
            let username = credential.username
            for form in [username.uppercased(), username.replacing("-", with: "")] {
                credential.username = form
                #expect(try await server.update(credential, value).status == 200)
            }
        }
    }

    @Test func `an empty or broken Authorization is in nobody's way`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            for header in ["Authorization: Basic ", "Authorization: Basic !!", "Authorization:"] {
                #expect(try await server.update(credential, value, headers: [header]).status == 200)
            }
        }
    }

    @Test(arguments: [
        "", "42characters_42characters_42characters_42c", "44characters_44characters_44characters_44cha",
        "43characters+43characters+43characters+43cha",
        "43characters 43characters 43characters 43cha", "ééééééééééééééééééééééééééééééééééééééééééé",
    ])
    func `what is not a value is bad_txt`(text: String) async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let answer = try await server.update(credential, text)
            #expect(answer.status == 400)
            #expect(try server.errorResponse(answer).error == "bad_txt")
            #expect(try server.published(credential) == [])
        }
    }

    @Test func `a body without txt is bad_txt, one that is not JSON is told so to its owner alone`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let headers = ["X-Api-User: \(credential.username)", "X-Api-Key: \(credential.password)"]
            let missing = try await server.http.send(
                "POST", "/update", headers: headers, body: "{\"subdomain\":\"\(credential.subdomain)\"}")
            #expect(try missing.status == 400 && server.errorResponse(missing).error == "bad_txt")
            for body in ["", "null", "{", "[]", "{\"txt\":1}", "{\"subdomain\":{}}"] {
                let answer = try await server.http.send("POST", "/update", headers: headers, body: body)
                #expect(try answer.status == 400 && server.errorResponse(answer).error == "malformed_json_payload", "\(body)")
                let stranger = try await server.http.send("POST", "/update", body: body)
                #expect(stranger.status == 401 && stranger.body == "{\"error\": \"forbidden\"}")
            }
        }
    }

    @Test func `whatever is wrong with a credential, the answer is the same`() async throws {
        try await RunningWebserver.run { server async throws in
            let right = try await server.register()
            let other = try await server.register()
            let changes: [(inout RegisterResponse) -> Void] = [
                { $0.username = "" }, { $0.username = "nobody" }, { $0.username = "00000000-0000-4000-8000-000000000000" },
                { $0.password = "" }, { $0.password = other.password }, { $0.password += "x" },
                { $0.subdomain = "" }, { $0.subdomain = other.subdomain }, { $0.subdomain = right.subdomain.uppercased() },
                { $0.subdomain = right.fulldomain },
            ]
            for change in changes {
                var credential = right
                change(&credential)
                let answer = try await server.update(credential, value)
                #expect(answer.status == 401 && answer.body == "{\"error\": \"forbidden\"}")
            }
            let bare = try await server.http.send(
                "POST", "/update", body: "{\"subdomain\":\"\(right.subdomain)\",\"txt\":\"\(value)\"}")
            #expect(bare.status == 401 && bare.body == "{\"error\": \"forbidden\"}")
            // Not even an invalid value shows whether the credential is right.
            var wrong = right
            wrong.password += "x"
            #expect(try await server.update(wrong, "short").status == 401)
            #expect(try server.published(right) == [])
        }
    }

    @Test func `the client's address is the peer's, whatever the client says`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register(body: "{\"allowfrom\":[\"192.0.2.0/24\"]}")
            #expect(try await server.update(credential, value).status == 401)
            #expect(try await server.update(credential, value, headers: ["X-Forwarded-For: 192.0.2.1"]).status == 401)
            let local = try await server.register(body: "{\"allowfrom\":[\"127.0.0.0/8\"]}")
            #expect(try await server.update(local, value).status == 200)
        }
    }

    @Test(
        arguments: [
            (["192.0.2.1"], 200),
            (["[2001:db8::1]"], 200),
            (["::ffff:192.0.2.1"], 200),
            (["192.0.2.1:49152"], 200),
            (["203.0.113.1"], 401),
            // The left-most address is one that the client itself put there.
            (["192.0.2.1, 203.0.113.1"], 401),
            (["203.0.113.1, 192.0.2.1"], 200),
            // A second trusted proxy on the way.
            (["192.0.2.1, 10.0.0.7"], 200),
            (["192.0.2.1", "10.0.0.7"], 200),
            (["192.0.2.1, 203.0.113.1, 10.0.0.7"], 401),
            (["192.0.2.1, nonsense"], 401),
            (["192.0.2.1,"], 401),
            ([], 401),
        ] as [([String], Int)])
    func `behind a trusted proxy it is the right-most address that is not one`(forwarded: [String], status: Int) async throws {
        try await RunningWebserver.run(trustedProxies: ["127.0.0.1/32", "10.0.0.0/8"]) { server async throws in
            let credential = try await server.register(body: "{\"allowfrom\":[\"192.0.2.0/24\",\"2001:db8::/32\"]}")
            let answer = try await server.update(credential, value, headers: forwarded.map { "X-Forwarded-For: \($0)" })
            #expect(answer.status == status)
        }
    }

    @Test(arguments: [true, false])
    func `a storage that fails is 503, and never 401 to a key that could be right`(isInMemory: Bool) async throws {
        try await RunningWebserver.run(credentialsInMemory: isInMemory) { server async throws in
            let credential = try await server.register()
            server.storage.fail(with: .unavailable("broken"))
            let wrong = try changed(credential) { $0.password += "x" }
            for (candidate, status) in [(credential, 503), (wrong, isInMemory ? 401 : 503)] {
                let answer = try await server.update(candidate, value)
                #expect(answer.status == status)
                guard status == 503 else { continue }
                #expect(answer.headers["retry-after"] == "5")
                #expect(try server.errorResponse(answer).error == "unavailable")
            }
            let health = try await server.http.send("GET", "/health")
            #expect(health.status == 503)
            server.storage.fail(with: nil)
            #expect(try await server.update(credential, value).status == 200)
            #expect(try await server.http.send("GET", "/health").status == 200)
        }
    }

    private func changed(_ credential: RegisterResponse, _ change: (inout RegisterResponse) -> Void) throws -> RegisterResponse
    {
        var copy = credential
        change(&copy)
        return copy
    }

    @Test func `publications to one delegate at the same time are all there`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            try await withThrowingTaskGroup { group in
                for index in 0..<50 {
                    group.addTask { try await server.update(credential, Samples.value(index).text).status }
                }
                for try await status in group { #expect(status == 200) }
            }
            #expect(Set(try server.published(credential)) == Set((0..<50).map { Samples.value($0).text }))
        }
    }

    @Test func `who goes over a limit is told which, and how long to wait`() async throws {
        let limits = Limits.Settings(failuresPerMinute: 1, updatesPerHour: 2)
        try await RunningWebserver.run(limits: limits) { server async throws in
            let credential = try await server.register()
            let wrong = try changed(credential) { $0.password = "wrong-key-wrong-key-wrong-key-wrong-key-" }
            #expect(try await server.update(wrong, value).status == 401)
            let failed = try await server.update(wrong, value)
            #expect(failed.status == 429 && failed.headers["retry-after"] == "60")
            #expect(try server.errorResponse(failed).error == "too_many_failures")
            for index in 1...2 { #expect(try await server.update(credential, Samples.value(index).text).status == 200) }
            let third = try await server.update(credential, Samples.value(3).text)
            #expect(third.status == 429 && third.headers["retry-after"] == "3600")
            #expect(try server.errorResponse(third).error == "too_many_updates")
            #expect(try server.published(credential).count == 2)
        }
    }

    @Test func `no key, digest or value is logged at any level`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register(body: "{\"allowfrom\":[\"127.0.0.0/8\"]}")
            _ = try await server.update(credential, value)
            _ = try await server.update(credential, "short")
            let wrong = try changed(credential) { $0.password = "wrong-key-wrong-key-wrong-key-wrong-key-" }
            _ = try await server.update(wrong, value)
            server.storage.fail(with: .unavailable("broken"))
            _ = try await server.update(credential, value)
            let lines = server.log.lines
            #expect(lines.contains { $0.contains("value published") } && lines.contains { $0.contains("refused") })
            let digest = APIKey(credential.password).digest.octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            for secret in [credential.password, wrong.password, value, digest, credential.username] {
                #expect(!lines.contains { $0.contains(secret) })
            }
        }
    }
}
