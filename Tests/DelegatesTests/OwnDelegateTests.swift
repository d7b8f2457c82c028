import DNS
import Delegates
import TestSupport
import Testing

/// The delegates of the server's own certificate.
struct OwnDelegateTests {
    private let zone: DomainName

    init() throws { zone = try DomainName("d.example") }

    private func delegate(_ host: String) throws -> OwnDelegate {
        try #require(OwnDelegate(for: try DomainName(host), in: zone))
    }

    @Test func `its name follows from that of the certificate alone`() throws {
        let one = try delegate("auth.example.net")
        #expect(one.name.description == "3e799d78-6bd1-8f67-8f3b-89ae6b3d54a8.d.example.")
        #expect(try delegate("AUTH.example.net") == one)
        #expect(try delegate("auth.example.org").name != one.name)
        #expect(one.challengeName?.description == "_acme-challenge.auth.example.net.")
        #expect(UniqueID(String(one.name.description.prefix(36))) != nil)
    }

    private func withOwn(
        _ hosts: [String], _ body: (OwnDelegates, Operating, DelegateTable) async throws -> Void
    ) async throws {
        let table = DelegateTable()
        let clock = SteadyClock { Samples.start }
        let storage = MemoryStorage(followedBy: table, CredentialTable(delegates: table), clock: clock)
        let delegates = try hosts.map { try delegate($0) }
        let limits = Limits(Limits.Settings())
        let operating = Operating(
            storage: storage, table: table, clock: clock, limits: limits, zones: [zone], own: Set(delegates.map(\.name)),
            isTaken: { _ in false })
        let publishing = Publishing(storage: storage, table: table, clock: clock, limits: limits)
        try await body(OwnDelegates(delegates, operating: operating, publishing: publishing), operating, table)
    }

    @Test func `they are enrolled once, published at by name, and withdrawn`() async throws {
        try await withOwn(["auth.example.net", "auth.d.example"]) { own, _, table async throws in
            for _ in 1...2 { try await own.enrol() }
            #expect(table.count == 2)
            let host = try DomainName("Auth.example.net")
            try await own.publish(Samples.value(1), for: host)
            #expect(table.values(at: own.all[0].name, now: Samples.start)?.count == 1)
            #expect(table.values(at: own.all[1].name, now: Samples.start)?.isEmpty == true)
            try await own.withdraw(for: host)
            #expect(table.values(at: own.all[0].name, now: Samples.start)?.isEmpty == true)
            await #expect(throws: Refusal.noSuchDelegate) {
                try await own.publish(Samples.value(1), for: try DomainName("x.example"))
            }
        }
    }

    @Test func `as long as they are needed, the operator neither deletes nor disables them`() async throws {
        try await withOwn(["auth.example.net"]) { own, operating, _ async throws in
            try await own.enrol()
            let actor = Actor(.operator, from: nil)
            await #expect(throws: Refusal.ownDelegate) { try await operating.delete(own.all[0].name, by: actor) }
            await #expect(throws: Refusal.ownDelegate) { try await operating.disable(own.all[0].name, by: actor) }
        }
    }
}
