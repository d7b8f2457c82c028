import DNS
import Delegates
import TestSupport
import Testing

/// The limits on what strangers and holders can make the server keep.
struct LimitTests {
    private let storage = MemoryStorage()
    private let table = DelegateTable()
    private let clock = SteadyClock { Samples.start }
    private let zone: DomainName

    init() throws {
        zone = try DomainName("d.example")
        storage.follow(with: table, clock: clock)
    }

    private func enrolment(_ limits: Limits, mode: RegistrationMode = .open) -> Enrolment {
        Enrolment(
            storage: storage, table: table, clock: clock, zone: zone, mode: mode, limits: limits,
            notes: AuditNotes(storage: storage, clock: clock))
    }

    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    private func count(_ kind: Limits.Kind, _ limits: Limits) -> UInt64 {
        limits.refusals.first { $0.limit == kind }?.count ?? 0
    }

    @Test func `a network has so many delegates at a time, and may enrol another when one is deleted`() async throws {
        let limits = Limits(Limits.Settings(delegatesOfNetwork: 2, exempt: [try #require(IPNetwork("192.0.9.0/24"))]))
        let enrolment = enrolment(limits)
        let first = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try address("2001:db8:1:1::1"))
        _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try address("2001:db8:1:2::2"))
        let neighbour = try address("2001:db8:1:3::3")
        await #expect(throws: Refusal.tooManyDelegatesOfNetwork(maximum: 2)) {
            try await enrolment.enrol(allowedNetworks: .all, token: nil, from: neighbour)
        }
        #expect(count(.delegatesOfNetwork, limits) == 1)
        _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try address("2001:db8:2::1"))
        for _ in 0..<3 { _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try address("192.0.9.1")) }
        let holding = Holding(storage: storage, table: table, clock: clock, limits: limits)
        try await holding.delete(first.delegate, by: Actor(.credential(first.credential.username), from: nil))
        _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: neighbour)
    }

    @Test func `there are so many names in all, those of deleted delegates counted`() async throws {
        let limits = Limits(Limits.Settings(delegates: 2))
        let enrolment = enrolment(limits)
        let first = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try address("192.0.3.1"))
        let holding = Holding(storage: storage, table: table, clock: clock, limits: limits)
        try await holding.delete(first.delegate, by: Actor(.credential(first.credential.username), from: nil))
        let another = try address("192.0.4.1")
        await #expect(throws: Refusal.tooManyDelegates) {
            try await enrolment.enrol(allowedNetworks: .all, token: nil, from: another)
        }
        #expect(count(.delegates, limits) == 1)
    }

    @Test func `nobody is enrolled where room is short, and those who are publish`() async throws {
        let limits = Limits()
        let enrolment = enrolment(limits)
        let outcome = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        storage.setRoomShort(true)
        let stranger = try address("192.0.2.2")
        await #expect(throws: Refusal.tooLittleRoom) {
            try await enrolment.enrol(allowedNetworks: .all, token: nil, from: stranger)
        }
        let closed = self.enrolment(limits, mode: .closed)
        await #expect(throws: Refusal.registrationClosed) {
            try await closed.enrol(allowedNetworks: .all, token: nil, from: stranger)
        }
        #expect(count(.room, limits) == 1)
        let publishing = Publishing(storage: storage, table: table, clock: clock, limits: limits)
        try await publishing.publish(
            Samples.value(1), at: outcome.delegate, by: Actor(.credential(outcome.credential.username), from: stranger))
        storage.setRoomShort(false)
        _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: stranger)
    }

    @Test func `a network that updates too much keeps no neighbour from renewing`() throws {
        let limits = Limits(Limits.Settings(updatesPerHourOfNetwork: 20))
        let address = try address("192.0.2.1")
        let loud = try DomainName("loud.d.example")
        for _ in 0..<20 { try limits.countUpdate(of: loud, from: address, now: Samples.start) }
        #expect(throws: Refusal.tooManyUpdatesOfNetwork(retryAfter: .seconds(3600))) {
            try limits.countUpdate(of: loud, from: address, now: Samples.start)
        }
        let honest = try DomainName("honest.d.example")
        for _ in 0..<Limits.guaranteedUpdates { try limits.countUpdate(of: honest, from: address, now: Samples.start) }
        #expect(throws: Refusal.tooManyUpdatesOfNetwork(retryAfter: .seconds(3600))) {
            try limits.countUpdate(of: honest, from: address, now: Samples.start)
        }
        #expect(count(.updatesOfNetwork, limits) == 2)
        try limits.countUpdate(of: loud, from: try self.address("192.0.3.1"), now: Samples.start)
        try limits.countUpdate(of: loud, from: address, now: Samples.start.advanced(by: .seconds(3600)))
    }

    @Test func `a holder makes and changes so many keys an hour, and can always end them`() async throws {
        let limits = Limits(Limits.Settings(updatesPerHour: 3))
        let outcome = try await enrolment(limits).enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let holder = Actor(.credential(outcome.credential.username), from: try address("192.0.2.1"))
        let holding = Holding(storage: storage, table: table, clock: clock, limits: limits)
        let publishing = Publishing(storage: storage, table: table, clock: clock, limits: limits)
        let scope = outcome.credential.scope
        func make(_ actor: Actor) async throws -> NewCredential {
            try await holding.addCredential(for: scope, label: "", allowedNetworks: .all, expires: nil, by: actor)
        }
        let second = try await make(holder)
        _ = try await holding.editCredential(second.credential.username, of: scope, CredentialEdit(label: "x"), by: holder)
        try await publishing.withdraw(at: outcome.delegate, by: holder)
        let expected = Refusal.tooManyKeyChanges(retryAfter: .seconds(3600))
        await #expect(throws: expected) { try await publishing.withdraw(at: outcome.delegate, by: holder) }
        await #expect(throws: expected) {
            _ = try await holding.editCredential(second.credential.username, of: scope, CredentialEdit(label: "y"), by: holder)
        }
        try await holding.revokeCredential(second.credential.username, of: scope, by: holder)
        await #expect(throws: expected) { _ = try await make(holder) }
        #expect(count(.keyChanges, limits) == 3)
        // The limit holds back neither an operator nor publishing and deleting.
        _ = try await make(Actor(.operator, from: nil))
        try await publishing.publish(Samples.value(1), at: outcome.delegate, by: holder)
        try await holding.delete(outcome.delegate, by: holder)
    }

    @Test func `the hour is over when it is over`() throws {
        let limits = Limits(Limits.Settings(registrationsPerHour: 1))
        let address = try address("2001:db8::1")
        try limits.countRegistration(from: address, now: Samples.start)
        #expect(throws: Refusal.tooManyRegistrations(retryAfter: .seconds(1))) {
            try limits.countRegistration(from: address, now: Samples.start.advanced(by: .seconds(3599)))
        }
        try limits.countRegistration(from: address, now: Samples.start.advanced(by: .seconds(3600)))
    }

    @Test func `no limit concerns who is exempt`() throws {
        let limits = Limits(
            Limits.Settings(
                registrationsPerHour: 1, failuresPerMinute: 1, updatesPerHour: 1,
                exempt: [try #require(IPNetwork("192.0.2.0/24"))]))
        let exempt = try address("192.0.2.9")
        for _ in 0..<3 {
            try limits.countRegistration(from: exempt, now: Samples.start)
            try limits.countFailure(from: exempt, now: Samples.start)
            try limits.countUpdate(of: zone, from: exempt, now: Samples.start)
        }
        let other = try address("192.0.3.9")
        try limits.countUpdate(of: zone, from: other, now: Samples.start)
        for address in [other, nil] {
            #expect(throws: Refusal.tooManyUpdates(retryAfter: .seconds(3600))) {
                try limits.countUpdate(of: zone, from: address, now: Samples.start)
            }
        }
    }
}
