import DNS
import Delegates
import TestSupport
import Testing

/// Authenticating: what leads to a delegate, and what its refusal tells.
struct AuthenticationTests {
    private let room: Room

    init() async throws {
        room = try await Room()
    }

    @Test func `the right credential leads to its delegate`() async throws {
        let outcome = try await room.enrolment().enrol(
            allowedNetworks: try AllowedNetworks(["192.0.2.0/24"]), token: nil, from: try room.address("203.0.113.1"))
        let authentication = room.authentication()
        var claim = try room.claim(outcome)
        #expect(try await authentication.identity(for: claim).delegate == outcome.delegate)
        claim.username = outcome.username.description.uppercased().replacing("-", with: "")
        #expect(try await authentication.identity(for: claim).delegate == outcome.delegate)
    }

    @Test func `whatever is wrong with a claim, the answer is the same`() async throws {
        let mine = try await room.enrolment().enrol(
            allowedNetworks: try AllowedNetworks(["192.0.2.0/24"]), token: nil, from: try room.address("203.0.113.1"))
        let other = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("203.0.113.1"))
        let right = try room.claim(mine)
        let foreign = try room.address("203.0.113.1")
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
                try await room.authentication().identity(for: claim)
            }
        }
    }

    @Test func `the audit log tells why somebody was refused, the client is not told`() async throws {
        let mine = try await room.enrolment().enrol(
            allowedNetworks: try AllowedNetworks(["192.0.2.0/24"]), token: nil, from: try room.address("203.0.113.1"))
        let other = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("203.0.113.1"))
        let right = try room.claim(mine)
        let foreign = try room.address("203.0.113.1")
        let cases: [(String, DomainName?, (inout Authentication.Claim) -> Void)] = [
            ("unknown key", nil, { $0.username = "00000000-0000-4000-8000-000000000000" }),
            ("wrong secret, key \(mine.username)", mine.delegate, { $0.key = other.key.text }),
            ("another delegate, key \(mine.username)", mine.delegate, { $0.subdomain = other.subdomain }),
            ("address, key \(mine.username)", mine.delegate, { $0.address = foreign }),
        ]
        for (_, _, change) in cases {
            var claim = right
            change(&claim)
            await #expect(throws: Refusal.forbidden) { try await room.authentication().identity(for: claim) }
        }
        func refusals() -> [AuditEvent] { room.storage.events.filter { $0.kind == .refused } }
        try await waitUntil("the refusals are written") { refusals().count == cases.count }
        let expected = Set(cases.map { "\($0.0) \($0.1.map { "\($0)" } ?? "-")" })
        #expect(Set(refusals().map { "\($0.detail ?? "") \($0.delegate.map { "\($0)" } ?? "-")" }) == expected)
        #expect(refusals().allSatisfy { $0.actor == "visitor" && $0.address != nil })
    }

    @Test func `of many refusals the audit log has the first`() async throws {
        let claim = Authentication.Claim(username: "x", key: "y", subdomain: nil, address: try room.address("192.0.2.1"))
        let authentication = room.authentication()
        for _ in 0..<50 { await #expect(throws: Refusal.forbidden) { try await authentication.identity(for: claim) } }
        try await waitUntil("they are written") { room.storage.events.count >= 10 }
        let other = Authentication.Claim(username: "x", key: "y", subdomain: nil, address: try room.address("192.0.3.1"))
        await #expect(throws: Refusal.forbidden) { try await authentication.identity(for: other) }
        try await waitUntil("they are written") { room.storage.events.contains { $0.address == "192.0.3.1" } }
        #expect(room.storage.events.count == AuditNotes.maximumOfNetwork + 1)
    }

    @Test func `wrong keys slow their network down, and nobody who has the right one`() async throws {
        let outcome = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        let authentication = room.authentication(limits: Limits(Limits.Settings(failuresPerMinute: 3)))
        let right = try room.claim(outcome)
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
        wrong.address = try room.address("198.51.100.1")
        await #expect(throws: Refusal.forbidden) { try await authentication.identity(for: wrong) }
    }

    @Test func `storage trouble is never a wrong key`() async throws {
        let outcome = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        let claim = try room.claim(outcome)
        var wrong = claim
        wrong.key += "x"
        room.storage.fail(with: .unavailable("broken"))
        // Memory knows.
        #expect(try await room.authentication().identity(for: claim).delegate == outcome.delegate)
        await #expect(throws: Refusal.forbidden) { try await room.authentication().identity(for: wrong) }
        // Only the storage would.
        for claim in [claim, wrong] {
            await #expect(throws: StorageError.unavailable("broken")) {
                try await room.authentication(credentials: CredentialTable(delegates: room.table)).identity(for: claim)
            }
        }
    }
}
