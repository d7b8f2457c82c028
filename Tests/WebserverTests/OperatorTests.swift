import DNS
import DelegateAPI
import Delegates
import Foundation
import TestSupport
import Testing
import Webserver

/// The operator's API.
struct OperatorTests {
    private func expect(_ answer: RawHTTP.Answer, _ status: Int, _ code: String, _ what: String = "") throws {
        #expect(answer.status == status, "\(what): \(answer.body)")
        let error = try JSONDecoder().decode(ErrorResponse.self, from: Data(answer.body.utf8))
        #expect(error.error == code && error.detail != nil, "\(what): \(answer.body)")
    }

    @Test func `a delegate is made, shown, disabled, enabled, and ended for ever`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            let body = #"{"name":"web1","label":"first","allowfrom":["192.0.2.0/24"],"expires":"2099-01-31T12:00:00+01:00"}"#
            let made = try await api.send("POST", "delegates", body: body)
            #expect(made.status == 201)
            let key = try api.decode(NewKeyResponse.self, made)
            #expect(key.fulldomain == "web1.d.example" && key.subdomain == "web1" && key.label == "first")
            #expect(key.expires == "2099-01-31T11:00:00Z" && key.serverUrl == "https://auth.example.net/")
            #expect(api.table.isEnrolled(try api.name("web1")))

