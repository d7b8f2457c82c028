import DelegateAPI
import Delegates
import TestSupport
import Testing

/// A delegate, its values and its history, as its holder sees and ends them.
struct HolderDelegateTests {
    @Test func `a delegate is shown with its keys and the ages of its values, never with a secret`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let second = try await server.makeKey(
                credential, body: "{\"label\":\"web 2\",\"expires\":\"2100-01-31T12:00:00Z\"}")
            #expect(try await server.update(credential, Samples.value(1).text).status == 200)
            let answer = try await server.http.send("GET", "/api/v1/delegate", headers: second.headers)
            #expect(answer.status == 200)
            let shown = try server.decode(DelegateDescription.self, answer)
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

    @Test func `values are taken back, and the delegate goes for ever`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            for index in 1...2 { _ = try await server.update(credential, Samples.value(index).text) }
            #expect(try await server.http.send("DELETE", "/api/v1/values", headers: credential.headers).status == 204)
            #expect(try server.published(credential) == [])
            #expect(try await server.update(credential, Samples.value(3).text).status == 200)
            #expect(try await server.http.send("DELETE", "/api/v1/delegate", headers: credential.headers).status == 204)
            #expect(try server.published(credential) == [])
            #expect(try await server.update(credential, Samples.value(3).text).status == 401)
        }
    }

    @Test func `what happened to a delegate is told, the newest first, in pages`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            for index in 0..<110 { _ = try await server.update(credential, Samples.value(index % 60).text) }
            func history(_ query: String = "") async throws -> [HistoryEvent] {
                let answer = try await server.http.send("GET", "/api/v1/history\(query)", headers: credential.headers)
                #expect(answer.status == 200, "\(answer.body)")
                for secret in [Samples.value(0).text, credential.password] { #expect(!answer.body.contains(secret)) }
                return try server.decode(HistoryResponse.self, answer).events
            }
            let first = try await history()
            #expect(first.count == 100 && first.allSatisfy { $0.event == "published" && $0.from == "127.0.0.1" })
            let rest = try await history("?before=\(first[99].number)")
            #expect(rest.count == 12)
            #expect(rest.suffix(2).map(\.event) == ["used_from_new_network", "enrolled"])
            #expect(rest[10].detail == "127.0.0.0/24" && rest[11].actor == "visitor")
            #expect(try await history("?before=1").isEmpty)
            let wrong = try await server.http.send("GET", "/api/v1/history?before=x", headers: credential.headers)
            try server.expect(wrong, 400, "invalid_number")
        }
    }
}
