import DNS
import DelegateAPI
import Delegates
import Foundation
import TestSupport
import Testing

/// The domains of all delegates, in the operator's API.
struct OperatorDomainTests {
    private func expect(_ answer: RawHTTP.Answer, _ status: Int, _ code: String, _ what: String = "") throws {
        #expect(answer.status == status, "\(what): \(answer.body)")
        #expect(try JSONDecoder().decode(ErrorResponse.self, from: Data(answer.body.utf8)).error == code, "\(what)")
    }

    private func withDelegates(_ body: (RunningOperatorAPI) async throws -> Void) async throws {
        try await RunningOperatorAPI.run { api async throws in
            for name in ["web1", "web2"] {
                #expect(try await api.send("POST", "delegates", body: "{\"name\":\"\(name)\"}").status == 201)
            }
            for path in ["web1/domains/b.example", "web1/domains/a.example", "web2.d.example/domains/A.example"] {
                #expect(try await api.send("PUT", "delegates/\(path)").status == 204)
            }
            try await body(api)
        }
    }

    @Test func `domains of a delegate are added, listed, shown and removed`() async throws {
        try await withDelegates { api async throws in
            let answer = try await api.send("GET", "delegates/web1/domains")
            #expect(try api.decode(DomainListResponse.self, answer).domains.map(\.domain) == ["a.example", "b.example"])
            let shown = try api.decode(DelegateDetails.self, try await api.send("GET", "delegates/web1"))
            #expect(shown.domains.map(\.domain) == ["a.example", "b.example"])
            #expect(try await api.send("DELETE", "delegates/web1/domains/b.example").status == 204)
            try expect(try await api.send("DELETE", "delegates/web1/domains/b.example"), 404, "no_such_domain")
            for method in ["PUT", "DELETE"] {
                try expect(try await api.send(method, "delegates/web1/domains/*.example"), 400, "invalid_domain", method)
                try expect(try await api.send(method, "delegates/web3/domains/a.example"), 404, "no_such_delegate", method)
            }
            try expect(try await api.send("GET", "delegates/web3/domains"), 404, "no_such_delegate")
            #expect(try await api.send("DELETE", "delegates/web1").status == 204)
            try expect(try await api.send("GET", "delegates/web1/domains"), 404, "no_such_delegate")
            let events = api.storage.events.filter { $0.kind == .domainAdded || $0.kind == .domainRemoved }
            #expect(events.map(\.detail) == ["b.example", "a.example", "a.example", "b.example"])
            #expect(events.allSatisfy { $0.actor == "operator" })
        }
    }

    @Test func `all domains are listed in pages, by verdict and by delegate`() async throws {
        try await withDelegates { api async throws in
            try await api.storage.commit(
                .recordCheck(
                    DomainCheck(.error, leadsHere: false), of: try DeclaredDomain("a.example"), delegate: try api.name("web2")),
                by: Actor(.server, from: nil), at: Samples.start)
            func page(_ query: String) async throws -> DomainPageResponse {
                try api.decode(DomainPageResponse.self, try await api.send("GET", "domains?" + query))
            }
            func names(_ page: DomainPageResponse) -> [String] { page.domains.map { "\($0.domain) \($0.delegate)" } }
            let first = try await page("limit=2")
            #expect(names(first) == ["a.example web1.d.example", "a.example web2.d.example"])
            #expect(first.next == "a.example/web2.d.example")
            let second = try await page("limit=2&after=\(first.next ?? "")")
            #expect(names(second) == ["b.example web1.d.example"] && second.next == nil)
            #expect(try await names(page("verdict=error")) == ["a.example web2.d.example"])
            #expect(try await names(page("verdict=unchecked&delegate=web1")).count == 2)
            #expect(try await page("delegate=web3").domains.isEmpty)
            for (query, code) in [
                ("verdict=good", "invalid_choice"), ("after=a.example", "invalid_place"), ("after=", "invalid_place"),
                ("limit=x", "invalid_number"), ("delegate=a..b", "invalid_name"),
            ] {
                try expect(try await api.send("GET", "domains?" + query), 400, code, query)
            }
        }
    }

    @Test func `delegates are listed with their domains, at most 100 at a time`() async throws {
        try await withDelegates { api async throws in
            for index in 0..<100 {
                try await api.storage.commit(
                    .enrol(NewDelegate(name: try api.name("z\(index)"))), by: Actor(.operator, from: nil), at: Samples.start)
            }
            func page(_ query: String) async throws -> DelegatePageResponse {
                try api.decode(DelegatePageResponse.self, try await api.send("GET", "delegates?" + query))
            }
            for query in ["domains=true", "domains=true&limit=1000"] {
                let page = try await page(query)
                #expect(page.delegates.count == 100 && page.next != nil)
                #expect(
                    page.delegates.prefix(3).map { $0.domainList?.map(\.domain) } == [
                        ["a.example", "b.example"], ["a.example"], nil,
                    ])
            }
            #expect(try await page("limit=1000").delegates.allSatisfy { $0.domainList == nil })
            try expect(try await api.send("GET", "delegates?domains=yes"), 400, "invalid_choice")
        }
    }
}
