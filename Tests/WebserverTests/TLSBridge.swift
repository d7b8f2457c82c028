import NIOCore
import NIOPosix
import NIOSSL

/// A port at which octets go in the clear to and from a server that speaks TLS: tests that decide on each octet can ask that server, too.
enum TLSBridge {
    /// - Parameter port: the server's, on 127.0.0.1.
    static func run(to port: UInt16, _ body: (UInt16) async throws -> Void) async throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.applicationProtocols = ["http/1.1"]
        let context = try NIOSSLContext(configuration: configuration)
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop)
                    .channelOption(.allowRemoteHalfClosure, value: true)
                    .channelInitializer { server in
                        server.eventLoop.makeCompletedFuture {
                            let operations = server.pipeline.syncOperations
                            try operations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                            try operations.addHandler(Forwarding(to: client))
                            try client.pipeline.syncOperations.addHandler(Forwarding(to: server))
                        }
                    }
                    .connect(host: "127.0.0.1", port: Int(port)).map { _ in }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(UInt16(listener.localAddress?.port ?? 0)))
        } catch {
            outcome = .failure(error)
        }
        try await listener.close()
        try outcome.get()
    }

    /// Writes what it reads to the other channel, which is on the same event loop, and reads on when that is written.
    private final class Forwarding: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel

        init(to other: any Channel) {
            self.other = other
        }

        func channelActive(context: ChannelHandlerContext) {
            context.read()
            context.fireChannelActive()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let channel = context.channel
            other.writeAndFlush(unwrapInboundIn(data)).whenComplete { _ in channel.read() }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed? = event as? ChannelEvent { other.close(mode: .output, promise: nil) }
            context.fireUserInboundEventTriggered(event)
        }

        func channelInactive(context: ChannelHandlerContext) {
            other.close(promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
