import Delegates
import TestSupport
import Testing

@testable import Daemon

/// Secrets of cookies that nodes share, and replace.
struct CookieSecretsTests {
    private func later(_ time: Duration) -> Timestamp { Samples.start.advanced(by: time) }

    @Test func `a new secret is accepted before it makes cookies, and the former one goes on being accepted`() throws {
        let first = try #require(CookieSecrets.due(after: nil, at: Samples.start))
        #expect(first.secrets.count == 1 && first.secrets[0].count == 16)
        #expect(CookieSecrets.due(after: first, at: later(CookieSecrets.lifetime - .seconds(1))) == nil)

        let announced = try #require(CookieSecrets.due(after: first, at: later(CookieSecrets.lifetime)))
        #expect(announced.secrets.count == 2 && announced.secrets[0] == first.secrets[0])
        #expect(CookieSecrets.due(after: announced, at: later(CookieSecrets.lifetime + .seconds(59))) == nil)

        let changed = later(CookieSecrets.lifetime + CookieSecrets.notice)
        let second = try #require(CookieSecrets.due(after: announced, at: changed))
        #expect(second.secrets == announced.secrets.reversed())
        #expect(CookieSecrets.due(after: second, at: changed) == nil)

        let third = try #require(CookieSecrets.due(after: second, at: changed.advanced(by: CookieSecrets.lifetime)))
        #expect(third.secrets[0] == second.secrets[0] && !second.secrets.contains(third.secrets[1]))
    }

    @Test func `one that was made in the future is replaced`() throws {
        let first = try #require(CookieSecrets.due(after: nil, at: later(.seconds(3_600))))
        #expect(CookieSecrets.due(after: first, at: Samples.start)?.hasNext == true)
    }

    @Test func `what was written can be read again, and no other text can`() throws {
        let secrets = try #require(CookieSecrets.due(after: nil, at: Samples.start))
        #expect(CookieSecrets(octets: secrets.octets)?.secrets == secrets.secrets)
        for damaged in ["", "{}", #"{"digits":[],"made":1,"hasNext":false}"#, #"{"digits":["12"],"made":1,"hasNext":false}"#] {
            #expect(CookieSecrets(octets: Array(damaged.utf8)) == nil, "\(damaged)")
        }
    }
}
