import Delegates
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// The socket of the operator's commands, spoken to by hand.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct OperatorSocketTests {
    private typealias Client = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private func connect(_ folder: URL) async throws -> Client {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(unixDomainSocketPath: folder.appending(path: "nuncio.db.socket").path) { channel in
                channel.eventLoop.makeCompletedFuture { try Client(wrappingChannelSynchronously: channel) }
            }
    }

    /// Sends octets and returns the first line that comes back; nothing if the server ends the connection instead.
    private func firstLine(_ request: String, in folder: URL) async throws -> String? {
        try await connect(folder).executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var line = ""
            for try await octets in inbound {
                line += String(buffer: octets)
                if line.contains("\n") { return line }
            }
            return nil
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
        ("trace d.example\n", "{\"following\":\"d.example\"}\n"),
        ("trace d.example\r\n", "{\"following\":\"d.example\"}\n"),
        ("trace .\n", "{\"following\":\".\"}\n"), ("trace a..b\n", "{\"error\":\"“a..b” is not a domain name\"}\n"),
        ("trace a\\032b\n", "{\"following\":\"a\\\\032b\"}\n"),
        ("\n", "{\"error\":\"a request is “trace NAME”, “reload” or “audit verify”\"}\n"),
        ("trace\n", "{\"error\":\"a request is “trace NAME”, “reload” or “audit verify”\"}\n"),
        ("reload now\n", "{\"error\":\"a request is “trace NAME”, “reload” or “audit verify”\"}\n"),
        ("audit\n", "{\"error\":\"a request is “trace NAME”, “reload” or “audit verify”\"}\n"),
        ("audit verify\n", "{\"digest\":\"\(String(repeating: "0", count: 64))\",\"entries\":0,\"number\":0,\"whole\":true}\n"),
        ("reload\n", "{\"problems\":[],\"reloaded\":true}\n"),
    ])
    func `a request is taken, and what is none is told`(request: String, line: String) async throws {
        try await withServer { _, folder async throws in
            #expect(try await firstLine(request, in: folder) == line)
        }
    }

    @Test func `a request without end is cut off`() async throws {
        try await withServer { _, folder async throws in
            #expect(try await firstLine(String(repeating: "a", count: 5000), in: folder) == nil)
        }
    }

    @Test func `of more than sixteen followers one makes place, and shutdown waits for none`() async throws {
        try await withServer { server, folder async throws in
            var followers: [any Channel] = []
            for _ in 0..<17 { followers.append(try await follow(folder)) }
            await withTaskGroup { group in
                for follower in followers { group.addTask { try? await follower.closeFuture.get() } }
                // Which one it is depends on the order in which they were accepted.
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
        try await channel.writeAndFlush(ByteBuffer(string: "trace .\n"))
        return channel
    }
}
