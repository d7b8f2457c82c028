import Authority
import DNS
import Delegates
import TestSupport
import Testing

/// The rules for a query's EDNS options, signature and class.
struct OptionTests {
    private func query(_ options: [EDNSOption], name: String = SampleServer.published, type: RecordType = .txt) throws
        -> QueryOctets
    {
        try QueryOctets(name, type, edns: EDNS(payloadSize: 1232)).with { query in
            for option in options {
                for number in [option.code.rawValue, UInt16(option.data.count)] {
                    query.ednsOptions += [UInt8(number >> 8), UInt8(number & 0xFF)]
                }
                query.ednsOptions += option.data
            }
        }
    }

    private static func octets(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    // MARK: Cookies

    /// RFC 9018 appendix A; in the last example the secret has been rolled over.
    @Test(arguments: [
        (
            "2464c4abcf10c957", "010000005cf79f111f8130c3eee29480", "198.51.100.100", "e5e973e5a6b2a43f48e7dc849e37bfcf",
            1_559_731_985
        ),
        (
            "2464c4abcf10c957", "010000005cf7a871d4a564a1442aca77", "198.51.100.100", "e5e973e5a6b2a43f48e7dc849e37bfcf",
            1_559_734_385
        ),
        (
            "22681ab97d52c298", "010000005cf7c57926556bd0934c72f8", "2001:db8:220:1:59de:d0f4:8769:82b8",
            "dd3bdf9344b678b185a6f5cb60fca715", 1_559_741_817
        ),
        (
            "22681ab97d52c298", "010000005cf7c609a6bb79d16625507a", "2001:db8:220:1:59de:d0f4:8769:82b8",
            "445536bcd2513298075a5d379663c962", 1_559_741_961
        ),
    ])
    func `server cookies are those of RFC 9018`(client: String, server: String, address: String, secret: String, time: Int64)
        throws
    {
        let cookies = ServerCookies(secrets: [Self.octets(secret)])
        let outcome = cookies.answer(
            to: Self.octets(client), from: try #require(IPAddress(address)), now: Timestamp(secondsSinceEpoch: time))
        #expect(outcome == CookieAnswer(octets: Self.octets(client + server), isValid: false))
    }

    /// RFC 9018 appendix A.3. The reply comes 1 h 52 min after the cookie was made: the cookie is renewed, but no longer valid.
    @Test func `reserved octets that another server set are part of what is verified`() throws {
        let cookies = ServerCookies(secrets: [Self.octets("e5e973e5a6b2a43f48e7dc849e37bfcf")])
        let option = Self.octets("fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5")
        let address = try #require(IPAddress("203.0.113.203"))
        func outcome(_ option: [UInt8], at time: Int64) -> CookieAnswer? {
            cookies.answer(to: option, from: address, now: Timestamp(secondsSinceEpoch: time))
        }
        #expect(outcome(option, at: 1_559_727_985) == CookieAnswer(octets: option, isValid: true))
        let fresh = Self.octets("fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e")
        #expect(outcome(option, at: 1_559_734_700) == CookieAnswer(octets: fresh, isValid: false))
        var changed = option
        changed[9] ^= 1
        #expect(outcome(changed, at: 1_559_727_985)?.isValid == false)
    }

    @Test(arguments: [0, 1, 7, 9, 15, 41, 64])
    func `an option of no cookie's length is a format error`(length: Int) throws {
        let server = try SampleServer()
        let response = try server.ask(try query([EDNSOption(.cookie, [UInt8](repeating: 1, count: length))]))
        #expect(response.responseCode == .formatError)
    }

    @Test func `a cookie is given, accepted, refreshed after half an hour, and no longer accepted after one`() throws {
        let secrets = [[UInt8](repeating: 7, count: 16)]
        var server = try SampleServer(cookies: ServerCookies(secrets: secrets))
        let first = try server.ask(try query([EDNSOption(.cookie, Self.octets("0102030405060708"))]))
        let cookie = try #require(first.edns?.option(.cookie))
        #expect(cookie.count == 24 && cookie.prefix(8) == Self.octets("0102030405060708")[...] && first.texts.count == 2)
        let start = server.now
        for (age, isSame, isValid) in [
            (0, true, true), (1800, true, true), (1801, false, true), (3600, false, true), (3601, false, false),
        ] {
            server.now = start.advanced(by: .seconds(age))
            let sent = try server.ask(try query([EDNSOption(.cookie, cookie)])).edns?.option(.cookie)
            #expect((sent == cookie) == isSame)
            let outcome = ServerCookies(secrets: secrets).answer(to: cookie, from: Samples.client, now: server.now)
            #expect(outcome?.isValid == isValid, "age \(age)")
        }
        let elsewhere = ServerCookies(secrets: secrets).answer(
            to: cookie, from: try #require(IPAddress("192.0.2.1")), now: start)
        #expect(elsewhere?.isValid == false)
    }

    @Test func `cookies carry the system's time where they are given it`() throws {
        let secret = [UInt8](repeating: 7, count: 16)
        let ahead = Samples.start.advanced(by: .seconds(5000))
        let client = Self.octets("0102030405060708")
        let told = ServerCookies(secrets: [secret], systemTime: { ahead }).answer(
            to: client, from: Samples.client, now: Samples.start)
        #expect(told == ServerCookies(secrets: [secret]).answer(to: client, from: Samples.client, now: ahead))
    }

    @Test func `both of two secrets are accepted, and random ones change after a day`() throws {
        let (old, new) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16))
        func cookie(_ cookies: ServerCookies, _ option: [UInt8], now: Timestamp = Samples.start) -> ([UInt8], Bool) {
            cookies.answer(to: option, from: Samples.client, now: now).map { ($0.octets, $0.isValid) } ?? ([], false)
        }
        let client = Self.octets("0102030405060708")
        let (given, _) = cookie(ServerCookies(secrets: [old]), client)
        #expect(cookie(ServerCookies(secrets: [new, old]), given).1)
        #expect(!cookie(ServerCookies(secrets: [new]), given).1)

        let rotating = ServerCookies(secrets: [])
        let before = Samples.start.advanced(by: .seconds(86_399))
        _ = cookie(rotating, client)
        let (last, _) = cookie(rotating, client, now: before)
        #expect(cookie(rotating, last, now: before.advanced(by: .seconds(2))).1)
        let (fresh, _) = cookie(rotating, client, now: before.advanced(by: .seconds(2)))
        #expect(fresh != cookie(rotating, client, now: before).0)
    }

    @Test func `a query without question is one for a cookie, or a format error`() throws {
        let server = try SampleServer()
        let asking = try query([EDNSOption(.cookie, Self.octets("0102030405060708"))]).with { $0.questions = [] }
        let response = try server.ask(asking)
        #expect(response.responseCode == .noError && response.edns?.option(.cookie)?.count == 24 && response.questions.isEmpty)
        #expect(try server.ask(try query([]).with { $0.questions = [] }).responseCode == .formatError)
        // A client that shows a cookie is told whether it is good.
        let given = try #require(response.edns?.option(.cookie))
        func code(_ option: [UInt8]) throws -> ResponseCode {
            try server.ask(try query([EDNSOption(.cookie, option)]).with { $0.questions = [] }).responseCode
        }
        #expect(try code(given) == .noError)
        #expect(try code(given.dropLast() + [given.last.map { $0 ^ 1 } ?? 0]) == .badCookie)
    }

    // MARK: NSID, keepalive, padding

    @Test func `NSID is told to who asks, if there is one`() throws {
        let asking = try query([EDNSOption(.nsid, [])])
        #expect(try SampleServer().ask(asking).edns?.options == [])
        let named = try SampleServer(identity: ServerIdentity(identifier: "ns1.example"))
        #expect(try named.ask(asking).edns?.option(.nsid) == Array("ns1.example".utf8))
        #expect(try named.ask(try query([])).edns?.options == [])
    }

    @Test func `the time that a connection is kept is told over TCP and TLS alone`() throws {
        let server = try SampleServer()
        let asking = try query([EDNSOption(.tcpKeepalive, [])])
        #expect(try server.ask(asking, over: .udp).edns?.options == [])
        #expect(try server.ask(asking, over: .tcp).edns?.option(.tcpKeepalive) == [0, 100])
        #expect(try server.ask(asking, over: .tls).edns?.option(.tcpKeepalive) == [0, 100])
        #expect(try server.ask(try query([]), over: .tcp).edns?.options == [])
    }

    @Test func `responses over TLS are padded to blocks of 468 octets where that is wanted`() throws {
        let server = try SampleServer()
        for index in 1...40 {
            server.publish(Samples.value(index), sequence: UInt64(index + 10))
            let padded = try server.ask(try query([EDNSOption(.padding, [0, 0])]), over: .tls)
            #expect(padded.length.isMultiple(of: 468) && padded.texts.count == max(2, index), "\(padded.length)")
        }
        #expect(try !server.ask(try query([]), over: .tls).length.isMultiple(of: 468))
        #expect(try server.ask(try query([EDNSOption(.padding, [0])]), over: .tcp).edns?.option(.padding) == nil)
    }

    @Test func `beside the longest names the question keeps its place`() throws {
        let label = String(repeating: "a", count: 63)
        let long = "\(label).\(label).\(label).\(String(repeating: "a", count: 51)).d.example."
        let server = try SampleServer(identity: ServerIdentity(identifier: String(repeating: "i", count: 255)))
        let response = try server.ask(try query([EDNSOption(.nsid, [])], name: long).with { $0.edns?.payloadSize = 512 })
        #expect(response.questions.count == 1 && response.edns != nil && response.length <= 512)
        let chaos = try QueryOctets("id.server.", .txt, class: .chaos)
        #expect(try server.ask(chaos, over: .tcp).texts == [String(repeating: "i", count: 255)])
    }

    // MARK: Extended errors

    @Test func `why there is no answer is told to who has EDNS`() throws {
        let server = try SampleServer()
        func reason(_ query: QueryOctets) throws -> [UInt8]? { try server.ask(query).edns?.option(.extendedError) }
        #expect(try reason(query([], name: "elsewhere.test.")) == [0, 20])
        #expect(try reason(query([], type: .axfr)) == [0, 18])
        #expect(try reason(query([]).with { $0.flags = 5 << 11 }) == [0, 21])
        #expect(try reason(query([])) == nil)
        #expect(try server.ask("elsewhere.test.", .a, edns: nil).edns == nil)
    }

    @Test func `answers given while the storage fails are marked as perhaps stale`() throws {
        let server = try SampleServer()
        server.table.setStale(true)
        let response = try server.ask(try query([]))
        #expect(response.texts.count == 2 && response.edns?.option(.extendedError) == [0, 3])
        server.table.setStale(false)
        #expect(try server.ask(try query([])).edns?.options == [])
    }

    // MARK: CHAOS

    @Test(arguments: ["version.bind.", "VERSION.server.", "id.server.", "hostname.bind."])
    func `what the server is is told if it is configured, and refused if not`(name: String) throws {
        let asking = try QueryOctets(name, .txt, class: .chaos)
        #expect(try SampleServer().ask(asking).responseCode == .refused)
        let server = try SampleServer(identity: ServerIdentity(identifier: "one", version: "two"))
        let response = try server.ask(asking)
        #expect(response.texts == [name.lowercased().hasPrefix("version") ? "two" : "one"] && response.isAuthoritative)
        #expect(try server.ask(try QueryOctets("authors.bind.", .txt, class: .chaos)).responseCode == .refused)
        #expect(try server.ask(try QueryOctets(name, .a, class: .chaos)).responseCode == .refused)
    }

    // MARK: Signatures

    private func signed(_ change: (inout [UInt8]) -> Void = { _ in }) throws -> [UInt8] {
        let unsigned = try QueryOctets(SampleServer.published, .txt, edns: EDNS(payloadSize: 1232)).octets
        let algorithm = try DomainName("hmac-sha256").wire
        let data = algorithm + [0, 0, 1, 2, 3, 4, 1, 44, 0, 4, 9, 9, 9, 9, 0x12, 0x34, 0, 0, 0, 0]
        var message = unsigned + (try DomainName("some-key").wire) + [0, 250, 0, 255, 0, 0, 0, 0, 0, UInt8(data.count)] + data
        message[11] = 2
        change(&message)
        return message
    }

    @Test func `a signature by an unknown key is NOTAUTH with BADKEY, and not signed`() throws {
        let server = try SampleServer()
        let response = try ParsedMessage(try #require(server.respond(to: try signed())))
        #expect(response.responseCode == .notAuthoritative && response.answers.isEmpty)
        let signature = try #require(response.additionals.first)
        #expect(signature.type == .tsig && signature.owner.description == "some-key.")
        let expected = try DomainName("hmac-sha256").wire + [0, 0, 1, 2, 3, 4, 1, 44, 0, 0, 0x12, 0x34, 0, 17, 0, 0]
        #expect(signature.data.octets == expected)
    }

    @Test func `a signature that is not the last record, or no whole one, is a format error`() throws {
        let server = try SampleServer()
        let changes: [(inout [UInt8]) -> Void] = [
            {
                $0 += [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]; $0[11] = 3
            },
            { $0[$0.count - 1] = 1 },
            { $0.removeLast() },
        ]
        for change in changes {
            #expect(try ParsedMessage(try #require(server.respond(to: try signed(change)))).responseCode == .formatError)
        }
    }
}

private struct CookieAnswer: Hashable {
    var octets: [UInt8]
    var isValid: Bool
}

extension ServerCookies {
    /// `nil` if the option is no cookie.
    fileprivate func answer(to option: [UInt8], from address: IPAddress, now: Timestamp) -> CookieAnswer? {
        guard case .cookie(let cookie, let isValid) = outcome(of: option.span, from: address, now: now) else { return nil }
        let octets = (0..<24).map { UInt8(truncatingIfNeeded: cookie.words[$0 / 8] >> UInt64(56 - $0 % 8 * 8)) }
        return CookieAnswer(octets: octets, isValid: isValid)
    }
}
