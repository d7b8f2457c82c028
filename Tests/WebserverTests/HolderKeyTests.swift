import DelegateAPI
import Delegates
import TestSupport
import Testing

/// The keys of a delegate: checked, made, changed and ended by its holder.
struct HolderKeyTests {
    @Test func `a key is checked, by either kind of header`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register(body: "{\"allowfrom\":[\"127.0.0.0/8\"]}")
            for headers in [credential.headers, [credential.basicHeader]] {
                let answer = try await server.http.send("GET", "/api/v1/check", headers: headers)
                #expect(answer.status == 200)
                let check = try server.decode(CheckResponse.self, answer)
                #expect(check.delegate == credential.fulldomain && check.subdomain == credential.subdomain)
                #expect(check.key.id == credential.username && check.key.state == .active)
                #expect(check.key.allowfrom == ["127.0.0.0/8"] && check.key.lastUsed == nil)
                #expect(check.limits == CheckResponse.Limits(keys: 2, domains: 100, values: 64, valueLifetimeSeconds: 3600))
            }
            let update = try await server.http.send(
                "POST", "/update", headers: [credential.basicHeader],
                body: "{\"subdomain\":\"\(credential.subdomain)\",\"txt\":\"\(Samples.value(1).text)\"}")
            #expect(update.status == 200)
        }
    }

    @Test func `there are as many keys as may be, and no more`() async throws {
        try await RunningWebserver.run(limits: Limits.Settings(credentials: 3)) { server async throws in
            let first = try await server.register()
            let others = [try await server.makeKey(first), try await server.makeKey(first)]
            let fourth = try await server.http.send("POST", "/api/v1/keys", headers: first.headers)
            try server.expect(fourth, 409, "too_many_keys")
            #expect(fourth.body.contains("at most 3 keys"))
            let checked = try await server.http.send("GET", "/api/v1/check", headers: others[1].headers)
            #expect(try server.decode(CheckResponse.self, checked).limits.keys == 3)
        }
    }

    @Test func `keys overlap, and the old one ends when it is deleted`() async throws {
        try await RunningWebserver.run { server async throws in
            let first = try await server.register()
            let second = try await server.makeKey(first)
            #expect(second.fulldomain == first.fulldomain && second.serverURL == "https://auth.example.net/")
            for (index, key) in [first, second].enumerated() {
                #expect(try await server.update(key, Samples.value(index).text).status == 200)
            }
            let third = try await server.http.send("POST", "/api/v1/keys", headers: first.headers)
            try server.expect(third, 409, "too_many_keys")
            let ended = try await server.http.send("DELETE", "/api/v1/keys/\(first.username)", headers: second.headers)
            #expect(ended.status == 204 && ended.body.isEmpty)
            #expect(try await server.update(first, Samples.value(3).text).status == 401)
            #expect(try await server.update(second, Samples.value(3).text).status == 200)
            let last = try await server.http.send("DELETE", "/api/v1/keys/\(second.username)", headers: second.headers)
            try server.expect(last, 409, "last_key")
        }
    }

    @Test func `a key changes as far as it is told to`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let path = "/api/v1/keys/\(credential.username)"
            func edit(_ body: String) async throws -> KeyDescription {
                let answer = try await server.http.send("PATCH", path, headers: credential.headers, body: body)
                #expect(answer.status == 200, "\(body) \(answer.body)")
                return try server.decode(KeyDescription.self, answer)
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
                let answer = try await server.http.send("PATCH", path, headers: credential.headers, body: body)
                try server.expect(answer, status, code, "\(body)")
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
                        method, "/api/v1/keys/\(id)", headers: credential.headers, body: method == "PATCH" ? "{}" : nil)
                    try server.expect(answer, 404, "no_such_key", "\(method) \(id)")
                }
            }
            #expect(try await server.update(other, Samples.value(1).text).status == 200)
        }
    }

    @Test func `of two who rotate at once one is told that there are too many keys`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let statuses = try await withThrowingTaskGroup { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await server.http.send("POST", "/api/v1/keys", headers: credential.headers).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [201, 409])
            let shown = try await server.http.send("GET", "/api/v1/delegate", headers: credential.headers)
            #expect(try server.decode(DelegateDescription.self, shown).keys.count == 2)
        }
    }
}
