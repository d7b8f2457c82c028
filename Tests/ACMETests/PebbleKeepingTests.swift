import DNS
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ACME

/// Keeping one certificate with a real authority, which looks at DNS.
@Suite(.enabled(if: Pebble.isInstalled, "Pebble is not installed"))
struct PebbleKeepingTests {
    private final class Surroundings: CertificateSurroundings {
        let resolver: ChallengeResolver
        let events = Mutex<[KeepingEvent]>([])

        init(_ resolver: ChallengeResolver) { self.resolver = resolver }

        func publish(_ digest: ChallengeDigest, for name: HostName) async throws {
            resolver.publish(digest.text, at: "_acme-challenge.\(name.domainName.withoutFinalDot)")
        }

        func withdraw(_ digest: ChallengeDigest, for name: HostName) async throws {
            resolver.withdraw(digest.text, at: "_acme-challenge.\(name.domainName.withoutFinalDot)")
        }

        func obstacle(to order: OrderPlan) async -> String? { nil }
        func use(_ certificate: KeptCertificate) async {}
        func report(_ event: KeepingEvent) { events.withLock { $0.append(event) } }
    }

    /// A clock whose sleeps are short.
    private var clock: KeepingClock {
        KeepingClock(
            now: { Date() },
            sleep: { _ in
                let isOver = Mutex(false)
                try await waitUntil("a moment has passed") {
                    isOver.withLock { over in
                        defer { over = true }; return over
                    }
                }
            }, random: { 0.5 })
    }

    private func keeping(
        _ pebble: Pebble, _ transport: HTTPTransport, _ surroundings: Surroundings, in folder: URL,
        external: ExternalAccount? = nil
    ) throws -> CertificateKeeping {
        try CertificateKeeping(
            KeepingSettings(
                directory: pebble.directory, names: try ["a.test", "b.test"].map { try HostName($0) },
                contacts: ["mailto:hostmaster@example.org"], acceptsTerms: true, externalAccount: external,
                profile: "shortlived"),
            folder: folder.appending(path: "kept").path, transport: transport, surroundings: surroundings, clock: clock)
    }

    @Test(arguments: [("20", "0"), ("50", "100")])
    func `a certificate is obtained, kept over a restart, renewed and revoked`(reject: String, reuse: String) async throws {
        try await Pebble.with([
            "PEBBLE_WFE_NONCEREJECT": reject, "PEBBLE_AUTHZREUSE": reuse, "PEBBLE_CHAIN_LENGTH": "2",
            "PEBBLE_ALTERNATE_ROOTS": "2",
        ]) { pebble, transport, resolver, folder in
            let surroundings = Surroundings(resolver)
            var keeping = try keeping(pebble, transport, surroundings, in: folder)
            await keeping.step()
            let first = try #require(keeping.certificate, "\(surroundings.events.withLock(\.self))")
            #expect(resolver.published.isEmpty && resolver.questions.contains("_acme-challenge.b.test"))
            keeping = try self.keeping(pebble, transport, surroundings, in: folder)
            await keeping.step()
            #expect(keeping.certificate?.chain == first.chain)
            keeping.renewNow()
            await keeping.step()
            let second = try #require(keeping.certificate)
            #expect(second.chain.leaf != first.chain.leaf)
            try await keeping.revoke(.superseded)
            await keeping.step()
            #expect(keeping.certificate?.chain.leaf != second.chain.leaf)
            #expect(keeping.status.state == .valid && keeping.status.lastProblem == nil)
        }
    }

    @Test func `an account that was deactivated is replaced`() async throws {
        try await Pebble.with { pebble, transport, resolver, folder in
            let surroundings = Surroundings(resolver)
            let keeping = try keeping(pebble, transport, surroundings, in: folder)
            await keeping.step()
            let first = try #require(keeping.certificate)
            let client = try await AuthorityClient.connect(to: pebble.directory, through: transport)
            let stored = try present(
                try CertificateFolder(at: folder.appending(path: "kept").path).account(of: pebble.directory))
            let account = Account(
                url: try present(stored.url.flatMap(AuthorityURL.init)), key: try present(SignatureKey(pem: stored.key)))
            _ = try await client.post(Array(#"{"status":"deactivated"}"#.utf8), to: account.url, by: account.signer)
            keeping.renewNow()
            await keeping.step()
            #expect(keeping.certificate?.chain.leaf != first.chain.leaf, "\(surroundings.events.withLock(\.self))")
            #expect(surroundings.events.withLock { $0.contains { if case .accountGone = $0 { true } else { false } } })
        }
    }

    @Test func `a name that Pebble does not find is told in its words`() async throws {
        try await Pebble.with { pebble, transport, resolver, folder in
            let surroundings = Surroundings(resolver)
            let keeping = try CertificateKeeping(
                KeepingSettings(
                    directory: pebble.directory, names: [try HostName("a.test")], contacts: [], acceptsTerms: true),
                folder: folder.appending(path: "kept").path, transport: transport,
                surroundings: Blind(surroundings), clock: clock)
            await keeping.step()
            #expect(keeping.certificate == nil)
            #expect(keeping.status.lastProblem?.hasPrefix("the authority did not validate a.test: unauthorized") == true)
        }
    }

    /// What it publishes is nowhere.
    private final class Blind: CertificateSurroundings {
        let other: Surroundings
        init(_ other: Surroundings) { self.other = other }
        func publish(_ digest: ChallengeDigest, for name: HostName) async throws {}
        func withdraw(_ digest: ChallengeDigest, for name: HostName) async throws {}
        func obstacle(to order: OrderPlan) async -> String? { nil }
        func use(_ certificate: KeptCertificate) async {}
        func report(_ event: KeepingEvent) { other.report(event) }
    }

    @Test func `an external account is bound`() async throws {
        let secret = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
        try await Pebble.with(settings: [
            "externalAccountBindingRequired": true, "externalAccountMACKeys": ["kid-1": secret],
        ]) { pebble, transport, resolver, folder in
            let surroundings = Surroundings(resolver)
            let external = try #require(ExternalAccount(keyID: "kid-1", key: secret + "\n"))
            let keeping = try keeping(pebble, transport, surroundings, in: folder, external: external)
            await keeping.step()
            #expect(keeping.certificate != nil, "\(surroundings.events.withLock(\.self))")
        }
    }
}
