import DNS
import DelegateAPI
import Delegates
import Foundation
import TestSupport
import Testing
import Webserver

/// The operations that a delegate's holder has, besides publishing.
struct HolderTests {
    private static let endpoints = [
        ("GET", "/api/v1/check"), ("GET", "/api/v1/delegate"), ("POST", "/api/v1/keys"),
        ("PATCH", "/api/v1/keys/00000000-0000-4000-8000-000000000000"),
        ("DELETE", "/api/v1/keys/00000000-0000-4000-8000-000000000000"), ("DELETE", "/api/v1/values"),
        ("GET", "/api/v1/history"),
        ("DELETE", "/api/v1/delegate"),
    ]

    private func headers(_ credential: RegisterResponse) -> [String] {
        ["X-Api-User: \(credential.username)", "X-Api-Key: \(credential.password)"]
    }

    private func basic(_ username: String, _ password: String) -> String {
        "Authorization: Basic \(Data("\(username):\(password)".utf8).base64EncodedString())"
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ answer: RawHTTP.Answer) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(answer.body.utf8))
    }

    private func expect(
        _ answer: RawHTTP.Answer, _ status: Int, _ code: String, _ server: RunningWebserver, _ what: String = ""
    ) throws {
        #expect(answer.status == status, "\(what) \(answer.body)")
        #expect(try server.errorResponse(answer).error == code, "\(what)")
    }

    /// Makes a second key of a delegate.
    private func makeKey(
        _ server: RunningWebserver, _ credential: RegisterResponse, body: String? = nil
    ) async throws -> RegisterResponse {
        let answer = try await server.http.send("POST", "/api/v1/keys", headers: headers(credential), body: body)
        #expect(answer.status == 201, "\(answer.body)")
        return try JSONDecoder().decode(RegisterResponse.self, from: Data(answer.body.utf8))
    }

    @Test func `who has no right credential is refused everywhere, and told nothing`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let other = try await server.register()
            let deleted = try await server.register()
            #expect(try await server.http.send("DELETE", "/api/v1/delegate", headers: headers(deleted)).status == 204)
            let elsewhere = try await server.register(body: "{\"allowfrom\":[\"192.0.2.0/24\"]}")
            var wrong = credential
            wrong.password = other.password
            let cases = [
                ("none", []), ("wrong key", headers(wrong)), ("deleted", headers(deleted)), ("elsewhere", headers(elsewhere)),
                ("Basic, wrong key", [basic(credential.username, other.password)]),
                ("broken Basic", ["Authorization: Basic x"]),
                // Credentials for a proxy do not help a wrong key.
                ("both", headers(wrong) + [basic(credential.username, credential.password)]),
            ]
            for (method, path) in Self.endpoints {
                for (what, headers) in cases {
                    let answer = try await server.http.send(
                        method, path, headers: headers, body: method == "PATCH" ? "{}" : nil)
                    #expect(answer.status == 401 && answer.body == "{\"error\": \"forbidden\"}", "\(method) \(path), \(what)")
                }
            }
        }
    }

    @Test func `a key is checked, by either kind of header`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register(body: "{\"allowfrom\":[\"127.0.0.0/8\"]}")
            for headers in [headers(credential), [basic(credential.username, credential.password)]] {
                let answer = try await server.http.send("GET", "/api/v1/check", headers: headers)
                #expect(answer.status == 200)
                let check = try decode(CheckResponse.self, answer)
                #expect(check.delegate == credential.fulldomain && check.subdomain == credential.subdomain)
                #expect(check.key.id == credential.username && check.key.state == .active)
                #expect(check.key.allowfrom == ["127.0.0.0/8"] && check.key.lastUsed == nil)
                #expect(check.limits == CheckResponse.Limits(keys: 2, values: 64, valueLifetimeSeconds: 3600))
            }
            let update = try await server.http.send(
                "POST", "/update", headers: [basic(credential.username, credential.password)],
                body: "{\"subdomain\":\"\(credential.subdomain)\",\"txt\":\"\(Samples.value(1).text)\"}")
            #expect(update.status == 200)
        }
    }

    @Test func `a delegate is shown with its keys and the ages of its values, never with a secret`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let second = try await makeKey(
                server, credential, body: "{\"label\":\"web 2\",\"expires\":\"2100-01-31T12:00:00Z\"}")
            #expect(try await server.update(credential, Samples.value(1).text).status == 200)
            let answer = try await server.http.send("GET", "/api/v1/delegate", headers: headers(second))
            #expect(answer.status == 200)
            let shown = try decode(DelegateDescription.self, answer)
            #expect(shown.delegate == credential.fulldomain && shown.valueAgesSeconds == [0])
            #expect(shown.cname == "_acme-challenge.<your domain>. CNAME \(credential.fulldomain).")
            #expect(Set(shown.keys.map(\.id)) == [credential.username, second.username])
            let first = try #require(shown.keys.first { $0.id == credential.username })
            #expect(first.lastUsed?.from == "127.0.0.1")
            let made = try #require(shown.keys.first { $0.id == second.username })
            #expect(made.label == "web 2" && made.expires == "2100-01-31T12:00:00Z" && made.lastUsed == nil)
            for secret in [credential.password, second.password, Samples.value(1).text] {
                #expect(!answer.body.contains(secret))
            }
        }
    }

    @Test func `there are as many keys as may be, and no more`() async throws {
        try await RunningWebserver.run(limits: Limits.Settings(credentials: 3)) { server async throws in
            let first = try await server.register()
            let others = [try await makeKey(server, first), try await makeKey(server, first)]
            let fourth = try await server.http.send("POST", "/api/v1/keys", headers: headers(first))
            try expect(fourth, 409, "too_many_keys", server)
            #expect(fourth.body.contains("at most 3 keys"))
            let checked = try await server.http.send("GET", "/api/v1/check", headers: headers(others[1]))
            #expect(try decode(CheckResponse.self, checked).limits.keys == 3)
        }
    }

    @Test func `keys overlap, and the old one ends when it is deleted`() async throws {
        try await RunningWebserver.run { server async throws in
            let first = try await server.register()
            let second = try await makeKey(server, first)
            #expect(second.fulldomain == first.fulldomain && second.serverURL == "https://auth.example.net/")
            for (index, key) in [first, second].enumerated() {
                #expect(try await server.update(key, Samples.value(index).text).status == 200)
            }
            let third = try await server.http.send("POST", "/api/v1/keys", headers: headers(first))
            try expect(third, 409, "too_many_keys", server)
            let ended = try await server.http.send("DELETE", "/api/v1/keys/\(first.username)", headers: headers(second))
            #expect(ended.status == 204 && ended.body.isEmpty)
            #expect(try await server.update(first, Samples.value(3).text).status == 401)
            #expect(try await server.update(second, Samples.value(3).text).status == 200)
            let last = try await server.http.send("DELETE", "/api/v1/keys/\(second.username)", headers: headers(second))
            try expect(last, 409, "last_key", server)
        }
    }

    @Test func `a key changes as far as it is told to`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let path = "/api/v1/keys/\(credential.username)"
            func edit(_ body: String) async throws -> KeyDescription {
                let answer = try await server.http.send("PATCH", path, headers: headers(credential), body: body)
                #expect(answer.status == 200, "\(body) \(answer.body)")
                return try decode(KeyDescription.self, answer)
            }
            #expect(try await edit("{\"label\":\"web 1\"}").label == "web 1")
            #expect(try await edit("{\"expires\":\"2100-01-31T12:00:00Z\"}").expires == "2100-01-31T12:00:00Z")
            let whole = try await edit("{\"allowfrom\":[\"127.0.0.1/32\",\"2001:db8::/32\"]}")
            #expect(whole.allowfrom == ["127.0.0.1/32", "2001:db8::/32"])
            #expect(whole.label == "web 1" && whole.expires == "2100-01-31T12:00:00Z")
            #expect(try await edit("{\"expires\":null}").expires == nil)

            let wrong = [
                ("{\"expires\":\"tomorrow\"}", 400, "invalid_time"),
                ("{\"expires\":\"2001-01-01T00:00:00Z\"}", 400, "invalid_expiry"),
                ("{\"label\":\"a\\u0000\"}", 400, "invalid_label"), ("{\"allowfrom\":[\"x\"]}", 400, "invalid_allowfrom_cidr"),
                ("{\"allow_from\":[]}", 400, "malformed_json_payload"), ("{\"label\":1}", 400, "malformed_json_payload"),
                ("", 400, "malformed_json_payload"),
            ]
            for (body, status, code) in wrong {
                let answer = try await server.http.send("PATCH", path, headers: headers(credential), body: body)
                try expect(answer, status, code, server, "\(body)")
            }
            #expect(try await edit("{}") == edit("{}"))
        }
    }

    @Test func `another delegate's keys are not there, nor is what is no id`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let other = try await server.register()
            for id in [other.username, "x", "00000000-0000-4000-8000-000000000000"] {
                for method in ["DELETE", "PATCH"] {
                    let answer = try await server.http.send(
                        method, "/api/v1/keys/\(id)", headers: headers(credential), body: method == "PATCH" ? "{}" : nil)
                    try expect(answer, 404, "no_such_key", server, "\(method) \(id)")
                }
            }
            #expect(try await server.update(other, Samples.value(1).text).status == 200)
        }
    }

    @Test func `values are taken back, and the delegate goes for ever`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            for index in 1...2 { _ = try await server.update(credential, Samples.value(index).text) }
            #expect(try await server.http.send("DELETE", "/api/v1/values", headers: headers(credential)).status == 204)
            #expect(try server.published(credential) == [])
            #expect(try await server.update(credential, Samples.value(3).text).status == 200)
            #expect(try await server.http.send("DELETE", "/api/v1/delegate", headers: headers(credential)).status == 204)
            #expect(try server.published(credential) == [])
            #expect(try await server.update(credential, Samples.value(3).text).status == 401)
        }
    }

    @Test func `what happened to a delegate is told, the newest first, in pages`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            for index in 0..<110 { _ = try await server.update(credential, Samples.value(index % 60).text) }
            func history(_ query: String = "") async throws -> [HistoryEvent] {
                let answer = try await server.http.send("GET", "/api/v1/history\(query)", headers: headers(credential))
                #expect(answer.status == 200, "\(answer.body)")
                for secret in [Samples.value(0).text, credential.password] { #expect(!answer.body.contains(secret)) }
                return try decode(HistoryResponse.self, answer).events
            }
            let first = try await history()
            #expect(first.count == 100 && first.allSatisfy { $0.event == "published" && $0.from == "127.0.0.1" })
            let rest = try await history("?before=\(first[99].number)")
            #expect(rest.count == 12)
            #expect(rest.suffix(2).map(\.event) == ["used_from_new_network", "enrolled"])
            #expect(rest[10].detail == "127.0.0.0/24" && rest[11].actor == "visitor")
            #expect(try await history("?before=1").isEmpty)
            let wrong = try await server.http.send("GET", "/api/v1/history?before=x", headers: headers(credential))
            try expect(wrong, 400, "invalid_number", server)
        }
    }

    /// A group's key, and the key of a member.
    private func makeGroup(_ server: RunningWebserver) async throws -> (group: RegisterResponse, member: RegisterResponse) {
        let member = try await server.register()
        let label = try OperatorLabel("mail")
        let key = NewCredential(for: .group(label), allowedNetworks: .all, created: Samples.start)
        for change: Change in [
            .makeGroup(label), .addMember(try DomainName(member.fulldomain), group: label),
            .addCredential(key.credential, maximum: 2),
        ] {
            try await server.storage.commit(change, by: Actor(.operator, from: nil), at: Samples.start)
        }
        let group = RegisterResponse(
            username: key.username.description, password: key.key.text, fulldomain: member.fulldomain,
            subdomain: member.subdomain, allowfrom: [], serverURL: nil)
        return (group, member)
    }

    @Test func `a group's key publishes at its members, checks itself, and nothing else`() async throws {
        try await RunningWebserver.run { server async throws in
            let (group, member) = try await makeGroup(server)
            let other = try await server.register()
            #expect(try await server.update(group, Samples.value(1).text).status == 200)
            #expect(try server.published(member) == [Samples.value(1).text])
            var foreign = group
            foreign.subdomain = other.subdomain
            #expect(try await server.update(foreign, Samples.value(1).text).status == 401)
            #expect(try server.published(other) == [])
            let unnamed = try await server.http.send(
                "POST", "/update", headers: headers(group), body: "{\"txt\":\"\(Samples.value(1).text)\"}")
            try expect(unnamed, 400, "bad_subdomain", server)

            let check = try decode(
                CheckResponse.self, try await server.http.send("GET", "/api/v1/check", headers: headers(group)))
            #expect(check.group == "mail" && check.delegates == [member.fulldomain] && check.delegate == nil)
            for (method, path) in Self.endpoints where path != "/api/v1/check" {
                let answer = try await server.http.send(
                    method, path, headers: headers(group), body: method == "PATCH" ? "{}" : nil)
                try expect(answer, 403, "group_key", server, "\(method) \(path)")
            }
        }
    }

    @Test func `keys that have expired, and those of a disabled delegate, are refused everywhere`() async throws {
        try await RunningWebserver.run { server async throws in
            let disabled = try await server.register()
            let expired = try await server.register()
            let operators = Actor(.operator, from: nil)
            try await server.storage.commit(
                .disable(delegate: try DomainName(disabled.fulldomain)), by: operators, at: Samples.start
            )
            let username = try #require(UniqueID(expired.username))
            try await server.storage.commit(
                .editCredential(username, CredentialEdit(expires: .some(Samples.start))), by: operators, at: Samples.start
            )
            for credential in [disabled, expired] {
                #expect(try await server.update(credential, Samples.value(1).text).status == 401)
                for (method, path) in Self.endpoints {
                    let answer = try await server.http.send(
                        method, path, headers: headers(credential), body: method == "PATCH" ? "{}" : nil)
                    #expect(answer.status == 401 && answer.body == "{\"error\": \"forbidden\"}", "\(method) \(path)")
                }
            }
        }
    }

    @Test func `a forged chain of proxies opens no restricted key, on any route`() async throws {
        let chains = [
            ["192.0.2.1"], ["192.0.2.1, 203.0.113.9"], ["192.0.2.1", "203.0.113.9"], ["192.0.2.1, 10.0.0.7, 203.0.113.9"],
            ["127.0.0.1"], ["192.0.2.1,, 203.0.113.9"], ["for=192.0.2.1"],
            [String(repeating: "192.0.2.1, ", count: 500) + "203.0.113.9"],
        ]
        try await RunningWebserver.run(trustedProxies: ["10.0.0.0/8"]) { server async throws in
            let credential = try await server.register(body: "{\"allowfrom\":[\"192.0.2.0/24\"]}")
            for chain in chains {
                let forwarded = headers(credential) + chain.map { "X-Forwarded-For: \($0)" }
                for (method, path) in Self.endpoints {
                    let answer = try await server.http.send(
                        method, path, headers: forwarded, body: method == "PATCH" ? "{}" : nil)
                    #expect(answer.status == 401, "\(method) \(path) \(chain)")
                }
            }
        }
    }

    @Test func `of two who rotate at once one is told that there are too many keys`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let statuses = try await withThrowingTaskGroup { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await server.http.send("POST", "/api/v1/keys", headers: headers(credential)).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [201, 409])
            let shown = try await server.http.send("GET", "/api/v1/delegate", headers: headers(credential))
            #expect(try decode(DelegateDescription.self, shown).keys.count == 2)
        }
    }

    @Test(arguments: ["QUERY", "PROPFIND", "MKCOL"])
    func `a method that nobody knows is told which there are, too`(method: String) async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.send(method, "/api/v1/check")
            #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD")
            #expect(try await server.http.send(method, "/nothing").status == 404)
        }
    }

    @Test func `other methods are told which there are`() async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.send("PUT", "/api/v1/delegate")
            #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD, DELETE")
        }
    }
}
