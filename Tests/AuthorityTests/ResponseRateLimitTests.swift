import Authority
import DNS
import Delegates
import TestSupport
import Testing

/// Floods that seem to come from one network, and what that network gets.
final class ResponseRateLimitTests {
    private static let rate = 20_000
    private let server: SampleServer
    private var workspace = Workspace(rateLimit: ResponseRateLimit.Settings(octetsPerSecond: rate))

    init() throws {
        server = try SampleServer(cookies: ServerCookies(secrets: [[UInt8](repeating: 7, count: 16)]))
    }

    private struct Sum {
        var received = 0
        var sent = 0
        var whole = 0
        var truncated = 0
        var dropped = 0

        var count: Int { whole + truncated + dropped }
    }

    /// Asks a number of queries a second, for some seconds.
    private func flood(
        seconds: Int, perSecond: Int, from address: String = "192.0.2.7", over transport: Transport = .udp,
        _ query: (Int) throws -> QueryOctets
    ) throws -> Sum {
        var sum = Sum()
        let client = try #require(IPAddress(address))
        for second in 0..<seconds {
            for index in 0..<perSecond {
                let octets = try query(second * perSecond + index).octets
                let exchange = server.responder.respond(
                    to: octets.span, from: client, over: transport, at: Samples.start.advanced(by: .seconds(second)),
                    with: &workspace)
                sum.received += octets.count
                guard exchange.hasResponse else {
                    sum.dropped += 1
                    continue
                }
                let response = workspace.response.octets
                sum.sent += response.count
                if try ParsedMessage(response).isTruncated { sum.truncated += 1 } else { sum.whole += 1 }
            }
        }
        return sum
    }

    private func published(_: Int = 0) throws -> QueryOctets {
        try QueryOctets(SampleServer.published, .txt, edns: EDNS(payloadSize: 1232))
    }

    private func random(_ index: Int) throws -> QueryOctets {
        try QueryOctets("x\(index).d.example.", .txt, edns: EDNS(payloadSize: 1232))
    }

    @Test func `who asks as much as a certificate authority does is answered in full`() throws {
        let sum = try flood(seconds: 5, perSecond: 100, published)
        #expect(sum.whole == sum.count)
    }

    @Test func `a flood for one delegate brings less than it costs, and most of it still leads to TCP`() throws {
        let sum = try flood(seconds: 3, perSecond: 4000, published)
        #expect(sum.sent < sum.received && sum.truncated > sum.count * 3 / 4 && sum.dropped < sum.count / 6)
    }

    @Test func `a flood for random names brings about half of what it costs`() throws {
        let sum = try flood(seconds: 3, perSecond: 4000, random)
        #expect(sum.sent < sum.received * 2 / 3 && sum.truncated > 0 && sum.dropped > sum.count / 4)
    }

    @Test func `a flood for what is refused brings less than it costs, too`() throws {
        let sum = try flood(seconds: 3, perSecond: 4000) { try QueryOctets("x\($0).elsewhere.test", .a) }
        #expect(sum.sent < sum.received)
    }

    @Test func `neighbours share a credit, others have their own`() throws {
        _ = try flood(seconds: 1, perSecond: 4000, random)
        #expect(try flood(seconds: 1, perSecond: 10, from: "192.0.2.200", random).whole == 0)
        #expect(try flood(seconds: 1, perSecond: 10, from: "192.0.3.7", random).whole == 10)
        #expect(try flood(seconds: 1, perSecond: 10, from: "2001:db8::1", random).whole == 10)
    }

    @Test func `a credit comes back with time, and no further than one second's`() throws {
        _ = try flood(seconds: 2, perSecond: 4000, random)
        let later = try flood(seconds: 60, perSecond: 1) { try $0 < 58 ? random($0) : published() }
        #expect(later.whole >= 58)
        let whole = try flood(seconds: 61, perSecond: 1, published).whole
        #expect(whole == 61)
    }

    @Test func `a valid cookie, TCP and exempt networks are never limited`() throws {
        let first = try published().with { $0.ednsOptions = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] }
        let client = try #require(IPAddress("192.0.2.7"))
        _ = server.responder.respond(
            to: first.octets.span, from: client, over: .udp, at: Samples.start, with: &workspace)
        let cookie = try #require(try ParsedMessage(workspace.response.octets).edns?.option(.cookie))
        _ = try flood(seconds: 1, perSecond: 4000, random)
        let proved = try flood(seconds: 2, perSecond: 1000) {
            try random($0).with { $0.ednsOptions = [0, 10, 0, 24] + cookie }
        }
        #expect(proved.whole == 2000)
        #expect(try flood(seconds: 1, perSecond: 1000, over: .tcp, random).whole == 1000)

        workspace.setRateLimit(
            ResponseRateLimit.Settings(
                octetsPerSecond: Self.rate, exempt: [try #require(IPNetwork("192.0.2.0/24"))]))
        #expect(try flood(seconds: 1, perSecond: 4000, random).whole == 4000)
    }

    /// The limit on an answer's octets for each octet of its query: a published figure.
    @Test func `no answer over UDP is more than eight times its query`() throws {
        for index in 3...64 { server.publish(Samples.value(index), sequence: UInt64(index + 10)) }
        workspace.setRateLimit(ResponseRateLimit.Settings())
        let names = [
            SampleServer.published, SampleServer.silent, "d.example.", "www.d.example.", "x.d.example.", "sub.d.example.",
            "x.wild.d.example.", "elsewhere.test.", "mail.d.example.",
        ]
        for name in names {
            for type in [RecordType.txt, .a, .soa, .ns, .mx, .caa, .any, .axfr, .dnskey] {
                for edns in [nil, EDNS(payloadSize: 4096), EDNS(payloadSize: 4096, isDNSSECOK: true)] {
                    let query = try QueryOctets(name, type, edns: edns)
                    let sum = try flood(seconds: 1, perSecond: 1) { _ in query }
                    #expect(sum.sent <= 8 * sum.received, "\(name) \(type)")
                }
            }
        }
    }
}