            func details() async throws -> DelegateDetails {
                let answer = try await api.send("GET", "delegates/web1")
                #expect(answer.status == 200)
                return try api.decode(DelegateDetails.self, answer)
            }
            var shown = try await details()
            #expect(shown.summary.state == "unused" && shown.keys.map(\.id) == [key.username])
            #expect(shown.cname.hasSuffix("CNAME web1.d.example."))
            #expect(try await api.send("POST", "delegates/web1/disable").status == 204)
            shown = try await details()
            #expect(shown.summary.state == "disabled" && shown.keys.map(\.state) == [.disabled])
            #expect(try await api.send("POST", "delegates/web1.d.example/enable").status == 204)
            #expect(try await api.send("DELETE", "delegates/web1").status == 204)
            shown = try await details()
            #expect(shown.summary.state == "deleted" && shown.keys.isEmpty)
            try expect(try await api.send("POST", "delegates", body: body), 409, "name_deleted")
            for path in ["delegates/web1", "delegates/web1/keys/\(key.username)"] {
                try expect(try await api.send("DELETE", path), 404, "no_such_delegate", path)
            }
        }
    }

    @Test func `a delegate is shown with its values, and with the networks that asked for them`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            #expect(try await api.send("POST", "delegates", body: #"{"name":"web1"}"#).status == 201)
            let name = try api.name("web1")
            func details() async throws -> DelegateDetails {
                try api.decode(DelegateDetails.self, try await api.send("GET", "delegates/web1"))
            }
            var shown = try await details()
            #expect(shown.values == [] && shown.lastPublished == nil && shown.asked == nil)
            for (index, age) in [30, 5].enumerated() {
                api.table.publish(
                    Samples.value(index), at: name, sequence: ChangeSequence(UInt64(1_000 + index)),
                    published: Samples.start.advanced(by: .seconds(-age)), now: Samples.start)
            }
            api.table.noteQueries(from: ["192.0.2.1", "198.51.100.1"], at: name)
            shown = try await details()
            #expect(shown.values == [Samples.value(0).text, Samples.value(1).text] && shown.valueAgesSeconds == [30, 5])
            #expect(shown.lastPublished == "2027-01-15T07:59:55Z")
            #expect(shown.asked == AskedDescription(networks: 2, atLeast: false))
        }
    }

    @Test(arguments: [
        (#"{"name":"a.b"}"#, 400, "invalid_name"), (#"{"name":"*"}"#, 400, "invalid_name"),
        (#"{"name":""}"#, 400, "invalid_name"), (#"{"name":"mün"}"#, 400, "invalid_name"),
        (#"{"name":"-a"}"#, 400, "invalid_name"), (#"{"name":"a-"}"#, 400, "invalid_name"),
        (#"{"name":"xn--a"}"#, 400, "invalid_name"), (#"{"name":"https://web1.d.example"}"#, 400, "invalid_name"),
        (#"{"name":"web1.d.example:53"}"#, 400, "invalid_name"), (#"{"name":"a b"}"#, 400, "invalid_name"),
        (#"{"name":"ns1"}"#, 400, "invalid_name"), (#"{"nmae":"web1"}"#, 400, "malformed_json_payload"),
        (#"{"name":1}"#, 400, "malformed_json_payload"), (#"{"allowfrom":["192.0.2.1"]}"#, 400, "invalid_allowfrom_cidr"),
        (#"{"expires":"2001-01-01T00:00:00Z"}"#, 400, "invalid_expiry"), (#"{"expires":"tomorrow"}"#, 400, "invalid_time"),
        (#"{"expires":"2099-02-30T00:00:00Z"}"#, 400, "invalid_time"),
        (#"{"expires":"2099-01-31T12:00:00Zx"}"#, 400, "invalid_time"),
        (#"{"expires":"2099-1-31T12:00:00Z"}"#, 400, "invalid_time"),
        // The years 10000 and -1, in UTC.
        (#"{"expires":"9999-12-31T23:59:59-01:00"}"#, 400, "invalid_time"),
        (#"{"expires":"0000-01-01T00:00:00+01:00"}"#, 400, "invalid_time"),
        (#"{"label":"a\nb"}"#, 400, "invalid_label"), (#"{"prepared":true,"label":"x"}"#, 400, "malformed_json_payload"),
        (#"{"token":"nobody"}"#, 404, "no_such_token"), (#"{"token":"No Label"}"#, 400, "invalid_label"),
        ("[", 400, "malformed_json_payload"),
    ])
    func `what makes no delegate is told why`(body: String, status: Int, code: String) async throws {
        try await RunningOperatorAPI.run { api async throws in
            try expect(try await api.send("POST", "delegates", body: body), status, code, body)
            #expect(api.table.count == 0)
        }
    }

    @Test func `delegates are listed in pages, with their keys where that is wanted`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            for index in 0..<5 {
                #expect(try await api.send("POST", "delegates", body: "{\"name\":\"n\(index)\"}").status == 201)
            }
            #expect(try await api.send("POST", "delegates", body: #"{"name":"p","prepared":true}"#).status == 201)
            func page(_ query: String) async throws -> DelegatePageResponse {
                try api.decode(DelegatePageResponse.self, try await api.send("GET", "delegates?" + query))
            }
            let first = try await page("limit=4")
            #expect(first.delegates.map(\.name) == (0..<4).map { "n\($0).d.example" } && first.next == "n3.d.example")
            #expect(first.delegates.allSatisfy { $0.keyList == nil && $0.keys == 1 })
            let last = try await page("limit=4&after=n3.d.example&keys=true")
            #expect(last.delegates.map(\.state) == ["unused", "prepared"] && last.next == nil)
            #expect(last.delegates.map { $0.keyList?.count } == [1, nil])
            #expect(try await page("state=prepared").delegates.map(\.name) == ["p.d.example"])
            #expect(try await page("text=N2").delegates.map(\.name) == ["n2.d.example"])
            try expect(try await api.send("GET", "delegates?state=odd"), 400, "invalid_choice")
            for text in ["=x", "=-1", "=+1", "=", "", "=18446744073709551616"] {
                try expect(try await api.send("GET", "delegates?limit\(text)"), 400, "invalid_number", text)
            }
            try expect(try await api.send("GET", "delegates?after=a..b"), 400, "invalid_name")
            for name in ["m%C3%BCn.d.example", "https%3A%2F%2Fd.example", "a..b", "192.0.2.1"] {
                try expect(try await api.send("GET", "trace?name=\(name)"), 400, "invalid_name", name)
            }
            try expect(try await api.send("GET", "delegates?keys=yes"), 400, "invalid_choice")
            for path in ["delegates?text=%ff", "trace?name=%ff%fe", "audit?delegate=%ff"] {
                try expect(try await api.send("GET", path), 400, "invalid_text", path)
            }
            let escaped = try await api.send("GET", "delegates/n%31%2ed.example")
            #expect(try api.decode(DelegateDetails.self, escaped).summary.name == "n1.d.example")
        }
    }

    @Test(arguments: ["delegates/web1", "groups/mail"])
    func `keys of a delegate and of a group are made, changed, rotated and ended`(owner: String) async throws {
        try await RunningOperatorAPI.run { api async throws in
            try expect(
                try await api.send("GET", owner + "/keys"), 404, owner.hasPrefix("g") ? "no_such_group" : "no_such_delegate")
            _ = try await api.send("POST", "delegates", body: #"{"name":"web1","prepared":true}"#)
            _ = try await api.send("POST", "groups", body: #"{"label":"mail"}"#)
            func make(_ body: String? = nil) async throws -> NewKeyResponse {
                let answer = try await api.send("POST", owner + "/keys", body: body)
                #expect(answer.status == 201, "\(answer.body)")
                return try api.decode(NewKeyResponse.self, answer)
            }
            func keys() async throws -> [KeyDescription] {
                try api.decode(KeyListResponse.self, try await api.send("GET", owner + "/keys")).keys
            }
            let first = try await make()
            #expect((first.group == "mail") == owner.hasPrefix("g") && (first.fulldomain == nil) == owner.hasPrefix("g"))
            let second = try await make(#"{"label":"second","expires":null}"#)
            try expect(try await api.send("POST", owner + "/keys"), 409, "too_many_keys")
            let edited = try await api.send(
                "PATCH", owner + "/keys/\(first.username)", body: #"{"allowfrom":["192.0.2.0/24"],"label":"first"}"#)
            #expect(try api.decode(KeyDescription.self, edited).allowfrom == ["192.0.2.0/24"])
            #expect(Set(try await keys().map(\.label)) == ["first", "second"])
            #expect(try await api.send("DELETE", owner + "/keys/\(second.username)").status == 204)
            try expect(try await api.send("DELETE", owner + "/keys/\(first.username)"), 409, "last_key")
            try expect(try await api.send("DELETE", owner + "/keys/\(second.username)"), 404, "no_such_key")
            try expect(try await api.send("DELETE", owner + "/keys/x"), 404, "no_such_key")

            let rotated = try await api.send("POST", owner + "/rotate")
            #expect(rotated.status == 201)
            let ends = try await keys().first { $0.id == first.username }?.expires
            #expect(api.storage.events.last?.address == "127.0.0.1")
            #expect(ends == "2027-01-16T08:00:00Z")
            let atOnce = try await api.send("POST", owner + "/rotate", body: #"{"overlap_seconds":0,"label":"last"}"#)
            #expect(try await keys().map(\.id) == [api.decode(NewKeyResponse.self, atOnce).username])
            for body in [#"{"overlap_seconds":-1}"#, #"{"overlap_seconds":31536001}"#, #"{"overlap":1}"#] {
                try expect(try await api.send("POST", owner + "/rotate", body: body), 400, "malformed_json_payload", body)
            }
        }
    }

    @Test func `a part of a path means the same with its characters encoded`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            _ = try await api.send("POST", "delegates", body: #"{"name":"web1"}"#)
            for path in ["delegates/web%31", "%64elegates/%77eb1.d%2Eexample", "delegates/%57EB1/%6Beys"] {
                #expect(try await api.send("GET", path).status == 200, "\(path)")
            }
            for path in ["delegates/web%2531", "delegates/web1%2Fkeys", "delegates%2Fweb1", "delegates/%%77eb1"] {
                #expect(try await api.send("GET", path).status >= 400, "\(path)")
            }
            // An encoded Unicode name is decoded, so that the answer can give its A-label.
            let unicode = try await api.send("GET", "delegates/m%C3%BCn")
            #expect(unicode.body.contains("“mün”") || unicode.body.contains("xn--"))
            let zone = try await api.send("POST", "dnssec/%64%2Eexample/%63ancel")
            try expect(zone, 404, "no_such_zone")
            #expect(zone.body.contains("“d.example”"))
            _ = try await api.send("POST", "tokens", body: #"{"label":"t1"}"#)
            #expect(try await !api.send("GET", "tokens").body.contains("\"revoked\""))
            #expect(try await api.send("DELETE", "%74okens/t%31").status == 204)
            #expect(try await api.send("GET", "tokens").body.contains("\"revoked\""))
        }
    }

    @Test func `another's key is not there`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            for name in ["web1", "web2"] { _ = try await api.send("POST", "delegates", body: "{\"name\":\"\(name)\"}") }
            let keys = try api.decode(KeyListResponse.self, try await api.send("GET", "delegates/web2/keys")).keys
            let path = "delegates/web1/keys/\(try #require(keys.first).id)"
            try expect(try await api.send("DELETE", path), 404, "no_such_key")
            try expect(try await api.send("PATCH", path, body: "{}"), 404, "no_such_key")
        }
    }

    @Test func `groups get members and lose them`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            #expect(try await api.send("POST", "groups", body: #"{"label":"Mail"}"#).status == 201)
            try expect(try await api.send("POST", "groups", body: #"{"label":"mail"}"#), 409, "group_taken")
            for label in ["", "a b", ".", "..", ".a", String(repeating: "a", count: 65), "ä", "\u{212A}elvin"] {
                try expect(try await api.send("POST", "groups", body: "{\"label\":\"\(label)\"}"), 400, "invalid_label", label)
            }
            try expect(try await api.send("PUT", "groups/mail/members/web1"), 404, "no_such_delegate")
            _ = try await api.send("POST", "delegates", body: #"{"name":"web1"}"#)
            #expect(try await api.send("PUT", "groups/mail/members/web1").status == 204)
            try expect(try await api.send("PUT", "groups/other/members/web1"), 404, "no_such_group")
            let shown = try api.decode(GroupDetails.self, try await api.send("GET", "groups/mail"))
            #expect(shown.delegates == ["web1.d.example"])
            let details = try api.decode(DelegateDetails.self, try await api.send("GET", "delegates/web1"))
            #expect(details.groups == ["mail"])
            #expect(try await api.send("DELETE", "groups/mail/members/web1").status == 204)
            try expect(try await api.send("DELETE", "groups/mail/members/web1"), 404, "no_such_delegate")
            let list = try api.decode(GroupListResponse.self, try await api.send("GET", "groups"))
            #expect(list.groups.map(\.delegates) == [0])
            #expect(try await api.send("DELETE", "groups/mail").status == 204)
            try expect(try await api.send("DELETE", "groups/mail"), 404, "no_such_group")
        }
    }

    @Test func `tokens are shown once, and revoked`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            let made = try await api.send(
                "POST", "tokens", body: #"{"label":"team","quota":2,"expires":"2099-01-01T00:00:00Z"}"#)
            let token = try api.decode(NewTokenResponse.self, made)
            #expect(made.status == 201 && token.url == "https://auth.example.net/t/\(token.token)/")
            try expect(try await api.send("POST", "tokens", body: #"{"label":"team"}"#), 409, "token_taken")
            for quota in ["0", "-1", "1000001"] {
                try expect(
                    try await api.send("POST", "tokens", body: "{\"label\":\"b\",\"quota\":\(quota)}"), 400, "invalid_quota",
                    quota)
            }
            let listed = try await api.send("GET", "tokens")
            #expect(!listed.body.contains(token.token))
            #expect(try api.decode(TokenListResponse.self, listed).tokens.map(\.state) == ["good"])
            #expect(try await api.send("DELETE", "tokens/team").status == 204)
            try expect(try await api.send("DELETE", "tokens/other"), 404, "no_such_token")
            #expect(
                try api.decode(TokenListResponse.self, try await api.send("GET", "tokens")).tokens.map(\.state) == ["revoked"])
        }
    }

    @Test func `the audit log is shown in pages, of all or of one delegate`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            for name in ["web1", "web2"] { _ = try await api.send("POST", "delegates", body: "{\"name\":\"\(name)\"}") }
            _ = try await api.send("DELETE", "delegates/web1")
            func page(_ query: String) async throws -> HistoryResponse {
                try api.decode(HistoryResponse.self, try await api.send("GET", "audit" + query))
            }
            let all = try await page("").events
            #expect(all.map(\.event) == ["deleted", "enrolled", "enrolled"])
            #expect(all.allSatisfy { $0.actor == "operator" })
            let ofOne = try await page("?delegate=web1").events
            #expect(ofOne.map(\.number) == [3, 1])
            let one = try await page("?limit=1&before=3").events
            #expect(one.map(\.delegate) == ["web2.d.example"])
            let digest = String(repeating: "a", count: 64)
            let verdict = try await api.send("GET", "audit/verify?noted=7:\(digest)")
            #expect(try api.decode(AuditVerdictResponse.self, verdict).number == 7)
            try expect(try await api.send("GET", "audit/verify?noted=7"), 400, "invalid_number")
        }
    }

    @Test func `a refused reload is a conflict with its reasons`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            let answer = try await api.send("POST", "reload")
            #expect(answer.status == 409 && answer.body == #"{"problems":["no"],"reloaded":false}"#)
            #expect(try api.decode(StatusResponse.self, try await api.send("GET", "status")) == RunningOperatorAPI.status)
        }
    }

    @Test func `who follows queries gets a line for each, and the server does not wait for who is gone`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            let connection = try api.http.open()
            try await onThread { try connection.send(Array("GET /v1/trace HTTP/1.1\r\nHost: t\r\n\r\n".utf8)) }
            var text = ""
            while !text.contains("\r\n\r\n1\r\n\n") {
                text += String(decoding: try await onThread { try connection.receiveSome() ?? [] }, as: UTF8.self)
            }
            api.trace.yield(
                TraceLine(
                    time: "t", address: "a", transport: "udp", name: "n.", type: "TXT", rcode: "NOERROR", answers: 1, octets: 2,
                    truncated: false, lost: 0))
            while !text.contains("\"rcode\":\"NOERROR\"") {
                text += String(decoding: try await onThread { try connection.receiveSome() ?? [] }, as: UTF8.self)
            }
        }
    }

    @Test func `over TCP only who has the token is let in, and told nothing else`() async throws {
        let token = String(repeating: "k", count: 40)
        try await RunningOperatorAPI.run(token: token) { api async throws in
            for headers in [
                [], ["Authorization: Bearer x"], ["Authorization: Basic \(token)"], ["Authorization: \(token)"],
                ["Authorization: Bearer \(token)x"], ["X-Api-Key: \(token)"],
            ] {
                for (method, path) in [("GET", "status"), ("POST", "delegates"), ("DELETE", "delegates/x"), ("GET", "nothing")]
                {
                    let answer = try await api.send(method, path, headers: headers)
                    #expect(answer.status == 401 && answer.body.contains("operator_token_needed"), "\(headers) \(path)")
                }
            }
            #expect(try await api.send("GET", "status", headers: ["Authorization: Bearer \(token)"]).status == 200)
            #expect(try await api.send("GET", "status", headers: ["authorization: bearer  \(token) "]).status == 200)
            try await waitUntil("the refusals are in the audit log") { !api.storage.events.isEmpty }
            #expect(api.storage.events.allSatisfy { $0.detail == "operator token" && $0.address == "127.0.0.1" })
        }
    }
}
