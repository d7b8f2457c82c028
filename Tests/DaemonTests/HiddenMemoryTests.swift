import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore
import TestSupport
import Testing

/// The view of a server's memory from outside.
struct HiddenMemoryTests {
    private static let unprivileged = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    @Test func `a server leaves no core dump`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            _ = try await server.waitUntilReady()
            let limits = try String(contentsOfFile: "/proc/\(server.processID)/limits", encoding: .utf8)
            #expect(limits.contains(#/Max core file size\s+0\s+0\s/#))
        }
    }

    /// Whether the unprivileged user may run the program, which may be in another user's folder.
    private static func canRunUnprivileged() -> Bool {
        guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv"),
            let check = try? ChildProcess(
                "/usr/bin/setpriv", unprivileged.dropFirst() + [NuncioProcess.program.path, "--version"],
                in: URL(filePath: "/"))
        else { return false }
        return check.waitForExit() == 0
    }

    @Test(.enabled("only root can run it as another user, who must be able to reach it") { canRunUnprivileged() })
    func `other processes of the server's user cannot read its memory, root can, and it sees itself`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            chmod(folder.path, 0o700)
            chown(folder.path, 65_534, 65_534)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder, wrapper: Self.unprivileged)
            _ = try await server.waitUntilReady()
            // The kernel gives the files about such a process to root.
            let attributes = try FileManager.default.attributesOfItem(atPath: "/proc/\(server.processID)/mem")
            #expect(attributes[.ownerAccountID] as? Int == 0)
            let reading = try ChildProcess(
                Self.unprivileged[0], Self.unprivileged.dropFirst() + ["/bin/cat", "/proc/\(server.processID)/maps"], in: folder
            )
            #expect(reading.waitForExit() != 0)
            // The server still counts its own open files.
            let port = try #require(
                server.standardError.firstMatch(of: /metrics\.addresses=127\.0\.0\.1:(\d+)/).flatMap { UInt16($0.1) })
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://127.0.0.1:\(port)/metrics"), timeout: .seconds(15))
            let metrics = String(buffer: try await response.body.collect(upTo: 1 << 20))
            let count = try #require(metrics.firstMatch(of: #/(?m)^process_open_fds (\d+)/#).flatMap { Int($0.1) })
            #expect(count > 10)
        }
    }
}
