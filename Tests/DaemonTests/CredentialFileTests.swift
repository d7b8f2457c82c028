import ArgumentParser
import DelegateAPI
import Foundation
import TestSupport
import Testing

@testable import nuncio

/// Credential files as people, editors and other programs leave them.
struct CredentialFileTests {
    private static let credential = RegisterResponse(
        username: "c36f50e8-4632-44f0-83fe-e070fef28a10", password: "htB9mR9DYgcu9bX_afHF62erXaH2TS7bg9KW3F7Z",
        fulldomain: "8e5700ea-a4bf-41c7-8a77-e990661dcc6a.auth.example", subdomain: "8e5700ea-a4bf-41c7-8a77-e990661dcc6a",
        allowfrom: [], serverURL: "https://auth.example/")

    private static let lines = CredentialFormat.env.text(of: credential, domains: ["example.com"], server: "")

    private func read(_ octets: [UInt8], domain: String? = nil) throws -> CredentialFile {
        try CredentialFile(text: try SmallFile.text(Data(octets)), path: "file", domain: domain)
    }

    private func problem(_ text: String) -> String {
        do {
            let credential = try read(Array(text.utf8))
            return "\(try credential.serverURL(option: nil, path: "file").base) would get the key"
        } catch let failure as Failure {
            return failure.message
        } catch {
            return "\(error)"
        }
    }

    private func expectTheCredential(_ octets: [UInt8], _ what: String) throws {
        let file = try read(octets)
        #expect(file.username == Self.credential.username && file.password == Self.credential.password, "\(what)")
        #expect(file.subdomain == Self.credential.subdomain, "\(what)")
        #expect(try file.serverURL(option: nil, path: "file").base == "https://auth.example/", "\(what)")
    }

    @Test func `each form is read back, however an editor left it`() throws {
        for format in CredentialFormat.allCases {
            let text = format.text(of: Self.credential, domains: ["example.com"], server: "")
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            try expectTheCredential(Array(text.utf8), "\(format)")
            try expectTheCredential(mark + Array(text.utf8), "\(format) with a byte order mark")
            try expectTheCredential(Array((text.replacing("\n", with: "\r\n") + "\r\n").utf8), "\(format) with CR LF")
            try expectTheCredential(Array(("\n\t  " + text.replacing("\n", with: "  \n \t")).utf8), "\(format) with blanks")
            try expectTheCredential(
                [0xFF, 0xFE] + [UInt8](text.data(using: .utf16LittleEndian) ?? Data()), "\(format) in UTF-16")
        }
    }

    private static let shellLines: [(String, String)] = [
        ("ACMEDNS_BASE_URL=", "export\tACMEDNS_BASE_URL="),
        (
            "ACMEDNS_PASSWORD=htB9mR9DYgcu9bX_afHF62erXaH2TS7bg9KW3F7Z",
            "ACMEDNS_PASSWORD=\"htB9mR9DYgcu9bX_afHF62erXaH2TS7bg9KW3F7Z\"  # the key"
        ),
        ("ACMEDNS_BASE_URL=https://auth.example", "ACMEDNS_BASE_URL='https://auth'\".example\";"),
        (
            "ACMEDNS_SUBDOMAIN=",
            "# a comment\n; another\n\nEMAIL=you@example.com\nexport PATH=$HOME/bin:$PATH\nACMEDNS_SUBDOMAIN="
        ),
        ("ACMEDNS_USERNAME=", "ACMEDNS_USERNAME=\nACMEDNS_USERNAME="),
    ]

    @Test(arguments: shellLines) func `lines mean what they mean to a shell`(old: String, new: String) throws {
        try expectTheCredential(Array(Self.lines.replacing(old, with: new).utf8), new)
    }

