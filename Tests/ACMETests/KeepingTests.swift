import DNS
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ACME

/// Keeping one certificate, with an authority that can be made to do anything.
struct KeepingTests {
    private let day: TimeInterval = 86_400

    @Test func `the first certificate is obtained, kept, used, and what was published is taken back`() async throws {
        try await KeepingWorld.with { world in
            #expect(world.keeping.certificate == nil && world.keeping.status.state == .pending)
            await world.settle()
            let certificate = try #require(world.keeping.certificate)
            #expect(certificate.chain.leaf.names == ["a.test", "b.test"])
            #expect(world.surroundings.state.withLock { $0.used.count } == 1)
            #expect(world.surroundings.state.withLock { $0.everPublished } == 2 && world.surroundings.published.isEmpty)
            #expect(world.authority.orderCount == 1)
            let status = world.keeping.status
            #expect(status.state == .valid && status.names == ["a.test", "b.test"] && status.lastProblem == nil)
            #expect(status.notAfter == certificate.notAfter)
            let next = try #require(status.nextAttempt)
            #expect(next < certificate.notAfter)
            #expect(world.files.count == 3 && !world.files.contains("order.json"))
            for file in world.files {
                let attributes = try FileManager.default.attributesOfItem(atPath: world.folder.appending(path: file).path)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
            // Others read the file as well.
            let text = try String(contentsOf: world.folder.appending(path: "certificate.pem"), encoding: .utf8)
            #expect(text.hasPrefix("Directory: https://ca.test/dir\n-----BEGIN PRIVATE KEY-----\n"))
        }
    }

    @Test func `a start orders no certificate that is not needed`() async throws {
        try await KeepingWorld.with { world in
            await world.settle()
            let digest = world.keeping.certificate?.chain.leaf.digest
            for _ in 0..<3 {
                try world.restart()
                #expect(world.keeping.certificate?.chain.leaf.digest == digest)
                await world.settle()
            }
            #expect(world.authority.orderCount == 1 && world.surroundings.state.withLock { $0.used.count } == 1)
        }
    }

    @Test func `a certificate that is asked for while one is obtained is that one`() async throws {
        try await KeepingWorld.with { world in
            let keeping = world.keeping
            world.authority.state.withLock { state in
                state.stop = { number, now throws(AuthorityFailure) in
                    if number == 5, now == .before { keeping.renewNow() }
                }
            }
            await keeping.step()
            #expect(keeping.certificate != nil && world.authority.certificateCount == 1)
            await keeping.step()
            #expect(world.authority.certificateCount == 1)
        }
    }

    @Test(arguments: [90.0, 6])
    func `a certificate is renewed in time, with a new key`(days: Double) async throws {
        try await KeepingWorld.with { world in
            world.authority.state.withLock { $0.lifetime = days * 86_400 }
            await world.settle()
            let first = try #require(world.keeping.certificate)
            let moment = try #require(world.keeping.status.nextAttempt)
            world.clock.set(moment - 1)
            await world.settle()
            #expect(world.authority.orderCount == 1)
            world.clock.set(moment)
            await world.settle()
            let second = try #require(world.keeping.certificate)
            #expect(world.authority.orderCount == 2 && world.authority.accountCount == 1)
            #expect(second.notAfter > first.notAfter && second.keyPEM != first.keyPEM)
            #expect(moment < first.notAfter - days * 86_400 * 0.3)
        }
    }

    @Test func `a window of the authority's moves the renewal, which names the certificate that it replaces`() async throws {
        try await KeepingWorld.with { world in
            let now = world.clock.now
            world.authority.state.withLock { $0.window = (now + 20 * 86_400, now + 22 * 86_400) }
            await world.settle()
            let first = try #require(world.keeping.certificate)
            #expect(world.keeping.status.nextAttempt.map { abs($0.timeIntervalSince(now) - 21 * 86_400) < 5 } == true)
            // A new window, in the past: the authority wants to revoke.
            world.authority.state.withLock { $0.window = (now - 86_400, now - 1) }
            world.clock.advance(by: 6 * 3600)
            await world.settle()
            #expect(world.authority.orderCount == 1)
            world.clock.advance(by: 20 * 3600)
            await world.settle()
            #expect(world.authority.orderCount == 2)
            let payload = world.authority.state.withLock { $0.orders["2"]?.payload }
            let renewalID = try #require(first.chain.leaf.renewalID)
            #expect(payload?.contains("\"replaces\":\"\(renewalID)\"") == true)
            // An authority that always wants to revoke gets no order for each question.
            await world.settle()
            #expect(world.authority.orderCount == 2)
        }
    }

    @Test func `an account that has ended is replaced, once an attempt`() async throws {
        try await KeepingWorld.with { world in
            await world.settle()
            world.authority.state.withLock { $0.ended = ["https://ca.test/a/1"] }
            world.keeping.renewNow()
            await world.settle()
            #expect(world.authority.accountCount == 2 && world.authority.certificateCount == 2)
            // An authority that ends each account at once.
            world.authority.state.withLock { state in
                state.override = { $0.url.text == "https://ca.test/o" ? .problem(403, "unauthorized") : nil }
                state.ended = ["https://ca.test/a/1", "https://ca.test/a/2"]
            }
            world.keeping.renewNow()
            await world.settle()
            #expect(world.authority.accountCount == 3 && world.keeping.status.lastProblem?.contains("unauthorized") == true)
            #expect(world.keeping.status.state == .valid)
        }
    }

    @Test func `an account without acceptance of the terms is not made, and the problem tells their URL`() async throws {
        try await KeepingWorld.with { world in
            world.authority.state.withLock {
                $0.meta = #"{"termsOfService":"https://ca.test/terms","externalAccountRequired":true}"#
            }
            world.settings.acceptsTerms = false
            try world.restart()
            await world.settle()
            #expect(world.keeping.status.lastProblem?.contains("https://ca.test/terms") == true)
            world.settings.acceptsTerms = true
            try world.restart()
            world.keeping.renewNow()
            await world.settle()
            #expect(world.keeping.status.lastProblem?.contains("external account") == true)
            #expect(world.authority.accountCount == 0 && world.authority.count("/o") == 0)
        }
    }

    @Test func `other names or another authority need another certificate; meanwhile the old one is used where it can be`()
        async throws
    {
        try await KeepingWorld.with { world in
            await world.settle()
            world.settings.names.append(try HostName("c.test"))
            try world.restart()
            #expect(world.keeping.certificate == nil && world.keeping.status.state == .pending)
            await world.settle()
            #expect(world.keeping.certificate?.chain.leaf.names == ["a.test", "b.test", "c.test"])
            // Fewer names are in the certificate as well.
            world.settings.names = [try HostName("c.test")]
            try world.restart()
            await world.settle()
            #expect(world.authority.orderCount == 2)
            world.settings.directory = try #require(AuthorityURL("https://ca.test/dir2"))
            world.authority.state.withLock { state in
                state.override = { request in
                    request.url.text == "https://ca.test/dir2"
                        ? .json(200, "{\(DocumentTests.needed)}") : nil
                }
            }
            try world.restart()
            #expect(world.keeping.certificate != nil)
            await world.settle()
            #expect(world.authority.orderCount == 3 && world.authority.accountCount == 2)
            #expect(world.keeping.certificate?.directory.text == "https://ca.test/dir2")
            #expect(world.files.count { $0.hasPrefix("account-") } == 2)
        }
    }

    @Test func `a revoked certificate is replaced`() async throws {
        try await KeepingWorld.with { world in
            await #expect(throws: KeepingProblem.self) { try await world.keeping.revoke(.superseded) }
            await world.settle()
            try await world.keeping.revoke(.keyCompromise)
            #expect(world.authority.state.withLock { $0.revoked } == 1)
            // Also if the process ends before the new one is there.
            try world.restart()
            await world.settle()
            #expect(world.authority.orderCount == 2)
            try world.restart()
            await world.settle()
            #expect(world.authority.orderCount == 2)
        }
    }

    /// What is reported is logged.
    @Test func `no event has a secret`() async throws {
        try await KeepingWorld.with { world in
            await world.settle()
            let text = "\(world.surroundings.events)"
            let key = try #require(world.keeping.certificate).keyPEM
            #expect(!text.contains("PRIVATE") && !text.contains(String(key.split(separator: "\n")[1])))
            #expect(world.surroundings.events.count == 4)
        }
    }

    @Test func `a running server obtains a certificate, and another one when it is asked to`() async throws {
        try await KeepingWorld.with { world in
            let (keeping, authority) = (world.keeping, world.authority)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await keeping.run() }
                try await waitUntil("there is a certificate") { authority.certificateCount == 1 && keeping.certificate != nil }
                keeping.renewNow()
                try await waitUntil("there is another one") { authority.certificateCount == 2 }
                group.cancelAll()
            }
        }
    }

    /// Caddy leaves the challenge of a failed validation pending, and looks only when it is told again; others tell no error.
    @Test(arguments: [1, 2, 3])
    func `a challenge that stays pending after a failure is answered again, three times in all`(failures: Int) async throws {
        try await KeepingWorld.with { world in
            world.settings.names = [try HostName("a.test")]
            try world.restart()
            let answers = Mutex(0)
            world.authority.state.withLock { state in
                state.override = { request in
                    if request.url.text == "https://ca.test/c/1/a.test" {
                        return answers.withLock {
                            $0 += 1; return $0
                        } <= failures ? .json(200, "{}") : nil
                    }
                    guard request.url.text == "https://ca.test/z/1/a.test", 1...failures ~= answers.withLock(\.self) else {
                        return nil
                    }
                    return .json(
                        200,
                        #"""
                        {"status":"pending","identifier":{"value":"a.test"},"challenges":[{"type":"dns-01","token":"t1",
                        "status":"pending","url":"https://ca.test/c/1/a.test","error":{"detail":"no TXT record"}}]}
                        """#)
                }
            }
            await world.keeping.step()
            #expect(answers.withLock(\.self) == min(failures + 1, 3))
            #expect((world.keeping.certificate != nil) == (failures < 3))
            if failures == 3 {
                #expect(world.surroundings.problem == "the authority did not validate a.test: no TXT record")
            }
        }
    }

    /// By a clock that is fast, a new certificate can be due when it comes.
    @Test(arguments: [(90.0, 86_400.0), (6, 51_840)])
    func `certificates that are due at once are ordered once a day, or a tenth of their lifetime`(
        days: Double, rest: TimeInterval
    ) async throws {
        try await KeepingWorld.with { world in
            world.authority.state.withLock { state in
                state.lifetime = days * 86_400
                state.age = days * 86_400 * 0.9
            }
            let start = world.clock.now
            await world.settle()
            #expect(world.authority.orderCount == 1 && world.keeping.status.state == .valid)
            world.clock.set(start + rest - 60)
            try world.restart()
            await world.settle()
            #expect(world.authority.orderCount == 1)
            world.clock.set(start + rest + 60)
            await world.settle()
            #expect(world.authority.orderCount == 2)
        }
    }
}
