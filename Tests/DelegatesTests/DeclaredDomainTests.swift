import DNS
import Delegates
import TestSupport
import Testing

/// Which texts are domains that certificates can be for, and what the others are told.
struct DeclaredDomainTests {
    @Test(arguments: [
        ("example.com", "example.com"), ("WWW.Example.COM.", "www.example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("1.example", "1.example"), ("localhost", "localhost"),
    ])
    func `a host name is a domain, in lower case`(text: String, domain: String) throws {
        #expect(try DeclaredDomain(text).description == domain)
        #expect(try DeclaredDomain(text).challengeName == DomainName("_acme-challenge.\(domain)"))
    }

    @Test(arguments: [
        ("*.example.com", "“example.com”"), ("_acme-challenge.example.com", "“example.com”"),
        ("_acme-challenge.*.Example.com", "“Example.com”"), ("*._ACME-challenge.example.com", "“example.com”"),
        ("https://example.com/x", "“example.com”"), ("example.com:443", "“example.com”"),
        ("bücher.example", "“xn--bcher-kva.example”"),
        ("192.0.2.1", "address"), ("", "is empty"), (".", "root"), ("a_b.example", "“_” is in it"),
        ("ab--c.example", "reserved"),
        ("a..b", "a..b"), ("-a.example", "hyphen"), ("a b.example", "blank"), ("exam\u{0}ple.com", "control character"),
        (String(repeating: "a.", count: 119) + "a", "too long"),
    ])
    func `what is none is told why, and what would be right`(text: String, part: String) throws {
        let refusal = #expect(throws: Refusal.self) { try DeclaredDomain(text) }
        #expect(refusal?.explanation.code == "invalid_domain")
        #expect(refusal?.explanation.text?.contains(part) == true, "\(String(describing: refusal?.explanation.text))")
    }

    @Test func `237 characters fit, one more does not`() throws {
        let longest = String(repeating: "a.", count: 118) + "a"
        #expect(longest.utf8.count == 237)
        #expect(try DeclaredDomain(longest).description == longest)
        #expect(throws: Refusal.self) { try DeclaredDomain("a" + longest) }
    }

    @Test func `of several, a repetition counts once`() throws {
        #expect(
            try [DeclaredDomain](["b.example", "a.example", "B.example."]).map(\.description) == ["b.example", "a.example"])
        #expect(throws: Refusal.self) { try [DeclaredDomain](["a.example", "*.a.example"]) }
        #expect(try [DeclaredDomain](Array(repeating: "a.example", count: 100)).count == 1)
        #expect(throws: Refusal.tooManyDomains) { try [DeclaredDomain](Array(repeating: "a.example", count: 101)) }
    }

    @Test func `findings have short ids, and are not endless`() throws {
        for id in ["", "CAA", "a b", "a:b", String(repeating: "a", count: 33)] {
            #expect(DomainCheck.Finding(check: id, status: .error) == nil, "\(id)")
        }
        let finding = try #require(DomainCheck.Finding(check: "rfc8657-" + String(repeating: "a", count: 24), status: .info))
        let check = DomainCheck(.warning, leadsHere: nil, findings: Array(repeating: finding, count: 33))
        #expect(check.findings.count == 32)
    }

    @Test func `a place in the list of all is read back`() throws {
        let place = try DomainPlace(domain: DeclaredDomain("a.example"), delegate: DomainName("Web.d.example"))
        #expect(place.description == "a.example/web.d.example")
        #expect(DomainPlace(place.description) == place && DomainPlace("A.example./web.d.example.") == place)
        for text in ["", "a.example", "*.a/web.d.example", "a.example/a..b"] { #expect(DomainPlace(text) == nil, "\(text)") }
    }
}
