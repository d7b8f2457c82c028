import NIOCore
import NIOPosix
import NIOSSL
import Sockets

/// One request over one connection, to see whether the API answers.
struct APILook: Sendable {
    let api: Endpoint
    /// Whether the API speaks TLS.
    let isEncrypted: Bool
    let time: Duration

    /// Why there was no response, in words.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Returns as soon as the response begins.
    func look() async throws(Failure) {
        do {
            let address = try SocketAddress(ipAddress: api.hostText, port: Int(api.port))
            let context = isEncrypted ? try Self.tls() : nil
            let loop = MultiThreadedEventLoopGroup.singleton.any()
            let outcome = loop.makePromise(of: Void.self)
            ClientBootstrap(group: loop)
                // The receiver's time ends a connection that is not established.
                .connectTimeout(TimeAmount(time) + .seconds(1))
                .channelInitializer { [api, time] channel in
                    outcome.futureResult.whenComplete { _ in channel.close(promise: nil) }
                    return channel.eventLoop.makeCompletedFuture {
                        if let context {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: context, serverHostname: nil))
                        }
                        try channel.pipeline.syncOperations.addHandler(
                            StatusLineReceiver(api: api, time: time, outcome: outcome))
                    }
                }
                .connect(to: address).cascadeFailure(to: outcome)
            try await withTaskCancellationHandler {
                try await outcome.futureResult.get()
            } onCancel: {
                outcome.fail(Failure(description: "\(api) was not waited for any longer"))
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(description: "\(api): \(SocketProblem.text(error))")
        }
    }
}

extension APILook {
    /// The server knows itself by its address: the certificate is not looked at, and may have expired.
    private static func tls() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }
}

/// Sends a request, and waits for the beginning of its response.
private final class StatusLineReceiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let api: Endpoint
    private let time: Duration
    private let outcome: EventLoopPromise<Void>
    private var received = ByteBuffer()
    private var deadline: Scheduled<Void>?

    /// It asks about the server as a whole (RFC 9110 section 9.3.7): it touches neither the storage nor what is counted.
    private static let request = "OPTIONS * HTTP/1.1\r\nHost: nuncio\r\nConnection: close\r\n\r\n"
    private static let version = "HTTP/1.1 "

    init(api: Endpoint, time: Duration, outcome: EventLoopPromise<Void>) {
        self.api = api
        self.time = time
        self.outcome = outcome
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let failure = APILook.Failure(description: "\(api) does not answer within \(time)")
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(time)) { [outcome] in outcome.fail(failure) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.request))).cascadeFailure(to: outcome)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        received.writeBuffer(&part)
        guard let beginning = received.getString(at: received.readerIndex, length: Self.version.utf8.count) else { return }
        guard beginning == Self.version else {
            return outcome.fail(APILook.Failure(description: "\(api) sends something else than HTTP/1.1"))
        }
        outcome.succeed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        outcome.fail(APILook.Failure(description: "\(api) closes the connection without an answer"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        outcome.fail(error)
    }
}
