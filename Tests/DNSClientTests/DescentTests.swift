import DNS
import Sockets
import Synchronization
import TestSupport
import Testing

@testable import DNSClient

/// The way from the root to a name, over real sockets.
struct DescentTests {
    private func with(
        _ zones: SampleZones = .sound, reach change: (inout Descent.Reach) -> Void = { _ in },
        _ body: @Sendable (Descent, ScriptedServer) async throws -> Void
    ) async throws {
        var reach = Descent.Reach()
        change(&reach)
        let limits = reach
        try await ScriptedServer.run(
            datagrams: { [try zones.response(to: $0)] }, stream: { .message(try zones.response(to: $0)) }
        ) { server in
            var reach = limits
            reach.port = server.endpoint.port
            let hints = RootHints(nameservers: [try DomainName("a.root."): [server.endpoint.host]])
            try await body(Descent(hints: hints, reach: reach, client: .patient), server)
        }
    }

    private static func place(_ name: String, _ descent: Descent) async throws -> Place {
        try await descent.place(of: DomainName(name))
    }

    @Test func `each zone on the way is found, with the servers that its parent names`() async throws {
        try await with { descent, _ in
            let place = try await Self.place("www.example.net.", descent)
            #expect(place.zones.map(\.apex.description) == [".", "net.", "example.net."] && place.state == .present)
            #expect(place.zone.parent == (try DomainName("net.")) && place.zone.isReferred)
            let (own, elsewhere) = (try DomainName("ns1.example.net."), try DomainName("ns.elsewhere.net."))
            #expect(place.zone.nameservers.keys.sorted { "\($0)" < "\($1)" } == [elsewhere, own])
            #expect(place.zone.nameservers[own]?.count == 1)
        }
    }

    @Test func `a name's absence, an alias, a DNAME and an empty name are told apart`() async throws {
        try await with { descent, _ in
            let none = try DomainName("none.example.net.")
            #expect(try await Self.place("a.none.example.net.", descent).state == .absent(none))
            let (alias, www) = (try DomainName("alias.example.net."), try DomainName("www.example.net."))
            #expect(try await Self.place("alias.example.net.", descent).state == .alias(alias, target: www))
            let (old, new) = (try DomainName("old.example.net."), try DomainName("new.example."))
            #expect(try await Self.place("x.old.example.net.", descent).state == .redirected(old, target: new))
            #expect(try await Self.place("deep.example.net.", descent).state == .present)
        }
    }

    @Test func `what was found is not asked for again`() async throws {
        try await with { descent, server in
            _ = try await Self.place("www.example.net.", descent)
            let count = server.datagramCount
            _ = try await Self.place("alias.example.net.", descent)
            #expect(count == 3 && server.datagramCount == 4)
        }
    }

    @Test func `name servers elsewhere are looked up`() async throws {
        try await with { descent, server in
            let zone = try await Self.place("www.example.net.", descent).zone
            let nameservers = await descent.nameservers(of: zone)
            #expect(nameservers.map(\.name.description) == ["ns.elsewhere.net.", "ns1.example.net."])
            #expect(nameservers.map(\.addresses) == [[server.endpoint.host], [server.endpoint.host]])
        }
    }

    @Test func `a zone whose servers do not answer for it is named`() async throws {
        var zones = SampleZones.sound
        zones.refused = ["www.example.net."]
        let name = try DomainName("www.example.net.")
        try await with(zones) { descent, _ in
            do throws(DescentFailure) {
                _ = try await descent.place(of: name)
            } catch {
                guard case .unreachable(let apex, let failure) = error else { throw error }
                #expect(apex.description == "example.net." && failure.failures.allSatisfy { $0.reason == .notAuthoritative })
            }
        }
    }

    @Test func `no more is asked than the bound allows, and no address that may not be asked`() async throws {
        try await with(reach: { $0.queries = 2 }) { descent, server in
            await #expect(throws: DescentFailure.self) { _ = try await Self.place("www.example.net.", descent) }
            #expect(server.datagramCount == 2)
        }
        try await with(reach: { $0.isAllowed = { _ in false } }) { descent, server in
            await #expect(throws: DescentFailure.self) { _ = try await Self.place("net.", descent) }
            #expect(server.datagramCount == 0 && server.connectionCount == 0)
        }
    }

    @Test func `a server that changes the case of names is asked over TCP`() async throws {
        let zones = SampleZones.sound
        let lower: @Sendable ([UInt8]) throws -> [UInt8] = { octets in
            var response = try zones.response(to: octets)
            for index in 12..<min(response.count, 40) where 0x41...0x5A ~= response[index] { response[index] |= 0x20 }
            return response
        }
        try await ScriptedServer.run(datagrams: { [try lower($0)] }, stream: { .message(try lower($0)) }) { server in
            // Long enough that one of the letters is a capital.
            let query = OutgoingQuery.direct(try DomainName("abcdefghijklmnopqrst.example.net."), .txt)
            let response = try await NameserverClient.patient.ask(query, of: server.endpoint)
            #expect(response.transport == .tcp && server.datagramCount == 1)
        }
    }

    @Test func `a hint file without servers of the root says what is missing`() {
        let text = Array("net. 60 IN NS a.net.\na.net. 60 IN A 192.0.2.1\n".utf8)
        #expect(throws: RootHints.Problem.self) { () throws(RootHints.Problem) in try RootHints(masterFile: text) }
        let good = Array(". 60 NS a.root.\na.root. 60 A 192.0.2.1\na.root. 60 AAAA 2001:db8::1\n".utf8)
        #expect((try? RootHints(masterFile: good))?.nameservers.values.first?.count == 2)
        #expect(RootHints.internet.nameservers.count == 13)
    }
}
