import DNS
import Delegates
import TestSupport
import Testing

/// Enrolling, authenticating, publishing: the rules together, over a storage in memory.
struct RoomTests {
    private let storage = MemoryStorage()
    private let table = DelegateTable()
    private let credentials: CredentialTable
    private let clock = SteadyClock { Samples.start }
    private let server = Actor(.server, from: nil)
    private let zone: DomainName

    init() async throws {
        zone = try DomainName("d.example")
        credentials = CredentialTable(delegates: table)
        storage.follow(with: table, credentials, clock: clock)
        try await storage.load(into: credentials)
    }

    private func enrolment(mode: RegistrationMode = .open, limit: Int = 0) -> Enrolment {
        Enrolment(
            storage: storage, table: table, clock: clock, zone: zone, mode: mode,
            limits: Limits(Limits.Settings(registrationsPerHour: limit)),
            notes: AuditNotes.running(storage: storage, clock: clock))
    }

    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test func `a new delegate is a random name below the zone, in the DNS at once`() async throws {
        let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        #expect(outcome.delegate == (try DomainName("\(outcome.subdomain).d.example")))
        #expect(table.isEnrolled(outcome.delegate))
        #expect(table.sequence == ChangeSequence(1))
    }

    @Test func `nobody enrols where registration is closed`() async throws {
        let address = try address("192.0.2.1")
        await #expect(throws: Refusal.registrationClosed) {
            try await enrolment(mode: .closed).enrol(allowedNetworks: .all, token: nil, from: address)
        }
    }

    @Test func `one network enrols so many an hour, others are not in its way`() async throws {
        let enrolment = enrolment(limit: 2)
        for host in 1...2 {
            _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.\(host)"))
        }
        let neighbour = try address("192.0.2.3")
        await #expect(throws: Refusal.tooManyRegistrations(retryAfter: .seconds(3600))) {
            try await enrolment.enrol(allowedNetworks: .all, token: nil, from: neighbour)
        }
        _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try address("192.0.3.1"))
        _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try address("2001:db8:1::1"))
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

    // MARK: Authentication

    private func authentication(
        clock: SteadyClock? = nil, limits: Limits = Limits(), credentials: CredentialTable? = nil
    ) -> Authentication {
        let clock = clock ?? self.clock
        return Authentication(
            storage: storage, credentials: credentials ?? self.credentials, clock: clock, limits: limits,
            notes: AuditNotes.running(storage: storage, clock: clock), slowKeys: PlainKeyCheck())
    }

    private func claim(_ outcome: NewCredential) throws -> Authentication.Claim {
        Authentication.Claim(
            username: outcome.username.description, key: outcome.key.text, subdomain: outcome.subdomain,
            address: try address("192.0.2.1"))
    }

    @Test func `the right credential leads to its delegate`() async throws {
        let outcome = try await enrolment().enrol(
            allowedNetworks: try AllowedNetworks(["192.0.2.0/24"]), token: nil, from: try address("203.0.113.1"))
        let authentication = self.authentication()
        var claim = try claim(outcome)
        #expect(try await authentication.identity(for: claim).delegate == outcome.delegate)
        claim.username = outcome.username.description.uppercased().replacing("-", with: "")
        #expect(try await authentication.identity(for: claim).delegate == outcome.delegate)
    }

    @Test func `whatever is wrong with a claim, the answer is the same`() async throws {
        let mine = try await enrolment().enrol(
            allowedNetworks: try AllowedNetworks(["192.0.2.0/24"]), token: nil, from: try address("203.0.113.1"))
        let other = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("203.0.113.1"))
        let right = try claim(mine)
        let foreign = try address("203.0.113.1")
        let changes: [(String, (inout Authentication.Claim) -> Void)] = [
            ("no user", { $0.username = "" }),
            ("no UUID", { $0.username = "admin' OR 1=1" }),
            ("unknown user", { $0.username = "00000000-0000-4000-8000-000000000000" }),
            ("no key", { $0.key = "" }),
            ("wrong key", { $0.key = String($0.key.dropLast()) + ($0.key.hasSuffix("A") ? "B" : "A") }),
            ("another's key", { $0.key = other.key.text }),
            ("endless key", { $0.key = String(repeating: "A", count: 100_000) }),
            ("another's delegate", { $0.subdomain = other.subdomain }),
            ("no delegate", { $0.subdomain = "" }),
            ("upper case", { $0.subdomain = mine.subdomain.uppercased() }),
            ("whole name", { $0.subdomain = mine.delegate.withoutFinalDot }),
            ("foreign address", { $0.address = foreign }),
            ("unknown address", { $0.address = nil }),
        ]
        for (what, change) in changes {
            var claim = right
            change(&claim)
            await #expect(throws: Refusal.forbidden, "\(what)") {
                try await authentication().identity(for: claim)
            }
        }
    }

    @Test func `the audit log tells why somebody was refused, the client is not told`() async throws {
        let mine = try await enrolment().enrol(
            allowedNetworks: try AllowedNetworks(["192.0.2.0/24"]), token: nil, from: try address("203.0.113.1"))
        let other = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("203.0.113.1"))
        let right = try claim(mine)
        let foreign = try address("203.0.113.1")
        let cases: [(String, DomainName?, (inout Authentication.Claim) -> Void)] = [
            ("unknown key", nil, { $0.username = "00000000-0000-4000-8000-000000000000" }),
            ("wrong secret, key \(mine.username)", mine.delegate, { $0.key = other.key.text }),
            ("another delegate, key \(mine.username)", mine.delegate, { $0.subdomain = other.subdomain }),
            ("address, key \(mine.username)", mine.delegate, { $0.address = foreign }),
        ]
        for (_, _, change) in cases {
            var claim = right
            change(&claim)
            await #expect(throws: Refusal.forbidden) { try await authentication().identity(for: claim) }
        }
        func refusals() -> [AuditEvent] { storage.events.filter { $0.kind == .refused } }
        try await waitUntil("the refusals are written") { refusals().count == cases.count }
        let expected = Set(cases.map { "\($0.0) \($0.1.map { "\($0)" } ?? "-")" })
        #expect(Set(refusals().map { "\($0.detail ?? "") \($0.delegate.map { "\($0)" } ?? "-")" }) == expected)
        #expect(refusals().allSatisfy { $0.actor == "visitor" && $0.address != nil })
    }

    @Test func `of many refusals the audit log has the first`() async throws {
        let claim = Authentication.Claim(username: "x", key: "y", subdomain: nil, address: try address("192.0.2.1"))
        let authentication = self.authentication()
        for _ in 0..<50 { await #expect(throws: Refusal.forbidden) { try await authentication.identity(for: claim) } }
        try await waitUntil("they are written") { storage.events.count >= 10 }
        let other = Authentication.Claim(username: "x", key: "y", subdomain: nil, address: try address("192.0.3.1"))
        await #expect(throws: Refusal.forbidden) { try await authentication.identity(for: other) }
        try await waitUntil("they are written") { storage.events.contains { $0.address == "192.0.3.1" } }
        #expect(storage.events.count == AuditNotes.maximumOfNetwork + 1)
    }

    @Test func `wrong keys slow their network down, and nobody who has the right one`() async throws {
        let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let authentication = self.authentication(limits: Limits(Limits.Settings(failuresPerMinute: 3)))
        let right = try claim(outcome)
        var wrong = right
        wrong.key = "wrong"
        for _ in 0..<3 {
            await #expect(throws: Refusal.forbidden) { try await authentication.identity(for: wrong) }
        }
        await #expect(throws: Refusal.tooManyFailures(retryAfter: .seconds(60))) {
            try await authentication.identity(for: wrong)
        }
        // Neither the right key from the same network nor another network is slowed down.
        #expect(try await authentication.identity(for: right).delegate == outcome.delegate)
        wrong.address = try address("198.51.100.1")
        await #expect(throws: Refusal.forbidden) { try await authentication.identity(for: wrong) }
    }

    @Test func `so many values an hour are published at a delegate, and at others too`() async throws {
        let publishing = Publishing(
            storage: storage, table: table, clock: clock, limits: Limits(Limits.Settings(updatesPerHour: 2)))
        for _ in 0..<2 {
            let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
            for index in 1...2 { try await publishing.publish(Samples.value(index), at: outcome.delegate, by: server) }
            await #expect(throws: Refusal.tooManyUpdates(retryAfter: .seconds(3600))) {
                try await publishing.publish(Samples.value(3), at: outcome.delegate, by: server)
            }
            #expect(table.values(at: outcome.delegate, now: clock.now)?.count == 2)
        }
    }

    @Test func `storage trouble is never a wrong key`() async throws {
        let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let claim = try claim(outcome)
        var wrong = claim
        wrong.key += "x"
        storage.fail(with: .unavailable("broken"))
        // Memory knows.
        #expect(try await authentication().identity(for: claim).delegate == outcome.delegate)
        await #expect(throws: Refusal.forbidden) { try await authentication().identity(for: wrong) }
        // Only the storage would.
        for claim in [claim, wrong] {
            await #expect(throws: StorageError.unavailable("broken")) {
                try await authentication(credentials: CredentialTable(delegates: table)).identity(for: claim)
            }
        }
    }

    // MARK: Publishing

    @Test func `a value is in the DNS when publishing returns, and not if it throws`() async throws {
        let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let publishing = Publishing(storage: storage, table: table, clock: clock, limits: Limits())
        try await publishing.publish(Samples.value(1), at: outcome.delegate, by: server)
        #expect(table.values(at: outcome.delegate, now: clock.now) == [Samples.value(1).recordData])

        storage.fail(with: .overloaded)
        await #expect(throws: StorageError.overloaded) {
            try await publishing.publish(Samples.value(2), at: outcome.delegate, by: server)
        }
        #expect(table.values(at: outcome.delegate, now: clock.now) == [Samples.value(1).recordData])
    }

    @Test func `what is committed is in the DNS, also when its client was told otherwise`() async throws {
        let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let publishing = Publishing(storage: storage, table: table, clock: clock, limits: Limits())
        storage.failAfterCommits(with: .unavailable("slow"))
        await #expect(throws: StorageError.unavailable("slow")) {
            try await publishing.publish(Samples.value(1), at: outcome.delegate, by: server)
        }
        #expect(table.values(at: outcome.delegate, now: clock.now) == [Samples.value(1).recordData] && !table.isStale)
        storage.fail(with: .unavailable("gone"))
        await #expect(throws: StorageError.unavailable("gone")) {
            try await publishing.publish(Samples.value(2), at: outcome.delegate, by: server)
        }
        #expect(table.isStale)
        storage.fail(with: nil)

        let stranger = try address("192.0.2.1")
        await #expect(throws: StorageError.unavailable("slow")) {
            try await enrolment().enrol(allowedNetworks: .all, token: nil, from: stranger)
        }
        #expect(table.count == 2)
        #expect(table.sequence == ChangeSequence(3))
    }

    // MARK: Holding

    private var holding: Holding { Holding(storage: storage, table: table, clock: clock, limits: Limits()) }

    private func actor(_ outcome: NewCredential, from address: String = "192.0.2.1") throws -> Actor {
        Actor(.credential(outcome.username), from: try self.address(address))
    }

    @Test func `a key is replaced without a moment in which none is good`() async throws {
        let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let authentication = self.authentication()
        let new = try await holding.addCredential(
            for: .delegate(outcome.delegate), label: "next", allowedNetworks: .all, expires: nil, by: try actor(outcome))
        var claim = try claim(outcome)
        #expect(try await authentication.identity(for: claim).credential.username == outcome.username)
        claim.username = new.credential.username.description
        claim.key = new.key.text
        #expect(try await authentication.identity(for: claim).credential == HeldCredential(new.credential))

        try await holding.revokeCredential(outcome.username, of: .delegate(outcome.delegate), by: try actor(outcome))
        #expect(try await authentication.identity(for: claim).credential == HeldCredential(new.credential))
        let old = try self.claim(outcome)
        await #expect(throws: Refusal.forbidden) { try await authentication.identity(for: old) }
    }

    @Test func `of two rotations at once one is too many`() async throws {
        let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let actor = try actor(outcome)
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    (try? await holding.addCredential(
                        for: .delegate(outcome.delegate), label: "", allowedNetworks: .all, expires: nil, by: actor)) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
    }

    @Test func `a credential is good until it expires`() async throws {
        let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let expires = Samples.start.advanced(by: .seconds(10))
        let new = try await holding.addCredential(
            for: .delegate(outcome.delegate), label: "", allowedNetworks: .all, expires: expires, by: try actor(outcome))
        var claim = try claim(outcome)
        claim.username = new.credential.username.description
        claim.key = new.key.text
        for (age, isGood) in [(9, true), (10, false)] {
            let authentication = self.authentication(clock: SteadyClock { Samples.start.advanced(by: .seconds(age)) })
            let identity = try? await authentication.identity(for: claim)
            #expect(identity?.credential == (isGood ? HeldCredential(new.credential) : nil))
        }
        let actor = try actor(outcome)
        await #expect(throws: Refusal.invalidExpiry) {
            try await holding.addCredential(
                for: .delegate(outcome.delegate), label: "", allowedNetworks: .all, expires: Samples.start, by: actor)
        }
    }

    @Test func `a credential is edited from where it may be used, by its own delegate alone`() async throws {
        let outcome = try await enrolment().enrol(
            allowedNetworks: try AllowedNetworks(["192.0.2.0/24"]), token: nil, from: try address("192.0.2.1"))
        let other = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let wide = CredentialEdit(allowedNetworks: .all)
        let outside = try actor(outcome, from: "203.0.113.1")
        await #expect(throws: Refusal.notAllowed) {
            try await holding.editCredential(outcome.username, of: .delegate(outcome.delegate), wide, by: outside)
        }
        let stranger = try actor(other)
        await #expect(throws: Refusal.noSuchCredential) {
            try await holding.editCredential(outcome.username, of: .delegate(other.delegate), wide, by: stranger)
        }
        await #expect(throws: Refusal.noSuchCredential) {
            try await holding.revokeCredential(outcome.username, of: .delegate(other.delegate), by: stranger)
        }
        let inside = try actor(outcome)
        for label in [String(repeating: "a", count: 65), "a\nb", "\u{7F}"] {
            await #expect(throws: Refusal.invalidLabel) {
                try await holding.editCredential(
                    outcome.username, of: .delegate(outcome.delegate), CredentialEdit(label: label), by: inside)
            }
        }
        let edited = try await holding.editCredential(outcome.username, of: .delegate(outcome.delegate), wide, by: inside)
        #expect(edited.allowedNetworks == .all)
    }

    @Test func `a delegate that is deleted has no values, no keys, and its name for ever`() async throws {
        let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let publishing = Publishing(storage: storage, table: table, clock: clock, limits: Limits())
        try await publishing.publish(Samples.value(1), at: outcome.delegate, by: try actor(outcome))
        let overview = try await holding.overview(of: outcome.delegate)
        #expect(overview.record.enrolled == Samples.start && overview.published == [Samples.start])
        #expect(overview.credentials.map(\.username) == [outcome.username])

        try await holding.delete(outcome.delegate, by: try actor(outcome))
        #expect(table.values(at: outcome.delegate, now: clock.now) == [])
        let claim = try claim(outcome)
        await #expect(throws: Refusal.forbidden) {
            try await authentication().identity(for: claim)
        }
        let actor = try actor(outcome)
        await #expect(throws: Refusal.notAllowed) {
            try await publishing.publish(Samples.value(2), at: outcome.delegate, by: actor)
        }
        await #expect(throws: Refusal.noSuchDelegate) { try await holding.overview(of: outcome.delegate) }
        #expect(table.values(at: outcome.delegate, now: clock.now) == [])
    }

    @Test func `values that are withdrawn are out of the DNS`() async throws {
        let outcome = try await enrolment().enrol(allowedNetworks: .all, token: nil, from: try address("192.0.2.1"))
        let publishing = Publishing(storage: storage, table: table, clock: clock, limits: Limits())
        for index in 1...3 { try await publishing.publish(Samples.value(index), at: outcome.delegate, by: server) }
        try await publishing.withdraw(at: outcome.delegate, by: server)
        #expect(table.values(at: outcome.delegate, now: clock.now) == [])
        try await publishing.publish(Samples.value(2), at: outcome.delegate, by: server)
        #expect(table.values(at: outcome.delegate, now: clock.now) == [Samples.value(2).recordData])
    }
}
