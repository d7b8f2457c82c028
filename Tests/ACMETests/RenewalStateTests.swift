import Foundation
import SwiftASN1
import Testing
import X509

@testable import ACME

/// When a certificate is renewed, as a function of time and chance.
struct RenewalStateTests {
    private let start = Date(timeIntervalSince1970: 1_800_000_000)
    private let day: TimeInterval = 86_400

    private func leaf(days: Double) throws -> LeafCertificate {
        let certificate = try StandInIssuer(name: "Root").certificate(
            for: Certificate.PrivateKey(SignatureKey().key).publicKey, names: [.dnsName("a.test")], from: start, for: days * day
        )
        return try CertificateChain(pem: try certificate.serializeAsPEM().pemString).leaf
    }

    @Test(
        arguments: [
            (90, 0.0, 60.0), (90, 1, 55.5), (365, 0, 365.0 * 2 / 3), (6, 0, 3), (6, 1, 2.7), (9.99, 0, 4.995),
            (10, 0, 20.0 / 3),
            (0.5, 0, 0.25),
        ] as [(Double, Double, Double)])
    func `without the authority's word a third of the lifetime is left, or half of a short one`(
        days: Double, random: Double, expected: Double
    ) throws {
        let leaf = try leaf(days: days)
        var state = RenewalState()
        let (isPlanned, isPlannedAgain) = (
            state.plan(for: leaf, at: start, random: random), state.plan(for: leaf, at: start, random: 0.9)
        )
        #expect(isPlanned && !isPlannedAgain)
        let situation = RenewalState.Situation(certificate: leaf)
        let moment = try #require(state.nextAttempt(in: situation, at: start))
        #expect(abs(moment.timeIntervalSince(start) - expected * day) < 2)
        state.learnNothing(retryAfter: .delay(seconds: 86_400 * 1000), at: moment.addingTimeInterval(-1))
        #expect(state.step(in: situation, at: moment.addingTimeInterval(-1)) == .wait(until: moment))
        #expect(state.step(in: situation, at: moment) == .order(.renewal))
    }

    @Test(arguments: [
        // The window, in days from the start; the moment expected.
        (30.0, 40.0, 35.0), (-10, -5, 1), (0, 1, 1), (80, 90, 81), (100, 4000, 81), (60.5, 60.6, 60.55),
    ])
    func `the authority's window decides, within bounds`(from: Double, to: Double, expected: Double) throws {
        let leaf = try leaf(days: 90)
        var state = RenewalState()
        _ = state.plan(for: leaf, at: start, random: 0)
        let information = RenewalInformation(start: start + from * day, end: start + to * day)
        let learnt = state.learn(information, retryAfter: nil, for: leaf, at: start, random: 0.5)
        let moment = try #require(learnt)
        #expect(abs(moment.timeIntervalSince(start) - expected * day) < 2)
        // The same window again is no reason for another moment.
        let again = state.learn(information, retryAfter: nil, for: leaf, at: start + 1, random: 0.9)
        #expect(again == nil)
        let stored = try JSONDecoder().decode(RenewalState.self, from: try JSONEncoder().encode(state))
        #expect(stored == state)
    }

    @Test(
        arguments: [
            (nil, 6.0 * 3600), (.delay(seconds: 0), 60), (.delay(seconds: 7200), 7200), (.delay(seconds: 2_591_740), 86_400),
            (.moment(.distantFuture), 86_400), (.moment(.distantPast), 60),
        ] as [(RetryAfter?, Double)])
    func `the authority is asked again after a minute to a day`(retryAfter: RetryAfter?, seconds: Double) throws {
        let leaf = try leaf(days: 90)
        var state = RenewalState()
        _ = state.plan(for: leaf, at: start, random: 0)
        let situation = RenewalState.Situation(certificate: leaf)
        #expect(state.step(in: situation, at: start) == .askAuthority)
        _ = state.learn(
            RenewalInformation(start: start + 30 * day, end: start + 40 * day), retryAfter: retryAfter, for: leaf, at: start,
            random: 0)
        #expect(state.step(in: situation, at: start) == .wait(until: start + seconds))
        #expect(state.step(in: situation, at: start + seconds) == .askAuthority)
        // A clock that was set back is no reason to wait for years.
        #expect(state.step(in: situation, at: start - 400 * day) == .askAuthority)
        state.learnNothing(retryAfter: retryAfter, at: start - 400 * day)
        #expect(state.step(in: situation, at: start - 400 * day) == .wait(until: start - 400 * day + seconds))
    }

    @Test func `failures double the wait from a minute to six hours, and a longer wish is respected up to a day`() {
        var backOff = BackOff()
        var waits: [TimeInterval] = []
        for _ in 0..<70 {
            backOff.fail(at: start, retryAfter: nil, random: 0)
            waits.append(backOff.end(at: start)?.timeIntervalSince(start) ?? 0)
        }
        #expect(waits.prefix(10) == [60, 120, 240, 480, 960, 1920, 3840, 7680, 15_360, 21_600] && waits.last == 21_600)
        backOff.succeed()
        backOff.fail(at: start, retryAfter: nil, random: 1)
        #expect(backOff.end(at: start) == start + 75)
        backOff.fail(at: start, retryAfter: .delay(seconds: 3600), random: 0)
        #expect(backOff.end(at: start) == start + 3600)
        // What is in the way here is looked at again soon, however often it was in the way.
        for _ in 1...20 { backOff.fail(at: start, retryAfter: nil, random: 0, longest: BackOff.longestForObstacle) }
        #expect(backOff.end(at: start) == start + 300)
        backOff.fail(at: start, retryAfter: .moment(.distantFuture), random: 0)
        #expect(backOff.end(at: start) == start + day)
        #expect(backOff.end(at: start + day) == nil)
        #expect(backOff.end(at: start - 1) == nil)
    }
}
