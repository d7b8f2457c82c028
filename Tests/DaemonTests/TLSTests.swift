import DNS
import Delegates
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

/// DNS over TLS, as a process with its own files.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct TLSTests {
    private struct Handshake {
        var certificate: String
        var responses: [ParsedMessage]
    }

    /// Asks all queries at once over one connection.
    private func ask(port: UInt16, _ queries: [[UInt8]]) async throws -> Handshake {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.applicationProtocols = ["dot"]
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: Int(port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: queries.flatMap { TCPConnection.framed($0) }))
            var received = ByteBuffer()
            var responses: [ParsedMessage] = []
            for try await var octets in inbound {
                received.writeBuffer(&octets)
                while let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
                    received.readableBytes >= Int(length) + 2
                {
                    received.moveReaderIndex(forwardBy: 2)
                    responses.append(try ParsedMessage(received.readBytes(length: Int(length)) ?? []))
                }
                if responses.count == queries.count { break }
            }
            let handler = try await channel.channel.pipeline.handler(type: NIOSSLClientHandler.self)
                .map { NIOLoopBound($0, eventLoop: channel.channel.eventLoop) }.get()
            let certificate = try await channel.channel.eventLoop.submit { handler.value.peerCertificate.map { "\($0)" } }.get()
            return Handshake(certificate: certificate ?? "", responses: responses)
        }
    }

    private func trustingContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }

    /// - Parameter context: `nil` if no handshake ever begins.
    private func connect(to port: UInt16, context: NIOSSLContext?) async throws -> any Channel {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context else { return }
                    try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                }
            }
            .connect(host: "127.0.0.1", port: Int(port)).get()
    }

    private func withServer(
        keys: String = "", _ body: (NuncioProcess, UInt16, URL) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try await SelfSignedCertificate.make(named: "first.example", in: folder)
            try NuncioProcess.writeConfiguration(in: folder) { text in
                text = text.replacing(
                    "webserver:",
                    with: "\(keys)  tls:\n    listen: [\"127.0.0.1:0\"]\n    certificate: tls.crt\n    key: tls.key\nwebserver:"
                )
            }
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            _ = try await server.waitUntilReady()
            let port = try #require(
                server.standardError.firstMatch(of: /dns\.tls\.addresses=127\.0\.0\.1:(\d+)/).flatMap { UInt16($0.1) })
            try await body(server, port, folder)
        }
    }

    @Test func `queries over one TLS connection are answered, padded where that is wanted`() async throws {
        try await withServer { _, port, _ async throws in
            let plain = try QueryOctets("delegates.example.net", .soa, edns: EDNS(payloadSize: 1232))
            let padded = plain.with { $0.ednsOptions = [0, 12, 0, 0] }
            let handshake = try await ask(port: port, [plain.octets, padded.octets, plain.octets])
            #expect(handshake.responses.allSatisfy { $0.isAuthoritative && $0.answers.count == 1 })
            #expect(handshake.responses.map(\.length).map { $0 == 468 } == [false, true, false])
        }
    }

    /// The responses are several times what the server makes at a time.
    @Test func `many queries in one piece are all answered`() async throws {
        try await withServer { _, port, _ async throws in
            let query = try QueryOctets("delegates.example.net", .soa, edns: EDNS(payloadSize: 1232))
            let padded = query.with { $0.ednsOptions = [0, 12, 0, 0] }
            let queries = (0..<600).map { index in padded.with { $0.identifier = UInt16(index) }.octets }
            let responses = try await ask(port: port, queries).responses
            #expect(responses.map(\.header.identifier) == (0..<600).map { UInt16($0) })
        }
    }

    /// One connection has finished its handshake, the other has not begun it.
    @Test func `a connection that asks nothing is closed`() async throws {
        try await withServer(keys: "  tcp-timeout: 1\n") { _, port, _ async throws in
            let context = try trustingContext()
            for speaksTLS in [true, false] {
                let channel = try await connect(to: port, context: speaksTLS ? context : nil)
                // The server ends it, with an alert or without one.
                try? await channel.closeFuture.get()
            }
        }
    }

    /// Some connections have finished their handshake, some have not begun it.
    @Test func `of too many connections those idle for longest are closed`() async throws {
        try await withServer(keys: "  tcp-connections: 5\n") { _, port, _ async throws in
            let context = try trustingContext()
            var open: [any Channel] = []
            for index in 0..<40 {
                open.append(try await connect(to: port, context: index % 2 == 0 ? context : nil))
            }
            await withTaskGroup { group in
                for channel in open { group.addTask { try? await channel.closeFuture.get() } }
                for _ in 0..<35 { await group.next() }
                #expect(open.filter(\.isActive).count <= 5)
                for channel in open { channel.close(promise: nil) }
            }
            let query = try QueryOctets("delegates.example.net", .soa, edns: EDNS(payloadSize: 1232))
            #expect(try await ask(port: port, [query.octets]).responses.count == 1)
        }
    }

    @Test func `a client that comes back resumes its session`() async throws {
        try await withServer { _, port, folder async throws in
            let session = folder.appending(path: "session").path
            let first = try await OpenSSL.handshake(port: port, ["-tls1_2", "-sess_out", session])
            #expect(first.contains("New, TLSv1.2"))
            #expect(try await OpenSSL.handshake(port: port, ["-tls1_2", "-sess_in", session]).contains("Reused, TLSv1.2"))
        }
    }

    @Test func `the protocol is called dot, and old versions of TLS are refused`() async throws {
        try await withServer { _, port, _ async throws in
            #expect(try await OpenSSL.handshake(port: port, ["-alpn", "dot", "-tls1_3"]).contains("ALPN protocol: dot"))
            #expect(try await OpenSSL.handshake(port: port, ["-tls1_2"]).contains("Protocol  : TLSv1.2"))
            for old in ["-tls1_1", "-tls1"] {
                #expect(
                    try await OpenSSL.handshake(port: port, [old, "-cipher", "ALL:@SECLEVEL=0"]).contains(
                        "no peer certificate available"))
            }
        }
    }

    @Test func `a certificate that is replaced is used for new connections, a broken one is not`() async throws {
        try await withServer { server, port, folder in
            let query = try QueryOctets("delegates.example.net", .soa).octets
            let first = try await ask(port: port, [query]).certificate
            try Data("nonsense".utf8).write(to: folder.appending(path: "tls.crt"))
            try await server.waitForError("certificate not reloaded")
            #expect(try await ask(port: port, [query]).certificate == first)
            try await SelfSignedCertificate.make(named: "second.example", in: folder)
            try await server.waitForError("] certificate reloaded")
            #expect(try await ask(port: port, [query]).certificate != first)
        }
    }

    @Test func `a certificate that cannot be used is told at the start`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder) { text in
                text = text.replacing(
                    "webserver:",
                    with: "  tls:\n    listen: [\"127.0.0.1:0\"]\n    certificate: tls.crt\n    key: tls.key\nwebserver:"
                )
            }
            let missing = try await NuncioProcess.run(["serve", "--config", "nuncio.yaml"], in: folder)
            #expect(missing.exitCode == 2 && missing.error.contains("tls.crt"), "\(missing.error)")
        }
    }
}
