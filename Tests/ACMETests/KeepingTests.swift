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

    /// The process ends at each request, before the authority does what it is asked and after, and begins again with the files of that
    /// moment.
    @Test func `a process that is killed at any request goes on or gives up, with one account and one certificate`()
        async throws
    {
        var number = 0
        var isOver = false
        while !isOver {
            number += 1
            for moment in [StandInAuthority.Moment.before, .after] {
                try await KeepingWorld.with { world in
                    let (stopped, folder) = (number, world.folder)
                    let copy = folder.deletingLastPathComponent().appending(path: "copy")
                    world.authority.state.withLock { state in
                        state.stop = { number, now throws(AuthorityFailure) in
                            guard number == stopped, now == moment else { return }
                            do {
                                try FileManager.default.copyItem(at: folder, to: copy)
                            } catch {
                                throw .unreachable("the files cannot be copied: \(error)")
                            }
                            throw .unreachable("the process is killed")
                        }
                    }
                    await world.keeping.step()
                    world.authority.state.withLock { $0.stop = { _, _ in } }
                    guard FileManager.default.fileExists(atPath: copy.path) else {
                        #expect(world.keeping.certificate != nil)
                        isOver = true
                        return
                    }
                    world.folder = copy
                    try world.restart()
                    await world.settle()
                    let what = "request \(number), \(moment)"
                    #expect(world.keeping.certificate != nil, "\(what)")
                    #expect(world.authority.accountCount == 1, "\(what)")
                    #expect(world.authority.certificateCount == 1, "\(what)")
                    #expect(world.authority.orderCount <= 2, "\(what)")
                    #expect(world.surroundings.published.isEmpty, "\(what)")
                    #expect(!world.files.contains("order.json"), "\(what)")
                }
            }
        }
        // Directory, nonce, account, order, two names with three requests each, order, finalize, certificate.
        #expect(number >= 13)
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

    @Test func `a process that is killed after the certificate was kept only tidies up`() async throws {
        try await KeepingWorld.with { world in
            await world.settle()
            let certificate = try #require(world.keeping.certificate)
            let folder = try CertificateFolder(at: world.folder.path)
            try folder.keep(
                PendingOrder(
                    directory: "https://ca.test/dir", account: "https://ca.test/a/1", order: "https://ca.test/o/1",
                    names: ["a.test", "b.test"], key: certificate.key.pem))
            try world.restart()
            await world.settle()
            #expect(!world.files.contains("order.json") && world.authority.orderCount == 1)
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

    @Test func `a failure takes no certificate away, and the wait survives a restart`() async throws {
        try await KeepingWorld.with { world in
            await world.settle()
            let first = try #require(world.keeping.certificate)
            world.clock.set(try #require(world.keeping.status.nextAttempt))
            world.authority.state.withLock { state in
                state.override = { request in
                    request.url.text == "https://ca.test/o"
                        ? .problem(429, "rateLimited", [.init(name: "Retry-After", value: "36000")]) : nil
                }
            }
            let before = world.authority.count("/o")
            await world.settle()
            #expect(world.authority.count("/o") == before + 1)
            let asked = world.authority.count("/")
            let status = world.keeping.status
            #expect(status.state == .valid && status.lastProblem?.contains("rateLimited") == true)
            #expect(status.nextAttempt == world.clock.now + 36_000)
            #expect(world.keeping.certificate?.chain.leaf == first.chain.leaf)
            for _ in 0..<3 {
                try world.restart()
                world.clock.advance(by: 3000)
                await world.settle()
            }
            #expect(world.authority.count("/") == asked)
            world.authority.state.withLock { $0.override = { _ in nil } }
            world.clock.advance(by: 27_000)
            await world.settle()
            #expect(world.authority.certificateCount == 2 && world.keeping.status.lastProblem == nil)
        }
    }

    @Test func `an unreachable authority is asked less and less frequently`() async throws {
        try await KeepingWorld.with { world in
            world.authority.state.withLock { state in
                state.stop = { _, _ throws(AuthorityFailure) in throw .unreachable("no route") }
            }
            for _ in 0..<24 * 60 {
                await world.keeping.step()
                world.clock.advance(by: 60)
            }
            // 1, 2, 4, … minutes up to 6 hours, each an eighth longer.
            #expect(10...13 ~= world.authority.count("/"))
            #expect(world.keeping.status.state == .failed && world.keeping.status.nextAttempt != nil)
            #expect(world.surroundings.problem == "the authority cannot be reached: no route")
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

    @Test func `an obstacle that is known is told instead of asking in vain`() async throws {
        try await KeepingWorld.with { world in
            world.surroundings.state.withLock { $0.obstacle = "_acme-challenge.a.test has no CNAME" }
            await world.settle()
            #expect(world.authority.count("/o") == 0 && world.surroundings.problem == "_acme-challenge.a.test has no CNAME")
            let plan = try #require(world.surroundings.state.withLock { $0.plans.first })
            #expect(plan.caaIdentities == ["ca.test"] && plan.account == "https://ca.test/a/1" && plan.names.count == 2)
            world.surroundings.state.withLock { $0.obstacle = nil }
            world.keeping.renewNow()
            await world.settle()
            #expect(world.keeping.status.state == .valid)
        }
    }

    @Test func `a name that is not validated ends the order, and takes back what was published`() async throws {
        try await KeepingWorld.with { world in
            world.authority.state.withLock { state in
                state.override = { request in
                    guard request.url.text == "https://ca.test/z/1/b.test" else { return nil }
                    return .json(
                        200,
                        #"""
                        {"status":"invalid","identifier":{"value":"b.test"},"challenges":[{"type":"dns-01","token":"t",
                        "url":"https://ca.test/c/1/b.test","error":{"type":"urn:ietf:params:acme:error:dns","detail":"SERVFAIL"}}]}
                        """#)
                }
            }
            await world.keeping.step()
            #expect(world.surroundings.problem == "the authority did not validate b.test: dns: SERVFAIL")
            #expect(world.surroundings.published.isEmpty && !world.files.contains("order.json"))
            world.clock.advance(by: 100)
            await world.settle()
            #expect(world.authority.orderCount == 2 && world.keeping.status.state == .valid)
        }
    }

    @Test func `an authority that never comes to an end is left after ten minutes, and its order gone on with`() async throws {
        try await KeepingWorld.with { world in
            world.authority.state.withLock { state in
                state.override = { $0.url.text.hasPrefix("https://ca.test/c/") ? .json(200, "{}") : nil }
            }
            let start = world.clock.now
            await world.keeping.step()
            #expect(600...700 ~= world.clock.now.timeIntervalSince(start))
            #expect(world.files.contains("order.json") && world.surroundings.published == ["a.test", "b.test"])
            world.authority.state.withLock { $0.override = { _ in nil } }
            world.clock.advance(by: 100)
            await world.settle()
            #expect(
                world.authority.orderCount == 1 && world.keeping.status.state == .valid && world.surroundings.published.isEmpty)
        }
    }

    @Test func `an order that is interrupted again and again is given up`() async throws {
        try await KeepingWorld.with { world in
            world.authority.state.withLock { state in
                state.override = { $0.url.text.hasPrefix("https://ca.test/f/1") ? .problem(503, "serverInternal") : nil }
            }
            for _ in 0..<10 {
                await world.keeping.step()
                world.clock.advance(by: 7 * 3600)
            }
            #expect(world.authority.orderCount == 2 && world.keeping.certificate != nil)
            #expect(world.surroundings.events.contains { if case .orderGivenUp = $0 { true } else { false } })
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

    @Test func `an order for names that are not wanted any more is given up`() async throws {
        try await KeepingWorld.with { world in
            world.authority.state.withLock { state in
                state.override = { $0.url.text.hasPrefix("https://ca.test/f/") ? .problem(503, "serverInternal") : nil }
            }
            await world.keeping.step()
            #expect(world.surroundings.published == ["a.test", "b.test"])
            world.authority.state.withLock { $0.override = { _ in nil } }
            world.settings.names = [try HostName("c.test")]
            try world.restart()
            world.clock.advance(by: 100)
            await world.settle()
            #expect(world.surroundings.published.isEmpty && world.keeping.certificate?.chain.leaf.names == ["c.test"])
        }
    }

    @Test func `a certificate that is not what was asked for is not kept`() async throws {
        try await KeepingWorld.with { world in
            world.authority.state.withLock { $0.wrongNames = ["evil.test"] }
            await world.keeping.step()
            #expect(world.keeping.certificate == nil && !world.files.contains("certificate.pem"))
            #expect(world.surroundings.problem == "the authority’s certificate cannot be used: it is not for a.test, b.test")
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

    @Test func `damaged files are told, and no account is lost by them`() async throws {
        try await KeepingWorld.with { world in
            await world.settle()
            let folder = world.folder
            func write(_ text: String, to file: String) throws {
                let handle = try FileHandle(forWritingTo: folder.appending(path: file))
                try handle.truncate(atOffset: 0)
                try handle.write(contentsOf: Data(text.utf8))
                try handle.close()
            }
            try write("damaged", to: "certificate.pem")
            try write("[", to: "renewal.json")
            try world.restart()
            #expect(world.keeping.certificate == nil)
            #expect(world.surroundings.events.contains { if case .keptCertificateUnusable = $0 { true } else { false } })
            await world.settle()
            #expect(world.authority.orderCount == 2 && world.keeping.status.state == .valid)
            let account = try #require(world.files.first { $0.hasPrefix("account-") })
            try write("{}", to: account)
            world.keeping.renewNow()
            await world.settle()
            #expect(world.keeping.status.lastProblem?.contains("is not an account of https://ca.test/dir") == true)
            #expect(world.authority.accountCount == 1 && world.keeping.status.state == .valid)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: folder.appending(path: "certificate.pem").path)
            let problem = #expect(throws: KeepingProblem.self) { try world.restart() }
            #expect(problem?.description.contains("can be read by others: give it mode 0600") == true)
        }
    }

    @Test func `a value that cannot be published ends the attempt, not the order`() async throws {
        try await KeepingWorld.with { world in
            world.surroundings.state.withLock { state in
                state.publishes = { name in if name == "b.test" { throw KeepingProblem("the storage is full") } }
            }
            await world.keeping.step()
            #expect(world.surroundings.problem?.contains("the storage is full") == true && world.authority.count("/c") == 0)
            world.surroundings.state.withLock { $0.publishes = { _ in } }
            world.clock.advance(by: 100)
            await world.settle()
            #expect(world.authority.orderCount == 1 && world.keeping.status.state == .valid)
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

    @Test func `an authority that wants more validations than names gets none`() async throws {
        try await KeepingWorld.with { world in
            world.authority.state.withLock { state in
                state.override = { request in
                    guard request.url.text == "https://ca.test/o" else { return nil }
                    let authorizations = (0..<50).map { #""https://ca.test/z/1/a.test?\#($0)""# }.joined(separator: ",")
                    return .json(
                        201, #"{"status":"pending","authorizations":[\#(authorizations)]}"#, [.location("https://ca.test/o/1")])
                }
            }
            await world.keeping.step()
            #expect(world.surroundings.problem == "the authority wants more validations than the order has names")
            #expect(world.surroundings.state.withLock { $0.everPublished } == 0 && !world.files.contains("order.json"))
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

    @Test func `files that cannot be written end an attempt, and the order is gone on with`() async throws {
        try await KeepingWorld.with { world in
            let obstacle = world.folder.appending(path: "certificate.pem")
            try FileManager.default.createDirectory(at: obstacle, withIntermediateDirectories: false)
            await world.keeping.step()
            #expect(world.keeping.certificate == nil && world.surroundings.problem?.contains("certificate.pem") == true)
            try FileManager.default.removeItem(at: obstacle)
            world.clock.advance(by: 100)
            await world.settle()
            #expect(world.authority.certificateCount == 1 && world.keeping.status.state == .valid)
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
