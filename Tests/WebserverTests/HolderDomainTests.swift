import DNS
import DelegateAPI
import Delegates
import TestSupport
import Testing

/// The domains of a delegate, which come with its registration or from its holder.
struct HolderDomainTests {
    private func domains(
        _ server: RunningWebserver, _ credential: RegisterResponse
    ) async throws -> [DomainDescription] {
        let answer = try await server.http.send("GET", "/api/v1/domains", headers: credential.headers)
        #expect(answer.status == 200)
        return try server.decode(DomainListResponse.self, answer).domains
    }

    @Test func `domains come with a registration, are listed, added and removed`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register(body: #"{"Domains":["www.example.com","Example.com.","example.com"]}"#)
            var listed = try await domains(server, credential)
            #expect(listed.map(\.domain) == ["example.com", "www.example.com"])
            #expect(listed.allSatisfy { $0.verdict == "unchecked" && !$0.verified && $0.checked == nil && $0.findings.isEmpty })
            let first = try #require(listed.first)
            #expect(first.cname == "_acme-challenge.example.com. CNAME \(credential.fulldomain).")
            #expect(first.delegate == credential.fulldomain && first.declared == "2027-01-15T08:00:00Z")

            func send(_ method: String, _ domain: String) async throws -> RawHTTP.Answer {
                try await server.http.send(method, "/api/v1/domains/\(domain)", headers: credential.headers)
            }
            for domain in ["a.example", "A.Example.", "example.com"] { #expect(try await send("PUT", domain).status == 204) }
            #expect(try await domains(server, credential).count == 3)
            #expect(try await send("DELETE", "www.example.com").status == 204)
            try server.expect(try await send("DELETE", "www.example.com"), 404, "no_such_domain")
            for method in ["PUT", "DELETE"] {
                for domain in ["*.example.com", "_acme-challenge.example.com", "192.0.2.1", "b%C3%BCcher.example"] {
                    try server.expect(try await send(method, domain), 400, "invalid_domain", domain)
                }
            }

            let finding = try #require(DomainCheck.Finding(check: "caa", status: .warning))
            try await server.storage.commit(
                .recordCheck(
                    DomainCheck(.warning, leadsHere: true, findings: [finding]), of: try DeclaredDomain("example.com"),
                    delegate: try DomainName(credential.fulldomain)),
                by: Actor(.server, from: nil), at: Samples.start)
            listed = try await domains(server, credential)
            #expect(listed.map(\.domain) == ["a.example", "example.com"])
            let last = try #require(listed.last)
            #expect(last.verdict == "warning" && last.verified && last.verifiedSince == last.checked)
            #expect(last.findings == [DomainDescription.Finding(check: "caa", status: "warning")])
        }
    }

    @Test func `another delegate is named in vain, and can have the same domain`() async throws {
        try await RunningWebserver.run { server async throws in
            let (first, second) = (try await server.register(), try await server.register())
            for credential in [first, second] {
                let own = "/api/v1/domains/example.com?subdomain=\(credential.subdomain)"
                #expect(try await server.http.send("PUT", own, headers: credential.headers).status == 204)
                #expect(try await domains(server, credential).count == 1)
            }
            let foreign = try await server.http.send(
                "DELETE", "/api/v1/domains/example.com?subdomain=\(second.subdomain)", headers: first.headers)
            try server.expect(foreign, 401, "forbidden")
            let odd = try await server.http.send("GET", "/api/v1/domains?subdomain=%ff", headers: first.headers)
            try server.expect(odd, 400, "invalid_text")
            #expect(try await domains(server, second).count == 1)
        }
    }

    @Test(arguments: [
        (#"{"domains":["example.com","*.example.com"]}"#, 400, "invalid_domain"),
        (#"{"domains":["example.com",""]}"#, 400, "invalid_domain"),
        (#"{"domains":"example.com"}"#, 400, "malformed_json_payload"), (#"{"domains":[1]}"#, 400, "malformed_json_payload"),
        (#"{"domains":[],"Domains":[]}"#, 400, "malformed_json_payload"),
        (#"{"domains":[\#((0...100).map { "\"d\($0).example\"" }.joined(separator: ","))]}"#, 409, "too_many_domains"),
    ])
    func `wrong domains refuse a registration as a whole`(body: String, status: Int, code: String) async throws {
        try await RunningWebserver.run { server async throws in
            let answer = try await server.http.send("POST", "/register", body: body)
            try server.expect(answer, status, code)
            #expect(server.table.count == 0)
        }
    }

    @Test(arguments: [#"{"domains":null}"#, #"{"domains":[]}"#])
    func `no domains are none`(body: String) async throws {
        try await RunningWebserver.run { server async throws in
            #expect(try await domains(server, try await server.register(body: body)).isEmpty)
        }
    }

    @Test func `a holder who adds too many domains an hour waits, and can always remove them`() async throws {
        try await RunningWebserver.run(limits: Limits.Settings(updatesPerHour: 2)) { server async throws in
            let credential = try await server.register()
            func send(_ method: String, _ domain: String) async throws -> RawHTTP.Answer {
                try await server.http.send(method, "/api/v1/domains/\(domain)", headers: credential.headers)
            }
            for domain in ["a.example", "b.example"] { #expect(try await send("PUT", domain).status == 204) }
            try server.expect(try await send("PUT", "c.example"), 429, "too_many_changes")
            for domain in ["a.example", "b.example"] { #expect(try await send("DELETE", domain).status == 204) }
        }
    }

    @Test func `whoever takes a prepared delegate over brings domains`() async throws {
        try await RunningWebserver.run(mode: .token) { server async throws in
            let (name, label) = (try DomainName("web1.d.example"), try OperatorLabel("team"))
            let key = APIKey.random()
            let there = try DeclaredDomain("there.example")
            for change: Change in [
                .makeToken(RegistrationToken(label: label, digest: key.digest, created: Samples.start)),
                .enrol(NewDelegate(name: name, preparedFor: label, domains: [there])),
            ] {
                try await server.storage.commit(change, by: Actor(.operator, from: nil), at: Samples.start)
            }
            let credential = try await server.register(
                "/t/\(key.text)/register", body: #"{"domains":["there.example","new.example"]}"#)
            #expect(credential.subdomain == "web1")
            #expect(try await domains(server, credential).map(\.domain) == ["new.example", "there.example"])
        }
    }
}
