import DNS
import NIOCore
import NIOPosix
import Sockets

/// One query and its response over one socket, within a time.
struct Exchange: Sendable {
    let query: SentQuery
    /// The number of octets of a datagram that are taken; a longer one is cut off, and so unreadable.
    let datagramLength: Int
    let server: Endpoint
    let time: TimeAmount
    /// The maximum length of a response over TCP, in octets.
    let responseLength: Int

    /// - Returns: `nil` if the server must be asked over TCP: the response is truncated, or has the name in another case.
    func overUDP() async throws(ServerFailure.Reason) -> Message? {
        try await received { address, loop, outcome in
            DatagramBootstrap(group: loop)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: datagramLength))
                .channelInitializer { channel in
                    prepare(channel, outcome) { DatagramReceiver(query, time: time, outcome: outcome) }
                }
                // The socket is connected: it takes datagrams from the server's address and port alone.
                .connect(to: address)
        }
    }

    func overTCP() async throws(ServerFailure.Reason) -> Message {
        try await received { address, loop, outcome in
            ClientBootstrap(group: loop)
                // The receiver's time ends a connection that is not established.
                .connectTimeout(time + .seconds(1))
                .channelInitializer { channel in
                    prepare(channel, outcome) {
                        StreamReceiver(query, time: time, maximumLength: responseLength, outcome: outcome)
                    }
                }
                .connect(to: address)
        }
    }

    /// Opens a channel, and waits for what its receiver makes of it.
    private func received<Value: Sendable>(
        _ open: (SocketAddress, any EventLoop, EventLoopPromise<Value>) -> EventLoopFuture<any Channel>
    ) async throws(ServerFailure.Reason) -> Value {
        guard !Task.isCancelled else { throw .cancelled }
        do {
            let address = try SocketAddress(ipAddress: server.hostText, port: Int(server.port))
            let loop = MultiThreadedEventLoopGroup.singleton.any()
            let outcome = loop.makePromise(of: Value.self)
            open(address, loop, outcome).cascadeFailure(to: outcome)
            return try await withTaskCancellationHandler {
                try await outcome.futureResult.get()
            } onCancel: {
                outcome.fail(ServerFailure.Reason.cancelled)
            }
        } catch let reason as ServerFailure.Reason {
            throw reason
        } catch {
            throw .unreachable(SocketProblem.text(error))
        }
    }

    /// Adds the receiver, and closes the channel as soon as the outcome is known, however it comes about.
    private func prepare<Value>(
        _ channel: any Channel, _ outcome: EventLoopPromise<Value>, _ receiver: @escaping @Sendable () -> any ChannelHandler
    ) -> EventLoopFuture<Void> {
        outcome.futureResult.whenComplete { _ in channel.close(promise: nil) }
        return channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(receiver()) }
    }
}
