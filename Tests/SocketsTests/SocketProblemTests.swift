import NIOCore
import NIOPosix
import Sockets
import Testing

/// The messages for connections that fail.
struct SocketProblemTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private func text(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "no error"
        } catch {
            return SocketProblem.text(error)
        }
    }

    @Test func `a port where nothing listens is told without SwiftNIO's functions and numbers`() async throws {
        let listener = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await listener.close()
        for host in ["127.0.0.1", "localhost"] {
            let said = await text {
                _ = try await ClientBootstrap(group: group).connect(host: host, port: port).get()
            }
            #expect(said == "nothing is listening there (connection refused)", "\(host)")
        }
    }

    @Test func `a socket that cannot be made is told by its cause`() async {
        let said = await text {
            _ = try await ServerBootstrap(group: group).bind(unixDomainSocketPath: "/nonexistent/socket").get()
        }
        #expect(said == "No such file or directory")
        let long = await text {
            _ = try await ServerBootstrap(group: group)
                .bind(unixDomainSocketPath: "/tmp/" + String(repeating: "a", count: 200)).get()
        }
        #expect(long.contains("107 octets"))
    }
}
