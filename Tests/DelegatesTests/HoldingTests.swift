import Delegates
import TestSupport
import Testing

/// Holding: a delegate's keys are replaced, changed and ended, and the delegate itself ends.
struct HoldingTests {
    private let room: Room

    init() async throws {
        room = try await Room()
    }

    @Test func `a key is replaced without a moment in which none is good`() async throws {
        let outcome = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        let authentication = room.authentication()
        let new = try await room.holding.addCredential(
            for: .delegate(outcome.delegate), label: "next", allowedNetworks: .all, expires: nil, by: try room.actor(outcome))
        var claim = try room.claim(outcome)
        #expect(try await authentication.identity(for: claim).credential.username == outcome.username)
        claim.username = new.credential.username.description
        claim.key = new.key.text
        #expect(try await authentication.identity(for: claim).credential == HeldCredential(new.credential))

        try await room.holding.revokeCredential(outcome.username, of: .delegate(outcome.delegate), by: try room.actor(outcome))
        #expect(try await authentication.identity(for: claim).credential == HeldCredential(new.credential))
        let old = try room.claim(outcome)
        await #expect(throws: Refusal.forbidden) { try await authentication.identity(for: old) }
    }

    @Test func `of two rotations at once one is too many`() async throws {
        let outcome = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        let actor = try room.actor(outcome)
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    (try? await room.holding.addCredential(
                        for: .delegate(outcome.delegate), label: "", allowedNetworks: .all, expires: nil, by: actor)) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
    }

    @Test func `a credential is good until it expires`() async throws {
        let outcome = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        let expires = Samples.start.advanced(by: .seconds(10))
        let new = try await room.holding.addCredential(
            for: .delegate(outcome.delegate), label: "", allowedNetworks: .all, expires: expires, by: try room.actor(outcome))
        var claim = try room.claim(outcome)
        claim.username = new.credential.username.description
        claim.key = new.key.text
        for (age, isGood) in [(9, true), (10, false)] {
            let authentication = room.authentication(clock: SteadyClock { Samples.start.advanced(by: .seconds(age)) })
            let identity = try? await authentication.identity(for: claim)
            #expect(identity?.credential == (isGood ? HeldCredential(new.credential) : nil))
        }
        let actor = try room.actor(outcome)
        await #expect(throws: Refusal.invalidExpiry) {
            try await room.holding.addCredential(
                for: .delegate(outcome.delegate), label: "", allowedNetworks: .all, expires: Samples.start, by: actor)
        }
    }

    @Test func `a credential is edited from where it may be used, by its own delegate alone`() async throws {
        let outcome = try await room.enrolment().enrol(
            allowedNetworks: try AllowedNetworks(["192.0.2.0/24"]), token: nil, from: try room.address("192.0.2.1"))
        let other = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        let wide = CredentialEdit(allowedNetworks: .all)
        let outside = try room.actor(outcome, from: "203.0.113.1")
        await #expect(throws: Refusal.notAllowed) {
            try await room.holding.editCredential(outcome.username, of: .delegate(outcome.delegate), wide, by: outside)
        }
        let stranger = try room.actor(other)
        await #expect(throws: Refusal.noSuchCredential) {
            try await room.holding.editCredential(outcome.username, of: .delegate(other.delegate), wide, by: stranger)
        }
        await #expect(throws: Refusal.noSuchCredential) {
            try await room.holding.revokeCredential(outcome.username, of: .delegate(other.delegate), by: stranger)
        }
        let inside = try room.actor(outcome)
        for label in [String(repeating: "a", count: 65), "a\nb", "\u{7F}"] {
            await #expect(throws: Refusal.invalidLabel) {
                try await room.holding.editCredential(
                    outcome.username, of: .delegate(outcome.delegate), CredentialEdit(label: label), by: inside)
            }
        }
        let edited = try await room.holding.editCredential(outcome.username, of: .delegate(outcome.delegate), wide, by: inside)
        #expect(edited.allowedNetworks == .all)
    }

    @Test func `a delegate that is deleted has no values, no keys, and its name for ever`() async throws {
        let outcome = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        let publishing = Publishing(storage: room.storage, table: room.table, clock: room.clock, limits: Limits())
        try await publishing.publish(Samples.value(1), at: outcome.delegate, by: try room.actor(outcome))
        let overview = try await room.holding.overview(of: outcome.delegate)
        #expect(overview.record.enrolled == Samples.start && overview.published == [Samples.start])
        #expect(overview.credentials.map(\.username) == [outcome.username])

        try await room.holding.delete(outcome.delegate, by: try room.actor(outcome))
        #expect(room.table.values(at: outcome.delegate, now: room.clock.now) == [])
        let claim = try room.claim(outcome)
        await #expect(throws: Refusal.forbidden) {
            try await room.authentication().identity(for: claim)
        }
        let actor = try room.actor(outcome)
        await #expect(throws: Refusal.notAllowed) {
            try await publishing.publish(Samples.value(2), at: outcome.delegate, by: actor)
        }
        await #expect(throws: Refusal.noSuchDelegate) { try await room.holding.overview(of: outcome.delegate) }
        #expect(room.table.values(at: outcome.delegate, now: room.clock.now) == [])
    }
}
