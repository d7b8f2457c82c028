import Delegates
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// The socket of the operator's commands, spoken to by hand.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct OperatorSocketTests {
    private typealias Client = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private func connect(_ folder: URL) async throws -> Client {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(unixDomainSocketPath: folder.appending(path: "nuncio.db.socket").path) { channel in
                channel.eventLoop.makeCompletedFuture { try Client(wrappingChannelSynchronously: channel) }
            }
    }

    /// Sends octets and returns the answer until it contains `end`; all of it if the server ends the connection first.
    private func answer(to octets: String, until end: String, in folder: URL) async throws -> String {
        try await connect(folder).executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: octets))
            var text = ""
            for try await octets in inbound {
                text += String(buffer: octets)
                if text.contains(end) { break }
            }
            return text
        }
    }

    private func withServer(_ body: (NuncioProcess, URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            _ = try await server.waitUntilReady()
            // A server is ready without this socket, which may come a moment later.
            try await server.waitForFile(folder.appending(path: "nuncio.db.socket"))
            try await body(server, folder)
        }
    }

    @Test func `only the server's own user can open the socket`() async throws {
        try await withServer { _, folder async throws in
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: "nuncio.db.socket").path)
            let mode = try #require(attributes[.posixPermissions] as? Int)
            #expect(mode & 0o077 == 0)
        }
    }

    @Test(arguments: [
        ("GET /v1/trace?name=d.example", "200 OK", "\r\n\r\n1\r\n\n"), ("GET /v1/trace", "200 OK", "\r\n\r\n1\r\n\n"),
        ("GET /v1/trace?name=a..b", "400 Bad Request", "invalid_name"),
        ("POST /v1/trace", "405 Method Not Allowed", "use GET here"), ("GET /v1/nothing", "404 Not Found", "under /v1/"),
        ("POST /v1/reload", "200 OK", "nuncio.yaml\",\"problems\":[],\"reloaded\":true}"),
        ("GET /v1/audit/verify?noted=3", "400 Bad Request", "invalid_number"),
        (
            "GET /v1/audit/verify", "200 OK",
            "{\"digest\":\"\(String(repeating: "0", count: 64))\",\"entries\":0,\"number\":0,\"whole\":true}"
        ),
    ])
    func `a request is taken, and what is none is told`(request: String, status: String, body: String) async throws {
        try await withServer { _, folder async throws in
            let text = try await answer(
                to: "\(request) HTTP/1.1\r\nHost: nuncio\r\nContent-Length: 0\r\n\r\n", until: body, in: folder)
            #expect(text.hasPrefix("HTTP/1.1 \(status)\r\n") && text.contains(body), "\(text)")
        }
    }

    @Test func `a wish for another protocol is passed over, and a host is wanted`() async throws {
        try await withServer { _, folder async throws in
            let wish = "GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
            let both = wish + "GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n"
            let text = try await answer(to: both, until: "not_found", in: folder)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.contains("not_found"), "\(text)")
            let refused = try await answer(to: "GET /v1/status HTTP/1.1\r\n\r\n", until: "invalid_host", in: folder)
            #expect(refused.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && refused.contains("invalid_host"), "\(refused)")
        }
    }

    @Test func `of more than sixteen followers one makes place, and shutdown waits for none`() async throws {
        try await withServer { server, folder async throws in
            var followers: [any Channel] = []
            for _ in 0..<17 { followers.append(try await follow(folder)) }
            await withTaskGroup { group in
                for follower in followers { group.addTask { try? await follower.closeFuture.get() } }
                // Which follower it is depends on the order in which they were accepted.
                await group.next()
                #expect(followers.filter { $0.isActive }.count == 16)
                server.signal(SIGTERM)
                await group.waitForAll()
            }
            #expect(try await server.waitForExit() == 0)
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "nuncio.db.socket").path))
        }
    }

    /// A connection that follows everything and reads nothing.
    private func follow(_ folder: URL) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(unixDomainSocketPath: folder.appending(path: "nuncio.db.socket").path).get()
        try await channel.writeAndFlush(ByteBuffer(string: "GET /v1/trace HTTP/1.1\r\nHost: nuncio\r\n\r\n"))
        return channel
    }
}
