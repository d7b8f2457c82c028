import DNS
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ACME

/// A clock that a test sets; a sleep moves it.
final class TestClock: Sendable {
    private let moment = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    var now: Date { moment.withLock(\.self) }
    func advance(by seconds: TimeInterval) { moment.withLock { $0 += seconds } }
    func set(_ date: Date) { moment.withLock { $0 = date } }

    /// - Parameter random: what chance gives each time.
    func keepingClock(random: Double = 0.5) -> KeepingClock {
        KeepingClock(
            now: { self.now }, sleep: { self.advance(by: Double($0.components.seconds)) }, random: { random })
    }
}

/// The server around a certificate that is kept.
final class TestSurroundings: CertificateSurroundings {
    struct State {
        var published: [String: Set<String>] = [:]
        var everPublished = 0
        var events: [KeepingEvent] = []
        var used: [KeptCertificate] = []
        var obstacle: String?
        var plans: [OrderPlan] = []
        var publishes: @Sendable (String) throws -> Void = { _ in }
    }

    let state = Mutex(State())

    var events: [KeepingEvent] { state.withLock(\.events) }
    var published: [String] { state.withLock { $0.published.filter { !$0.value.isEmpty }.keys.sorted() } }
    var problem: String? {
        events.compactMap { event -> String? in
            guard case .failed(let problem, _) = event else { return nil }
            return problem
        }.last
    }

    func publish(_ digest: ChallengeDigest, for name: HostName) async throws {
        try state.withLock(\.publishes)(name.domainName.withoutFinalDot.lowercased())
        state.withLock { state in
            state.everPublished += 1
            state.published[name.domainName.withoutFinalDot.lowercased(), default: []].insert(digest.text)
        }
    }

    func withdraw(_ digest: ChallengeDigest, for name: HostName) async throws {
        _ = state.withLock { $0.published[name.domainName.withoutFinalDot.lowercased()]?.remove(digest.text) }
    }

    func obstacle(to order: OrderPlan) async -> String? {
        state.withLock { state in
            state.plans.append(order)
            return state.obstacle
        }
    }

    func use(_ certificate: KeptCertificate) async { state.withLock { $0.used.append(certificate) } }
    func report(_ event: KeepingEvent) { state.withLock { $0.events.append(event) } }
}

/// A certificate that is kept with the stand-in, and restarts.
final class KeepingWorld {
    let clock = TestClock()
    let surroundings = TestSurroundings()
    let authority: StandInAuthority
    var settings: KeepingSettings
    var folder: URL
    private(set) var keeping: CertificateKeeping

    private init(in folder: URL) throws {
        self.folder = folder
        let surroundings = surroundings
        authority = try StandInAuthority(clock: clock) { name in surroundings.published.contains(name) }
        settings = KeepingSettings(
            directory: try #require(DocumentTests.url), names: try ["a.test", "B.test"].map { try HostName($0) },
            contacts: ["mailto:a@b.test"], acceptsTerms: true)
        keeping = try CertificateKeeping(
            settings, folder: folder.path, transport: authority, surroundings: surroundings, clock: clock.keepingClock())
    }

    static func with(_ body: (KeepingWorld) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let kept = folder.appending(path: "kept")
            try await body(try KeepingWorld(in: kept))
        }
    }

    /// A process that begins with what is stored.
    func restart() throws {
        keeping = try CertificateKeeping(
            settings, folder: folder.path, transport: authority, surroundings: surroundings, clock: clock.keepingClock())
    }

    /// Lets all be done that is due now.
    func settle() async {
        for _ in 0..<5 { await keeping.step() }
    }

    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() }
}
