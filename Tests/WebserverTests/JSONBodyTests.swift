import DelegateAPI
import Delegates
import Foundation
import TestSupport
import Testing
import Webserver

/// Bodies are JSON by RFC 8259 at every route that reads one. The grammar itself is tested in `JSONDocumentTests`.
struct JSONBodyTests {
    /// Values that are not JSON, some of which Foundation's decoder would take.
    static let malformed = [
        "[1,]", "{\"a\":1,}", "01", "-", "[-]", "1.", ".5", "+1", "-01", "1.e1", "1e", "NaN", "Infinity", "-Infinity",
        "\"\\a\"", "\"\\x41\"",
        "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\\ud800\"", "\"\\u12\"", "tru", "nulll", "'a'", "[1 2]", "{\"a\" 1}", "{a:1}",
        "[1}", "/*x*/1", "1 //x", "",
        "[\u{C}]", "0x1",
    ]

    @Test func `an update with something that is not JSON in it is refused, and to a stranger as ever`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let headers = ["X-Api-User: \(credential.username)", "X-Api-Key: \(credential.password)"]
            let fields = "\"subdomain\":\"\(credential.subdomain)\",\"txt\":\"\(Samples.value(1).text)\""
            for value in Self.malformed {
                for body in ["{\(fields),\"x\":\(value)}", "{\"x\":\(value),\(fields)}", "{\"x\":[\(value)],\(fields)}"]
                where value != "" || !body.contains("[]") {
                    let answer = try await server.http.send("POST", "/update", headers: headers, body: body)
                    #expect(answer.status == 400, "\(body)")
                    let error = try server.errorResponse(answer)
                    #expect(error.error == "malformed_json_payload")
                    #expect(error.detail?.contains("octet ") == true, "\(error)")
                    let stranger = try await server.http.send(
                        "POST", "/update", headers: [headers[0], "X-Api-Key: \(credential.password)x"], body: body)
                    #expect(stranger.status == 401 && stranger.body == "{\"error\": \"forbidden\"}")
                }
            }
            #expect(try server.published(credential) == [])
        }
    }

    @Test func `an update with anything that is JSON in it is taken`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let headers = ["X-Api-User: \(credential.username)", "X-Api-Key: \(credential.password)"]
            let fields = "\"subdomain\":\"\(credential.subdomain)\",\"txt\":\"\(Samples.value(1).text)\""
            for value in [
                "null", "-0", "1e999999", "[[],{}]", "\"\\ud83d\\ude00\\u0000\"", "\"é😀\u{7F}\"",
                #"{"a":1,"a":2,"txt":"","txt":""}"#, " 1.5E-3 ",
                String(repeating: "[", count: 511) + String(repeating: "]", count: 511),
            ] {
                for body in [
                    "{\(fields),\"x\":\(value)}", "\r\n\t {\"x\":\(value),\(fields)} ", "{\"x\":1,\"x\":\(value),\(fields)}",
                ] {
                    let answer = try await server.http.send("POST", "/update", headers: headers, body: body)
                    #expect(answer.status == 200, "\(body) \(answer.body)")
                }
            }
        }
    }

    @Test func `a field that is there twice is refused, in whatever case`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let headers = ["X-Api-User: \(credential.username)", "X-Api-Key: \(credential.password)"]
            let (subdomain, value) = (credential.subdomain, Samples.value(1).text)
            for (body, field) in [
                (#"{"subdomain":"\#(subdomain)","txt":"\#(value)","txt":"\#(value)"}"#, "txt"),
                (#"{"subdomain":"\#(subdomain)","txt":"\#(value)","Txt":"\#(Samples.value(2).text)"}"#, "txt"),
                (#"{"subdomain":"\#(subdomain)","t\u0078t":"\#(value)","txt":"\#(value)"}"#, "txt"),
                (#"{"subdomain":"x","SubDomain":"\#(subdomain)","txt":"\#(value)"}"#, "subdomain"),
            ] {
                let answer = try await server.http.send("POST", "/update", headers: headers, body: body)
                #expect(answer.status == 400, "\(body)")
                let error = try server.errorResponse(answer)
                #expect(error.error == "malformed_json_payload" && error.detail?.contains("“\(field)” is given twice") == true)
            }
            #expect(try server.published(credential) == [])
            let answer = try await server.http.send(
                "POST", "/register", body: #"{"allowfrom":["192.0.2.1/32"],"allowfrom":[]}"#)
            #expect(try answer.status == 400 && server.errorResponse(answer).error == "malformed_json_payload")
            #expect(try await server.http.send("POST", "/register", body: #"{"a":1,"a":2}"#).status == 201)
        }
    }

    @Test func `who registers or makes a key sends JSON, or nothing at all`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register()
            let headers = ["X-Api-User: \(credential.username)", "X-Api-Key: \(credential.password)"]
            let id = credential.username
            for body in [
                " ", "\n", "\u{A0}null", "null null", "{}{}", "{} x", "{\"allowfrom\":[],}",
                "{\"allowfrom\":[\"192.0.2.0/24\",]}", "{\"allowfrom\":[\"192.0.2.0\\/24\",\"\\x\"]}",
                "{\"allowfrom\":null,\"x\":01}", "\u{FEFF}{}", "{\"label\":\"a\tb\"}", "{\"label\":\"\\ud800\"}",
                "{\"expires\":null,\"expires\":null}",
            ] {
                for (method, path) in [("POST", "/register"), ("POST", "/api/v1/keys"), ("PATCH", "/api/v1/keys/\(id)")]
                where path != "/register" || !body.contains("expires") {
                    let answer = try await server.http.send(method, path, headers: headers, body: body)
                    #expect(answer.status == 400, "\(path) \(body) \(answer.body)")
                    let error = try server.errorResponse(answer)
                    #expect(error.error == "malformed_json_payload" && error.detail != nil)
                }
            }
            let empty = try await server.http.send("PATCH", "/api/v1/keys/\(id)", headers: headers, body: "")
            #expect(try empty.status == 400 && server.errorResponse(empty).detail == "there is no body: an object is expected")
        }
    }

    @Test func `the operator's API reads JSON alone`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            _ = try await api.send("POST", "delegates", body: #"{"name":"web1"}"#)
            _ = try await api.send("POST", "groups", body: #"{"label":"mail"}"#)
            for (method, path, body) in [
                ("POST", "delegates", #"{"name":"web2",}"#), ("POST", "delegates", " "),
                ("POST", "delegates", #"{"name":"web2"} x"#),
                ("POST", "delegates", #"{"name":"web2","name":"web3"}"#), ("POST", "delegates", #"{"name":"web\2"}"#),
                ("POST", "delegates", #"{"prepared":true,"prepared":true}"#), ("POST", "groups", #"{"label":"x",}"#),
                ("POST", "groups", #"{"label":"x","label":"y"}"#), ("POST", "groups", "{}"), ("POST", "groups", ""),
                ("POST", "tokens", #"{"label":"x","quota":01}"#),
                ("POST", "tokens", #"{"label":"x","quota":1.5}"#),
                ("POST", "tokens", #"{"label":"x","quota":99999999999999999999}"#),
                ("POST", "tokens", #"{"label":"x","quota":+1}"#),
                ("POST", "delegates/web1/rotate", #"{"overlap_seconds":00}"#),
                ("POST", "delegates/web1/rotate", #"{"overlap_seconds":1,"overlap_seconds":2}"#),
                ("POST", "groups/mail/rotate", #"{"label":"x"}}"#), ("POST", "delegates/web1/keys", #"{"label":"x""#),
                ("POST", "groups/mail/keys", "[,]"),
                ("POST", "dnssec/d.example/rollover", #"{"key":"csk",}"#),
                ("POST", "dnssec/d.example/rollover", #"{"kee":"csk"}"#),
            ] {
                let answer = try await api.send(method, path, body: body)
                #expect(answer.status == 400, "\(path) \(body) \(answer.body)")
                let error = try api.decode(ErrorResponse.self, answer)
                #expect(error.error == "malformed_json_payload", "\(path) \(body) \(error)")
            }
            for (body, detail) in [
                ("{}", "“label” is missing"),
                (#"{"label":"x","quota":1.5}"#, "a number is too large, or not a whole number"),
                (#"{"label":"x","quota":"1"}"#, "“quota” has the wrong type"),
                (
                    #"{"label":"x","Quota":1}"#,
                    "“Quota” is not a field of this request, which has label, quota, expires"
                ),
            ] {
                let answer = try await api.send("POST", "tokens", body: body)
                #expect(try api.decode(ErrorResponse.self, answer).detail == detail, "\(answer.body)")
            }
            #expect(api.table.count == 1)
        }
    }
}
