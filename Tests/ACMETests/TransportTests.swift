import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Sockets
import SwiftASN1
import TestSupport
import Testing
import X509

@testable import ACME

/// Answers over TLS that no honest authority gives.
struct TransportTests {
    /// Says something to each request, and goes on with more for ever.
    private final class Hostile: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let (first, more): (String, String)
        private var hasBegun = false

        init(_ first: String, _ more: String) { (self.first, self.more) = (first, more) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !hasBegun else { return }
            hasBegun = true
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: first)), promise: nil)
            guard !more.isEmpty else { return }
            let channel = context.channel
            let octets = ByteBuffer(string: more)
            let task = context.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(5), delay: .milliseconds(5)) { _ in
                channel.writeAndFlush(octets, promise: nil)
            }
            channel.closeFuture.whenComplete { _ in task.cancel() }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// - Returns: what becomes of a request for the directory.
    private func failure(_ first: String, more: String = "", isTrusted: Bool = true) async throws -> AuthorityFailure? {
        let root = try StandInIssuer(name: "Root of a hostile server")
        let key = SignatureKey()
        let certificate = try root.certificate(
            for: Certificate.PrivateKey(key.key).publicKey,
            names: [isTrusted ? .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])) : .dnsName("other.test")],
            from: Date() - 3600,
            for: 7200)
        let tls = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [
                    .certificate(
                        try NIOSSLCertificate(
                            bytes: Array(try certificate.serializeAsPEM().pemString.utf8), format: .pem))
                ], privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pem.utf8), format: .pem))))
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: tls), Hostile(first, more)])
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        let url = try present(AuthorityURL("https://127.0.0.1:\(try present(server.localAddress?.port))/dir"))
        var failure: AuthorityFailure?
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "root.pem")
            try Data(root.certificate.serializeAsPEM().pemString.utf8).write(to: file)
            let transport = try HTTPTransport(roots: file.path, userAgent: "nuncio-tests/1", timeout: .seconds(2))
            do throws(AuthorityFailure) {
                _ = try await AuthorityClient.connect(to: url, through: transport)
            } catch {
                failure = error
            }
            await transport.shutdown()
        }
        try await server.close().get()
        return failure
    }

    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

    @Test func `an answer that never ends is left, in time or in size`() async throws {
        // Octet by octet, and in large parts.
        #expect(
            try await failure(Self.head + "Content-Length: 60000\r\n\r\n{", more: " ")?.description.contains("within 2 s")
                == true)
        let chunk = "1000\r\n" + String(repeating: " ", count: 4096) + "\r\n"
        let tooLong = try await failure(Self.head + "Transfer-Encoding: chunked\r\n\r\n", more: chunk)
        #expect(tooLong?.description.contains("more than 65536 octets") == true)
        #expect(try await failure(Self.head + "Content-Length: 65537\r\n\r\n", more: chunk) != nil)
        #expect(try await failure("", more: "")?.description.contains("within 2 s") == true)
        #expect(try await failure(Self.head, more: "X-More: \(String(repeating: "a", count: 5000))\r\n") != nil)
    }

    @Test func `redirects, other protocols and other certificates end a request`() async throws {
        let redirect = "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/dir\r\nContent-Length: 0\r\n\r\n"
        #expect(try await failure(redirect)?.description.contains("redirects (status 302)") == true)
        #expect(try await failure("SSH-2.0-OpenSSH_9.2\r\n")?.description.contains("does not speak HTTP") == true)
        let other = try await failure(Self.head + "Content-Length: 2\r\n\r\n{}", isTrusted: false)
        #expect(other?.description.contains("its certificate is for other names") == true)
        let nobody = try await failure(Self.head + "Content-Length: 2\r\n\r\n{}")
        #expect(nobody == .invalid("its directory has no URL “newNonce”"))
    }

    @Test func `roots are a file with certificates in PEM`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "roots.pem")
            func problem() -> String? {
                let failure = #expect(throws: HTTPTransport.RootsFailure.self) {
                    try HTTPTransport(roots: file.path, userAgent: "nuncio-tests/1")
                }
                return failure?.description
            }
            #expect(problem()?.hasPrefix("it cannot be read as certificates") == true)
            try Data("no certificate".utf8).write(to: file)
            #expect(problem() != nil)
        }
    }

    @Test func `without any roots the cause is named, and given ones suffice`() async throws {
        try await withTemporaryFolder { folder async throws in
            var systemRoots = SystemRoots()
            (systemRoots.files, systemRoots.folder) = ([folder.path + "/all.pem"], folder.path + "/missing")
            let root = try StandInIssuer(name: "Root of an authority inside").certificate.serializeAsPEM().pemString
            let given = folder.appending(path: "given.pem")
            try Data(root.utf8).write(to: given)
            let file = try HTTPTransport.trust(in: given.path, besides: systemRoots)
            let certificates = try NIOSSLCertificate.fromPEMFile(given.path)
            #expect(file.additionalTrustRoots.isEmpty && file.trustRoots == .certificates(certificates))

            let transport = try HTTPTransport(roots: nil, userAgent: "nuncio-tests/1", systemRoots: systemRoots)
            let url = try present(AuthorityURL("https://127.0.0.1:1/dir"))
            func failure() async -> String {
                do throws(AuthorityFailure) {
                    _ = try await AuthorityClient.connect(to: url, through: transport)
                    return "none"
                } catch {
                    return "\(error)"
                }
            }
            let missing = await failure()
            #expect(missing.contains("install the package ca-certificates, or name a file of roots in “acme.directory-roots”"))
            // An empty folder and an empty file are no roots.
            systemRoots.folder = folder.path + "/empty"
            try FileManager.default.createDirectory(atPath: systemRoots.folder, withIntermediateDirectories: true)
            #expect(!systemRoots.areThere)
            try Data(root.utf8).write(to: URL(filePath: systemRoots.folder + "/root.pem"))
            #expect(systemRoots.areThere)
            try Data().write(to: URL(filePath: systemRoots.files[0]))
            #expect(!systemRoots.areThere)
            // Once they are installed, the next request is made.
            try Data(root.utf8).write(to: URL(filePath: systemRoots.files[0]))
            let besides = try HTTPTransport.trust(in: given.path, besides: systemRoots)
            #expect(besides.additionalTrustRoots.count == 1 && besides.trustRoots == .default)
            let refused = await failure()
            #expect(refused.contains("connection refused"), "\(refused)")
            await transport.shutdown()
        }
    }
}
