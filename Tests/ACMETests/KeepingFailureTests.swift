import DNS
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ACME

/// A certificate that is kept while things go wrong: processes that are killed, authorities that refuse, disks that fail.
struct KeepingFailureTests {
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

    /// The key of the first attempt is stored, and has no account: none has ended.
    @Test func `an authority that refuses to make an account is told as such each time, with the external account`()
        async throws
    {
        try await KeepingWorld.with { world in
            world.settings.externalAccount = try present(ExternalAccount(keyID: "key-1", key: "c2VjcmV0"))
            try world.restart()
            world.authority.state.withLock { state in
                state.override = { request in
                    let payload = JSONValue(Array((request.payload ?? "").utf8))
                    guard request.url.text == "https://ca.test/a", payload?.truth("onlyReturnExisting") != true else {
                        return nil
                    }
                    return .problem(403, "unauthorized")
                }
            }
            for _ in 1...2 {
                world.keeping.renewNow()
                await world.settle()
                #expect(world.surroundings.problem?.contains("the external account “key-1”") == true)
            }
            #expect(!world.surroundings.events.contains { if case .accountGone = $0 { true } else { false } })
            world.authority.state.withLock { $0.override = { _ in nil } }
            world.keeping.renewNow()
            await world.settle()
            #expect(world.authority.accountCount == 1 && world.keeping.certificate != nil)
        }
    }
}