    private static let wrongLines: [(String, String, String)] = [
        ("ACMEDNS_BASE_URL=https://auth.example\n", "", "does not say which server it is for"),
        ("https://auth.example", "", "does not say which server it is for"),
        ("https://auth.example", "''", "does not say which server it is for"),
        ("https://auth.example", "auth.example", "is not the URL of a server"),
        ("https://auth.example", "ftp://auth.example", "is not the URL of a server"),
        ("https://auth.example", "https://auth.example/update", "leave it out"),
        ("ACMEDNS_BASE_URL=", "ACMEDNS_BASEURL=", "line 1 sets ACMEDNS_BASEURL"),
        ("ACMEDNS_BASE_URL=", "ACMEDNS_BASE_URL: ", "line 1 is neither"),
        ("ACMEDNS_USERNAME=", "\u{FEFF}ACMEDNS_USERNAME=", "line 2 is neither"),
        ("ACMEDNS_BASE_URL=", "ACMEDNS_BASE_URL =", "line 1 is neither"),
        ("ACMEDNS_BASE_URL=", "set ACMEDNS_BASE_URL=", "line 1 is neither"),
        (
            "ACMEDNS_USERNAME=", "ACMEDNS_USERNAME='",
            "line 2 gives ACMEDNS_USERNAME a value that has a quote that is not closed"
        ),
        ("ACMEDNS_USERNAME=", "ACMEDNS_USERNAME=$USER", "line 2 gives ACMEDNS_USERNAME a value that a shell"),
        ("ACMEDNS_USERNAME=", "ACMEDNS_USERNAME=a ACMEDNS_X=", "has something after it"),
        ("ACMEDNS_PASSWORD=htB9mR9DYgcu9bX_afHF62erXaH2TS7bg9KW3F7Z", "ACMEDNS_PASSWORD=", "has no password"),
        ("ACMEDNS_SUBDOMAIN=", "# ACMEDNS_SUBDOMAIN=", "has no subdomain: “ACMEDNS_SUBDOMAIN”"),
        ("ACMEDNS_PASSWORD=htB", "ACMEDNS_PASSWORD=ht\u{E4}B", "characters that a credential cannot have"),
        // Two servers: the key belongs to one of them.
        (
            "ACMEDNS_USERNAME=", "ACMEDNS_BASE_URL=https://other.example\nACMEDNS_USERNAME=",
            "line 2 gives ACMEDNS_BASE_URL a value other than"
        ),
        ("ACMEDNS_SUBDOMAIN=", "ACMEDNS_BASE_URL=\nACMEDNS_SUBDOMAIN=", "gives ACMEDNS_BASE_URL a value other than"),
    ]

    @Test(arguments: wrongLines) func `what is not understood is told, and no other server is asked`(
        old: String, new: String, reason: String
    ) {
        let text = Self.lines.replacing(old, with: new)
        #expect(text != Self.lines && problem(text).contains(reason), "\(problem(text))")
        #expect(!problem(text).contains("htB9"))
    }

    private static let wrongJSON: [(String, String)] = [
        ("{\"username\":\"u\",\"password\":\"p\",\"subdomain\":\"s\"}", "does not say which server it is for"),
        (
            "{\"username\":\"u\",\"password\":\"p\",\"subdomain\":\"s\",\"server_url\":\"\"}",
            "does not say which server it is for"
        ),
        (
            "{\"username\":\"u\",\"password\":\"p\",\"subdomain\":\"s\",\"server_url\":null}",
            "does not say which server it is for"
        ),
        ("{\"username\":\"u\",\"password\":\"p\",\"subdomain\":\"s\",}", "is not JSON"),
        ("{\"username\":\"u\",\"password\":7,\"subdomain\":\"s\"}", "not strings"),
        ("{\"username\":\"u\",\"subdomain\":\"s\"}", "has no password: “password” is missing"),
        ("{\"username\":\"u\\r\\nX: y\",\"password\":\"p\",\"subdomain\":\"s\"}", "characters that a credential cannot have"),
        ("{\"username\":\"u\",\"password\":\"p\",\"group\":\"mail\"}", "a group’s credential"),
        (
            "{\"username\":\"u\",\"password\":\"p\",\"subdomain\":\"s\",\"server_url\":\"https://a\",\"server_url\":\"https://b\"}",
            "“server_url” twice"
        ),
        (
            "{\"a.b\":{\"username\":\"u\",\"server_url\":\"https://a\",\"server\\u005furl\":\"https://b\"}}",
            "“server_url” twice"
        ),
        ("{\"a.b\":{\"username\":\"u\"},\"a.b\":{\"username\":\"v\"}}", "“a.b” twice"),
        ("{}", "no credential in it"), ("{\"a\":[]}", "none of the formats"), ("", "has no user name"),
    ]

    @Test(arguments: wrongJSON) func `JSON without what is needed is told`(text: String, reason: String) {
        #expect(problem(text).contains(reason), "\(problem(text))")
    }

    @Test func `a domain is found in whatever case`() throws {
        let text = "{\"Example.com.\":\(Self.credential.json),\"b.example\":\(Self.credential.json)}"
        #expect(try read(Array(text.utf8), domain: "example.com").username == Self.credential.username)
        #expect(problem(text).contains("Example.com., b.example"))
    }

    @Test(arguments: [
        ("example.com", "example.com"), ("EXAMPLE.com.", "example.com"), ("xn--mn-xka.example.net", "xn--mn-xka.example.net"),
    ]) func `a domain is taken in the form in which clients look it up`(given: String, outcome: String) throws {
        #expect(try CertificateDomain.name(given) == outcome)
    }

    @Test(arguments: [
        "_acme-challenge.example.com", "_ACME-challenge", "*.example.com", "*._acme-challenge.a.net", "https://example.com/x",
        "example.com..",
        ".example.com",
        "example.com:443", "you@example.com", "192.0.2.1", "[2001:db8::1]", "m\u{FC}n.example", "",
        String(repeating: "a", count: 64) + ".example",
    ]) func `what is no domain of a certificate is refused`(given: String) {
        #expect(throws: (any Error).self) { try CertificateDomain.name(given) }
    }
}
