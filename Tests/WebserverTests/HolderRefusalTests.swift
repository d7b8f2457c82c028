import DNS
import DelegateAPI
import Delegates
import TestSupport
import Testing

/// What is refused at every operation that a holder has.
struct HolderRefusalTests {
    @Test func `who has no right credential is refused everywhere, and told nothing`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let other = try await server.register()
            let deleted = try await server.register()
            #expect(try await server.http.send("DELETE", "/api/v1/delegate", headers: deleted.headers).status == 204)
            let elsewhere = try await server.register(body: "{\"allowfrom\":[\"192.0.2.0/24\"]}")
            var wrong = credential
            wrong.password = other.password
            let cases = [
                ("none", []), ("wrong key", wrong.headers), ("deleted", deleted.headers), ("elsewhere", elsewhere.headers),
                ("Basic, wrong key", [wrong.basicHeader]),
                ("broken Basic", ["Authorization: Basic x"]),
                // Credentials for a proxy do not help a wrong key.
                ("both", wrong.headers + [credential.basicHeader]),
            ]
            for (method, path) in RunningWebserver.holderEndpoints {
                for (what, headers) in cases {
                    let answer = try await server.http.send(
                        method, path, headers: headers, body: method == "PATCH" ? "{}" : nil)
                    #expect(answer.status == 401 && answer.body == "{\"error\": \"forbidden\"}", "\(method) \(path), \(what)")
                }
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
                for (method, path) in RunningWebserver.holderEndpoints {
                    let answer = try await server.http.send(
                        method, path, headers: credential.headers, body: method == "PATCH" ? "{}" : nil)
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
                let forwarded = credential.headers + chain.map { "X-Forwarded-For: \($0)" }
                for (method, path) in RunningWebserver.holderEndpoints {
                    let answer = try await server.http.send(
                        method, path, headers: forwarded, body: method == "PATCH" ? "{}" : nil)
                    #expect(answer.status == 401, "\(method) \(path) \(chain)")
                }
            }
        }
    }
}
