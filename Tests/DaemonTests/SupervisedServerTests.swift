import Foundation
import Glibc
import TestSupport
import Testing

/// The whole server as a service manager sees it.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct SupervisedServerTests {
    @Test func `a service manager hears of the start, the life, reloads and the stop`() async throws {
        try await withTemporaryFolder { folder in
            let socket = try NotificationSocket(folder.appending(path: "notify").path)
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(
                ["serve", "--config", "nuncio.yaml"], in: folder,
                environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "4000000"])
            #expect(try await socket.next() == ["STATUS=reads the storage"])
            #expect(try await socket.next() == ["READY=1", "STATUS=answers for delegates.example.net."])
            #expect(server.standardError.contains("] ready\n"))
            #expect(try await socket.next(with: "WATCHDOG=1").first == "WATCHDOG=1")

            server.signal(SIGHUP)
            let reloading = try await socket.next { $0.hasPrefix("RELOADING=1") }
            #expect(reloading.contains { $0.hasPrefix("MONOTONIC_USEC=") })
            #expect(try await socket.next(with: "READY=1").last == "STATUS=has read the configuration again")

            try NuncioProcess.writeConfiguration(in: folder) { $0 += "registraton: 1\n" }
            server.signal(SIGHUP)
            let refused = try await socket.next(with: "READY=1")
            #expect(
                refused.last?.hasPrefix("STATUS=the old configuration stays in effect: nuncio.yaml:15: ") == true, "\(refused)")

            // A sign of life comes after a reload as before it.
            #expect(try await socket.next(with: "WATCHDOG=1").first == "WATCHDOG=1")
            server.signal(SIGTERM)
            #expect(try await socket.next(with: "STOPPING=1").first == "STOPPING=1")
            #expect(try await server.waitForExit() == 0)
        }
    }

    @Test func `a server whose API speaks TLS answers itself, too`() async throws {
        try await withTemporaryFolder { folder in
            let socket = try NotificationSocket(folder.appending(path: "notify").path)
            try await SelfSignedCertificate.make(named: "auth.example.net", in: folder)
            try NuncioProcess.writeConfiguration(in: folder) { text in
                text = text.replacing(
                    "webserver:\n", with: "webserver:\n  tls:\n    mode: files\n    certificate: tls.crt\n    key: tls.key\n")
            }
            let server = try NuncioProcess(
                ["serve", "--config", "nuncio.yaml"], in: folder,
                environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "4000000"])
            #expect(try await socket.next(with: "READY=1").first == "READY=1")
            #expect(try await socket.next(with: "WATCHDOG=1").first == "WATCHDOG=1")
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }

    @Test func `a start that fails is told with its reason`() async throws {
        try await withTemporaryFolder { folder in
            let socket = try NotificationSocket("@nuncio-test-\(UUID().uuidString)")
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(
                ["serve", "--config", "nuncio.yaml", "--dns-listen", "192.0.2.1:0"], in: folder,
                environment: ["NOTIFY_SOCKET": socket.name])
            #expect(try await server.waitForExit() == 3)
            #expect(try await socket.next() == ["STATUS=reads the storage"])
            let failure = try await socket.next()
            #expect(failure.count == 1 && failure[0].hasPrefix("STATUS=cannot listen on 192.0.2.1:0 (UDP): "), "\(failure)")
        }
    }
}
