import Foundation
import Testing

@testable import ACME

/// JSON documents of authorities: tolerant of what is unknown, never of what leads elsewhere.
struct DocumentTests {
    static let url = AuthorityURL("https://ca.test/dir")

    static func value(_ text: String) throws -> JSONValue { try #require(JSONValue(Array(text.utf8))) }

    static func directory(_ text: String) throws -> Directory { try Directory(try value(text), at: try #require(url)) }

    static let needed = #""newNonce":"https://ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o""#

    @Test(arguments: [
        ("https://ca.test/dir", "ca.test"), ("HTTPS://CA.test:443", "ca.test"),
        ("https://127.0.0.1:14000/dir?x=%20", "127.0.0.1:14000"),
        ("https://[::1]:14000/dir", "[::1]:14000"), ("https://[::1]/", "[::1]"),
    ])
    func `an authority's URL is https`(text: String, origin: String) {
        #expect(AuthorityURL(text)?.origin == origin)
    }

    @Test(arguments: [
        "", "http://ca.test/", "https://", "https:///dir", "https://user@ca.test/", "https://user:pass@ca.test/",
        "https://ca.test/#a",
        "https://ca.test/ a", "https://ca.test/\u{0}", "https://ca.test:0/", "https://ca.test:99999/", "https://ca.test:x/",
        "https://ca.test:/", "https://:443/", "https://ca.test\\@evil.test/", "https://cä.test/", "ftp://ca.test/",
        "https://ca.test/" + String(repeating: "a", count: 2048), "https://ca.test:+443/",
    ])
    func `other URLs are none of an authority's`(text: String) {
        #expect(AuthorityURL(text) == nil)
    }

    @Test func `what an authority says of itself is read where it is of the right type`() throws {
        let directory = try Self.directory(
            #"""
            {\#(Self.needed),"renewalInfo":"https://ca.test/ari","keyChange":7,"x1Yz":"https://example.org/",
            "meta":{"termsOfService":"https://terms.example/v1","externalAccountRequired":true,"caaIdentities":["ca.test",5],
            "profiles":{"shortlived":"https://ca.test/p","classic":null}}}
            """#)
        #expect(directory.termsOfService == "https://terms.example/v1")
        #expect(directory.requiresExternalAccount && directory.caaIdentities == ["ca.test"])
        #expect(directory.profiles == ["classic", "shortlived"])
        #expect(directory.renewalInformation?.text == "https://ca.test/ari" && directory.revokeCertificate == nil)
    }

    @Test(arguments: [
        #"{}"#, #"{"meta":[]}"#,
        #"{"meta":{"termsOfService":1,"externalAccountRequired":"yes","caaIdentities":"x","profiles":[]}}"#,
        #"{"meta":null}"#, #"{"meta":{"termsOfService":"https://x/\u001b[2J"}}"#,
    ])
    func `members of other types are as absent`(text: String) throws {
        let directory = try Self.directory("{\(Self.needed),\(text.dropFirst())".replacing(",}", with: "}"))
        #expect(directory.termsOfService == nil && !directory.requiresExternalAccount)
        #expect(directory.caaIdentities.isEmpty && directory.profiles.isEmpty)
    }

    @Test(arguments: [
        #"{"newNonce":"http://ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o"}"#,
        #"{"newNonce":"https://ca.test/n","newAccount":"https://127.0.0.1/a","newOrder":"https://ca.test/o"}"#,
        #"{"newNonce":"https://ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test:8443/o"}"#,
        #"{"newNonce":"https://ca.test/n","newAccount":"https://ca.test/a"}"#, #"{"newNonce":[]}"#,
    ])
    func `a directory whose URLs are absent or lead elsewhere is refused`(text: String) throws {
        #expect(throws: AuthorityFailure.self) { try Self.directory(text) }
    }

    @Test func `problems keep their kinds, also unknown ones, and those of single names`() throws {
        let problem = Problem(
            try Self.value(
                #"""
                {"type":"urn:ietf:params:acme:error:compound","detail":"two \u001b[31m failed","subproblems":[
                {"type":"urn:ietf:params:acme:error:caa","detail":"no","identifier":{"type":"dns","value":"a.test"}},
                {"type":"about:blank","title":"odd"}, 5]}
                """#))
        #expect(problem.kind == Problem.Kind(rawValue: "compound"))
        #expect(problem.description == "compound: two  [31m failed; a.test: caa: no; odd; no reason given")
    }

    @Test(arguments: [
        "{}", "[]", "null", "7", #"{"type":7,"detail":[],"subproblems":{}}"#, #"{"type":"urn:ietf:params:acme:error:"}"#,
    ])
    func `what is no problem document gives no reason`(text: String) throws {
        #expect(Problem(try Self.value(text)).subproblems.isEmpty)
        #expect(Problem(nil).description == "no reason given")
    }

    @Test func `a problem's texts and number are bounded`() throws {
        let long = String(repeating: "x", count: 60_000)
        let many = Array(repeating: #"{"detail":"d"}"#, count: 500).joined(separator: ",")
        let problem = Problem(try Self.value(#"{"detail":"\#(long)","subproblems":[\#(many)]}"#))
        #expect(problem.detail.count == 500 && problem.subproblems.count == 20)
    }

    @Test(arguments: [
        #"{"status":"odd"}"#, "{}", #"{"status":"pending","authorizations":["https://evil.test/1"]}"#,
        #"{"status":"pending","authorizations":[7]}"#,
    ])
    func `orders without a known status or with authorizations elsewhere are refused`(text: String) throws {
        let url = try #require(Self.url)
        #expect(throws: AuthorityFailure.self) { try Order(try Self.value(text), at: url) }
    }

    @Test func `challenges that cannot be used are left out`() throws {
        let url = try #require(Self.url)
        let authorization = try Authorization(
            try Self.value(
                #"""
                {"status":"pending","identifier":{"type":"dns","value":"A.test"},"wildcard":false,"challenges":[
                {"type":"dns-persist-01","url":"https://ca.test/c/0"},
                {"type":"dns-01","url":"https://evil.test/c/1","token":"abc"},
                {"type":"dns-01","url":"https://ca.test/c/2","token":"a\" c"},
                {"type":"dns-01","url":"https://ca.test/c/3","token":"abc"},null]}
                """#), at: url)
        #expect(authorization.name == "a.test")
        #expect(authorization.dnsChallenge?.url.text == "https://ca.test/c/3")
        #expect(authorization.challenges.count == 1)
    }

    @Test(arguments: [
        (#"{"suggestedWindow":{"start":"2026-11-30T08:00:00Z","end":"2026-12-01T08:00:00.5+00:00"},"explanationURL":7}"#, true),
        (#"{"suggestedWindow":{"start":"2026-11-30T08:00:00Z","end":"2026-11-30T08:00:00Z"}}"#, false),
        (#"{"suggestedWindow":{"start":1,"end":2}}"#, false), (#"{"suggestedWindow":null}"#, false), ("{}", false),
    ])
    func `a window of renewal has a start before its end`(text: String, isValid: Bool) throws {
        #expect(((try? RenewalInformation(try Self.value(text))) != nil) == isValid)
    }

    /// Each member in turn is of each type.
    @Test func `wrong types never do harm`() throws {
        let url = try #require(Self.url)
        let members = [
            "status", "identifiers", "authorizations", "finalize", "certificate", "error", "identifier", "challenges",
            "suggestedWindow", "meta", "newNonce", "type", "subproblems",
        ]
        for member in members {
            for replacement in ["7", "-1e300", "true", "null", "[]", "{}", "[[[]]]", #""x""#, #"[{"type":{}}]"#] {
                let text = #"{"status":"pending","identifier":{"value":"x"},\#(Self.needed),"\#(member)":\#(replacement)}"#
                let value = try Self.value(text)
                _ = try? Order(value, at: url)
                _ = try? Authorization(value, at: url)
                _ = try? RenewalInformation(value)
                _ = try? Directory(value, at: url)
                _ = Problem(value)
            }
        }
        #expect(JSONValue(Array(String(repeating: "[", count: 30_000).utf8)) == nil)
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: #"{"]\"[":["#, count: depth / 2) + String(repeating: "]}", count: depth / 2)).utf8)
        }
        #expect(JSONValue(nested(JSONValue.maximumDepth)) != nil && JSONValue(nested(JSONValue.maximumDepth + 2)) == nil)
        #expect(JSONValue([0xFF, 0xFE]) == nil)
        #expect(JSONValue(Array("{}".utf16.flatMap { [UInt8($0), 0] })) == nil)
    }
}
